// SPDX-License-Identifier: GPL-3.0-only
// The thread pool: work, single callbacks, cleanup groups, and what callbacks may do to their own objects.
#include "tests/system/pool.h"

using namespace pool;

namespace {

void NTAPI count_item(PVOID context) {
    count(*static_cast<volatile LONG*>(context));
}

void NTAPI pass_gate(PTP_CALLBACK_INSTANCE, PVOID context, PTP_WORK) {
    count(*static_cast<volatile LONG*>(context));
    NtWaitForSingleObject(gate, FALSE, nullptr);
}
void NTAPI cancelled(PVOID object, PVOID cleanup) {
    if (object == counter(calls) && cleanup == reinterpret_cast<PVOID>(7)) count(others);
}

}  // namespace

TEST(work_runs_once_for_each_post) {
    calls = 0;
    PTP_WORK work;
    REQUIRE(TpAllocWork(&work, count_work, counter(calls), nullptr) == STATUS_SUCCESS);
    for (int i = 0; i < 1000; ++i)
        TpPostWork(work);
    TpWaitForWork(work, FALSE);
    CHECK(calls == 1000);
    TpReleaseWork(work);
    CHECK(TpSimpleTryPost(count_simple, counter(calls), nullptr) == STATUS_SUCCESS);
    CHECK(RtlQueueWorkItem(count_item, counter(calls), WT_EXECUTEDEFAULT) == STATUS_SUCCESS);
    CHECK(becomes(calls, 1002));
}

TEST(waiting_may_drop_what_has_not_begun) {
    PTP_POOL pool;
    REQUIRE(TpAllocPool(&pool, nullptr) == STATUS_SUCCESS);
    TpSetPoolMaxThreads(pool, 1);
    CHECK(TpSetPoolMinThreads(pool, 1) == STATUS_SUCCESS);
    Environ environ(pool);
    calls = 0;
    gate = new_event(NotificationEvent);
    PTP_WORK work;
    REQUIRE(TpAllocWork(&work, pass_gate, counter(calls), &environ) == STATUS_SUCCESS);
    for (int i = 0; i < 10; ++i)
        TpPostWork(work);
    CHECK(becomes(calls, 1));
    sleep_ms(50);
    CHECK(calls == 1);  // one thread at most
    static PTP_WORK waited;
    waited = work;
    static volatile LONG ended;
    ended = 0;
    RtlQueueWorkItem(
        [](PVOID) {
            TpWaitForWork(waited, TRUE);
            count(ended);
        },
        nullptr, 0);
    sleep_ms(50);
    CHECK(ended == 0);  // it waits for the one that runs
    NtSetEvent(gate, nullptr);
    CHECK(becomes(ended, 1));
    CHECK(calls == 1);
    TpReleaseWork(work);
    TpReleasePool(pool);
    NtClose(gate);
}

TEST(blocked_callbacks_do_not_stop_others) {
    calls = 0;
    gate = new_event(NotificationEvent);
    PTP_WORK work;
    REQUIRE(TpAllocWork(&work, pass_gate, counter(calls), nullptr) == STATUS_SUCCESS);
    for (int i = 0; i < 40; ++i)
        TpPostWork(work);
    CHECK(becomes(calls, 40));
    NtSetEvent(gate, nullptr);
    TpWaitForWork(work, FALSE);
    TpReleaseWork(work);
    NtClose(gate);
}

TEST(priorities_decide_who_is_next) {
    PTP_POOL pool;
    REQUIRE(TpAllocPool(&pool, nullptr) == STATUS_SUCCESS);
    TpSetPoolMaxThreads(pool, 1);
    static char order[4];
    static volatile LONG at;
    at = 0;
    calls = 0;
    gate = new_event(NotificationEvent);
    const auto mark = [](PTP_CALLBACK_INSTANCE, PVOID context) {
        order[at] = *static_cast<const char*>(context);
        count(at);
    };
    Environ environ(pool);
    PTP_WORK blocker;
    REQUIRE(TpAllocWork(&blocker, pass_gate, counter(calls), &environ) == STATUS_SUCCESS);
    TpPostWork(blocker);
    CHECK(becomes(calls, 1));
    static char names[] = "LNH";
    for (int i = 0; i < 3; ++i) {
        environ.CallbackPriority = static_cast<TP_CALLBACK_PRIORITY>(2 - i);
        CHECK(TpSimpleTryPost(mark, names + i, &environ) == STATUS_SUCCESS);
    }
    environ.CallbackPriority = TP_CALLBACK_PRIORITY_INVALID;
    CHECK(TpSimpleTryPost(mark, names, &environ) == STATUS_INVALID_PARAMETER);
    environ.Version = 1;  // has no priority
    CHECK(TpSimpleTryPost(count_simple, counter(calls), &environ) == STATUS_SUCCESS);
    NtSetEvent(gate, nullptr);
    CHECK(becomes(at, 3));
    CHECK(order[0] == 'H' && order[1] == 'N' && order[2] == 'L');
    CHECK(becomes(calls, 2));
    TpReleaseWork(blocker);
    TpReleasePool(pool);
    NtClose(gate);
}

TEST(a_callback_may_release_its_object) {
    calls = 0;
    for (int i = 0; i < 200; ++i) {
        PTP_WORK work;
        REQUIRE(TpAllocWork(
                    &work,
                    [](PTP_CALLBACK_INSTANCE, PVOID context, PTP_WORK own) {
                        TpReleaseWork(own);
                        count(*static_cast<volatile LONG*>(context));
                    },
                    counter(calls), nullptr) == STATUS_SUCCESS);
        TpPostWork(work);
    }
    CHECK(becomes(calls, 200));
    // Released while callbacks are pending: they run all the same.
    PTP_WORK work;
    REQUIRE(TpAllocWork(&work, count_work, counter(calls), nullptr) == STATUS_SUCCESS);
    for (int i = 0; i < 50; ++i)
        TpPostWork(work);
    TpReleaseWork(work);
    CHECK(becomes(calls, 250));
}

