// SPDX-License-Identifier: GPL-3.0-only
// Locks between real threads.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/host/ntdll/fake.hpp"

namespace {

template <typename Body>
void in_threads(int count, Body body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([=] {
            fake::enter();
            body(i);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

TEST(Locks, CriticalSectionExcludes) {
    static RTL_CRITICAL_SECTION section;
    static int counter;
    counter = 0;
    RtlInitializeCriticalSection(&section);
    in_threads(4, [](int) {
        for (int i = 0; i < 3000; ++i) {
            RtlEnterCriticalSection(&section);
            if (i % 7 == 0) RtlEnterCriticalSection(&section);
            ++counter;
            if (i % 7 == 0) RtlLeaveCriticalSection(&section);
            RtlLeaveCriticalSection(&section);
        }
    });
    EXPECT_EQ(counter, 12000);
    EXPECT_EQ(section.LockCount, -1);
    EXPECT_EQ(RtlLeaveCriticalSection(&section), STATUS_RESOURCE_NOT_OWNED);
}

// "Displaying a Critical Section" of the Windows debugger's manual: bit 0 clear is held, bit 1 clear is a
// thread woken, the rest the ones' complement of the waiters; -22 is held with five waiting.
TEST(Locks, CriticalSectionCountsItsWaitersAsDebuggersReadThem) {
    static RTL_CRITICAL_SECTION section;
    static std::atomic<int> entered;
    entered = 0;
    ASSERT_EQ(RtlInitializeCriticalSection(&section), STATUS_SUCCESS);
    EXPECT_EQ(section.LockCount, -1);
    RtlEnterCriticalSection(&section);
    EXPECT_EQ(section.LockCount, -2);
    RtlEnterCriticalSection(&section);
    EXPECT_EQ(section.LockCount, -2);
    EXPECT_EQ(section.RecursionCount, 2);
    RtlLeaveCriticalSection(&section);
    std::vector<std::thread> threads;
    for (int i = 0; i < 5; ++i) {
        threads.emplace_back([] {
            fake::enter();
            RtlEnterCriticalSection(&section);
            ++entered;
            RtlLeaveCriticalSection(&section);
        });
    }
    while (__atomic_load_n(&section.LockCount, __ATOMIC_ACQUIRE) != -22)
        std::this_thread::yield();
    EXPECT_EQ(entered, 0);
    EXPECT_GE(section.DebugInfo->ContentionCount, 1u);
    RtlLeaveCriticalSection(&section);
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(entered, 5);
    EXPECT_EQ(section.LockCount, -1);
    RtlDeleteCriticalSection(&section);
}

TEST(Locks, CriticalSectionHasARecordThatProgramsMayWrite) {
    RTL_CRITICAL_SECTION section;
    ASSERT_EQ(RtlInitializeCriticalSection(&section), STATUS_SUCCESS);
    ASSERT_NE(section.DebugInfo, nullptr);
    EXPECT_EQ(section.DebugInfo->CriticalSection, &section);
    section.DebugInfo->Flags = 0x12345678;
    RtlDeleteCriticalSection(&section);
    EXPECT_EQ(section.DebugInfo, nullptr);
    ASSERT_EQ(RtlInitializeCriticalSectionEx(&section, 4000, RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO),
              STATUS_SUCCESS);
    EXPECT_EQ(reinterpret_cast<LONG_PTR>(section.DebugInfo), -1);
    // One processor: nothing to spin for.
    EXPECT_EQ(section.SpinCount, 0u);
    RtlDeleteCriticalSection(&section);

    // A static section brings its own record, which lies in no heap.
    RTL_CRITICAL_SECTION_DEBUG record = {};
    record.CriticalSection = &section;
    InitializeListHead(&record.ProcessLocksList);
    section = {&record, -1, 0, nullptr, nullptr, 0};
    EXPECT_TRUE(RtlTryEnterCriticalSection(&section));
    EXPECT_TRUE(RtlTryEnterCriticalSection(&section));
    RtlLeaveCriticalSection(&section);
    RtlLeaveCriticalSection(&section);
    EXPECT_EQ(section.LockCount, -1);
    RtlDeleteCriticalSection(&section);
    EXPECT_EQ(record.ProcessLocksList.Flink, &record.ProcessLocksList);
}

TEST(Locks, SlimLockExcludesWritersAndLetsReadersIn) {
    static RTL_SRWLOCK lock;
    static int counter;
    static std::atomic<int> readers, writers, wrong, most;
    in_threads(6, [](int id) {
        for (int i = 0; i < 2000; ++i) {
            if ((i + id) % 3 == 0) {
                RtlAcquireSRWLockExclusive(&lock);
                if (++writers != 1 || readers) ++wrong;
                ++counter;
                --writers;
                RtlReleaseSRWLockExclusive(&lock);
            } else {
                RtlAcquireSRWLockShared(&lock);
                const int now = ++readers;
                if (writers) ++wrong;
                if (now > most) most = now;
                --readers;
                RtlReleaseSRWLockShared(&lock);
            }
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(counter, 4000);
    EXPECT_EQ(lock.Ptr, nullptr);
    EXPECT_THROW(RtlReleaseSRWLockShared(&lock), fake::Raised);
    EXPECT_TRUE(RtlTryAcquireSRWLockShared(&lock));
    EXPECT_FALSE(RtlTryAcquireSRWLockExclusive(&lock));
    RtlReleaseSRWLockShared(&lock);
}

TEST(Locks, ConditionVariablePassesWork) {
    static RTL_CRITICAL_SECTION section;
    static RTL_CONDITION_VARIABLE ready, room;
    static int queue, consumed;
    RtlInitializeCriticalSection(&section);
    in_threads(4, [](int id) {
        for (int i = 0; i < 500; ++i) {
            RtlEnterCriticalSection(&section);
            if (id % 2) {
                while (queue == 4)
                    RtlSleepConditionVariableCS(&room, &section, nullptr);
                ++queue;
                RtlWakeConditionVariable(&ready);
            } else {
                while (!queue)
                    RtlSleepConditionVariableCS(&ready, &section, nullptr);
                --queue;
                ++consumed;
                RtlWakeConditionVariable(&room);
            }
            RtlLeaveCriticalSection(&section);
        }
    });
    EXPECT_EQ(consumed, 1000);
    EXPECT_EQ(queue, 0);
}

TEST(Locks, AddressWaitTimesOutAndSeesChanges) {
    volatile ULONG word = 1;
    ULONG same = 1, other = 2;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -20000;
    EXPECT_EQ(RtlWaitOnAddress(&word, &same, 4, &timeout), STATUS_TIMEOUT);
    EXPECT_EQ(RtlWaitOnAddress(&word, &other, 4, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(RtlWaitOnAddress(&word, &other, 5, nullptr), STATUS_INVALID_PARAMETER);
}

ULONG NTAPI count_once(PRTL_RUN_ONCE, PVOID parameter, PVOID* context) {
    *context = parameter;
    return static_cast<std::atomic<int>*>(parameter)->fetch_add(1) == 0;
}

TEST(Locks, RunOnceRunsOnce) {
    static RTL_RUN_ONCE once;
    alignas(16) static std::atomic<int> runs;
    in_threads(4, [](int) {
        PVOID context = nullptr;
        EXPECT_EQ(RtlRunOnceExecuteOnce(&once, count_once, &runs, &context), 0u);
        EXPECT_EQ(context, &runs);
    });
    EXPECT_EQ(runs, 1);
}

TEST(Locks, BarrierReleasesAllTogether) {
    static RTL_BARRIER barrier;
    static std::atomic<int> arrived, firsts, wrong;
    RtlInitBarrier(&barrier, 4, 0);
    in_threads(4, [](int) {
        for (int round = 1; round <= 50; ++round) {
            ++arrived;
            if (RtlBarrier(&barrier, 0)) ++firsts;
            if (arrived < 4 * round) ++wrong;
            RtlBarrier(&barrier, 0);
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(firsts, 50);
}

struct Item {
    SLIST_ENTRY links;
    int owner;
};

TEST(Locks, InterlockedListLosesNothing) {
    alignas(16) static SLIST_HEADER list;
    static std::vector<Item> items(400);
    RtlInitializeSListHead(&list);
    for (Item& item : items)
        RtlInterlockedPushEntrySList(&list, &item.links);
    in_threads(4, [](int) {
        for (int i = 0; i < 5000; ++i) {
            PSLIST_ENTRY entry = RtlInterlockedPopEntrySList(&list);
            if (entry) RtlInterlockedPushEntrySList(&list, entry);
        }
    });
    EXPECT_EQ(RtlQueryDepthSList(&list), 400);
    int found = 0;
    for (PSLIST_ENTRY entry = RtlInterlockedFlushSList(&list); entry; entry = entry->Next)
        ++found;
    EXPECT_EQ(found, 400);
}

}  // namespace