TEST(a_disassociated_callback_is_not_waited_for) {
    calls = 0;
    gate = new_event(NotificationEvent);
    PTP_WORK work;
    REQUIRE(TpAllocWork(
                &work,
                [](PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WORK own) {
                    TpDisassociateCallback(instance);
                    TpWaitForWork(own, FALSE);  // for itself: returns
                    count(*static_cast<volatile LONG*>(context));
                    NtWaitForSingleObject(gate, FALSE, nullptr);
                    count(*static_cast<volatile LONG*>(context));
                },
                counter(calls), nullptr) == STATUS_SUCCESS);
    TpPostWork(work);
    CHECK(becomes(calls, 1));
    TpWaitForWork(work, FALSE);
    CHECK(calls == 1);
    TpReleaseWork(work);
    NtSetEvent(gate, nullptr);
    CHECK(becomes(calls, 2));
    NtClose(gate);
}

TEST(what_a_callback_asks_for_is_done_after_it) {
    static HANDLE event, semaphore, mutex;
    static RTL_CRITICAL_SECTION section;
    event = new_event();
    REQUIRE(NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 0, 5) == STATUS_SUCCESS);
    REQUIRE(NtCreateMutant(&mutex, MUTANT_ALL_ACCESS, nullptr, FALSE) == STATUS_SUCCESS);
    RtlInitializeCriticalSection(&section);
    calls = 0;
    REQUIRE(TpSimpleTryPost(
                [](PTP_CALLBACK_INSTANCE instance, PVOID) {
                    RtlEnterCriticalSection(&section);
                    NtWaitForSingleObject(mutex, FALSE, nullptr);
                    TpCallbackSetEventOnCompletion(instance, event);
                    TpCallbackReleaseSemaphoreOnCompletion(instance, semaphore, 3);
                    TpCallbackReleaseMutexOnCompletion(instance, mutex);
                    TpCallbackLeaveCriticalSectionOnCompletion(instance, &section);
                    CHECK(TpCallbackMayRunLong(instance) == STATUS_SUCCESS);
                    CHECK(!is_set(event, 0));
                    count(calls);
                },
                nullptr, nullptr) == STATUS_SUCCESS);
    CHECK(is_set(event));
    CHECK(calls == 1);
    for (int i = 0; i < 3; ++i)
        CHECK(is_set(semaphore, 0));
    CHECK(!is_set(semaphore, 0));
    CHECK(is_set(mutex, 0));
    CHECK(NtReleaseMutant(mutex, nullptr) == STATUS_SUCCESS);
    CHECK(RtlTryEnterCriticalSection(&section));
    RtlLeaveCriticalSection(&section);
    RtlDeleteCriticalSection(&section);
    NtClose(event);
    NtClose(semaphore);
    NtClose(mutex);
}

TEST(a_cleanup_group_ends_all_members) {
    PTP_CLEANUP_GROUP group;
    PTP_POOL pool;
    REQUIRE(TpAllocCleanupGroup(&group) == STATUS_SUCCESS);
    REQUIRE(TpAllocPool(&pool, nullptr) == STATUS_SUCCESS);
    TpSetPoolMaxThreads(pool, 1);
    Environ environ(pool);
    environ.CleanupGroup = group;
    environ.CleanupGroupCancelCallback = cancelled;
    calls = 0;
    others = 0;
    PTP_WORK work;
    PTP_TIMER timer;
    REQUIRE(TpAllocWork(&work, count_work, counter(calls), &environ) == STATUS_SUCCESS);
    REQUIRE(TpAllocTimer(&timer, count_timer, counter(calls), &environ) == STATUS_SUCCESS);
    LARGE_INTEGER due = in_ms(100000);
    TpSetTimer(timer, &due, 0, 0);
    for (int i = 0; i < 20; ++i)
        TpPostWork(work);
    // Not cancelled: what is pending runs, nobody is told.
    TpReleaseCleanupGroupMembers(group, FALSE, reinterpret_cast<PVOID>(7));
    CHECK(calls == 20);
    CHECK(others == 0);

    gate = new_event(NotificationEvent);
    static volatile LONG begun;
    begun = 0;
    PTP_WORK blocker;
    REQUIRE(TpAllocWork(&blocker, pass_gate, counter(begun), &environ) == STATUS_SUCCESS);
    REQUIRE(TpAllocWork(&work, count_work, counter(calls), &environ) == STATUS_SUCCESS);
    TpPostWork(blocker);
    CHECK(becomes(begun, 1));
    TpPostWork(work);
    REQUIRE(TpSimpleTryPost(count_simple, counter(calls), &environ) == STATUS_SUCCESS);
    PTP_TIMER opener;
    REQUIRE(TpAllocTimer(
                &opener, [](PTP_CALLBACK_INSTANCE, PVOID, PTP_TIMER) { NtSetEvent(gate, nullptr); }, nullptr,
                nullptr) == STATUS_SUCCESS);
    due = in_ms(50);
    TpSetTimer(opener, &due, 0, 0);
    TpReleaseCleanupGroupMembers(group, TRUE, reinterpret_cast<PVOID>(7));
    CHECK(calls == 20);
    CHECK(others == 2);  // the work object and the simple callback; `blocker` has another context
    TpReleaseTimer(opener);
    TpReleaseCleanupGroup(group);
    TpReleasePool(pool);
    NtClose(gate);
}
