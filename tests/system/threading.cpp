// SPDX-License-Identifier: GPL-3.0-only
// Threads, locks, condition variables, address waits, run-once, APCs.
#include "tests/system/test.h"

namespace {

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter, bool suspended = false) {
    HANDLE thread = nullptr;
    RtlCreateUserThread(NtCurrentProcess(), nullptr, suspended, 0, 0, 0, routine, parameter, &thread,
                        nullptr);
    return thread;
}

NTSTATUS join(HANDLE thread) {
    NtWaitForSingleObject(thread, FALSE, nullptr);
    THREAD_BASIC_INFORMATION information = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &information, sizeof(information), nullptr);
    NtClose(thread);
    return information.ExitStatus;
}

void sleep_ms(LONGLONG milliseconds) {
    LARGE_INTEGER interval;
    interval.QuadPart = -milliseconds * 10000;
    NtDelayExecution(FALSE, &interval);
}

RTL_CRITICAL_SECTION section;
RTL_SRWLOCK lock;
RTL_CONDITION_VARIABLE condition;
volatile LONG counter;
volatile LONG torn;
volatile ULONG word;

NTSTATUS NTAPI add_under_section(PVOID) {
    for (int i = 0; i < 500; ++i) {
        RtlEnterCriticalSection(&section);
        const LONG seen = counter;
        if (i % 50 == 0) NtYieldExecution();
        counter = seen + 1;
        RtlLeaveCriticalSection(&section);
    }
    return 0;
}

NTSTATUS NTAPI add_under_lock(PVOID) {
    for (int i = 0; i < 500; ++i) {
        RtlAcquireSRWLockExclusive(&lock);
        const LONG seen = counter;
        if (i % 50 == 0) NtYieldExecution();
        counter = seen + 1;
        RtlReleaseSRWLockExclusive(&lock);
        RtlAcquireSRWLockShared(&lock);
        const LONG first = counter;
        if (i % 70 == 0) NtYieldExecution();
        if (counter != first) torn = 1;
        RtlReleaseSRWLockShared(&lock);
    }
    return 0;
}

NTSTATUS NTAPI consume(PVOID) {
    RtlAcquireSRWLockExclusive(&lock);
    while (!counter)
        RtlSleepConditionVariableSRW(&condition, &lock, nullptr, 0);
    counter = counter - 1;
    RtlReleaseSRWLockExclusive(&lock);
    return 7;
}

NTSTATUS NTAPI wait_for_word(PVOID) {
    ULONG zero = 0;
    while (word == 0)
        RtlWaitOnAddress(&word, &zero, sizeof(zero), nullptr);
    return static_cast<NTSTATUS>(word);
}

ULONG NTAPI init_once(PRTL_RUN_ONCE, PVOID parameter, PVOID* context) {
    sleep_ms(5);
    __atomic_fetch_add(static_cast<volatile LONG*>(parameter), 1, __ATOMIC_SEQ_CST);
    *context = reinterpret_cast<PVOID>(0x1000);
    return TRUE;
}
RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
volatile LONG once_runs;
NTSTATUS NTAPI run_once(PVOID) {
    PVOID context = nullptr;
    const ULONG status = RtlRunOnceExecuteOnce(&once, init_once, const_cast<LONG*>(&once_runs), &context);
    return status == 0 && context == reinterpret_cast<PVOID>(0x1000) ? 0 : 1;
}

volatile LONG apcs;
ULONG_PTR apc_arguments;
void NTAPI count_apc(PVOID a, PVOID b, PVOID c) {
    apcs = apcs + 1;
    apc_arguments = reinterpret_cast<ULONG_PTR>(a) * 100 + reinterpret_cast<ULONG_PTR>(b) * 10 +
                    reinterpret_cast<ULONG_PTR>(c);
}

volatile LONG waiting;
NTSTATUS NTAPI sleep_alertable(PVOID) {
    alignas(16) const ULONGLONG pattern[2] = {0x0123456789abcdef, 0xfedcba9876543210};
    LARGE_INTEGER interval;
    interval.QuadPart = -50000000;
    waiting = 1;
    __asm__ volatile("movaps %0, %%xmm9" : : "m"(pattern) : "xmm9");
    const NTSTATUS status = NtDelayExecution(TRUE, &interval);
    alignas(16) ULONGLONG after[2];
    __asm__ volatile("movaps %%xmm9, %0" : "=m"(after));
    return memcmp(pattern, after, sizeof(after)) == 0 ? status : 1;
}

NTSTATUS NTAPI return_parameter(PVOID parameter) {
    return static_cast<NTSTATUS>(reinterpret_cast<ULONG_PTR>(parameter));
}
NTSTATUS NTAPI exit_early(PVOID) {
    RtlExitUserThread(33);
}

}  // namespace

TEST(exit_status) {
    CHECK(join(start(return_parameter, reinterpret_cast<PVOID>(42))) == 42);
    CHECK(join(start(exit_early, nullptr)) == 33);
}

TEST(many_threads_one_after_another) {
    bool good = true;
    for (ULONG_PTR i = 0; i < 50; ++i) {
        good = good && join(start(return_parameter, reinterpret_cast<PVOID>(i))) == static_cast<NTSTATUS>(i);
    }
    CHECK(good);
}

TEST(suspended_start) {
    HANDLE thread = start(return_parameter, reinterpret_cast<PVOID>(5), true);
    REQUIRE(thread);
    LARGE_INTEGER none = {};
    CHECK(NtWaitForSingleObject(thread, FALSE, &none) == STATUS_TIMEOUT);
    ULONG previous = 0;
    CHECK(NT_SUCCESS(NtResumeThread(thread, &previous)) && previous == 1);
    CHECK(join(thread) == 5);
}

TEST(teb_of_a_thread) {
    PTEB teb = NtCurrentTeb();
    CHECK(teb->NtTib.Self == &teb->NtTib);
    CHECK(teb->ProcessEnvironmentBlock == RtlGetCurrentPeb());
    CHECK(teb->StaticUnicodeString.Buffer == teb->StaticUnicodeBuffer);
    CHECK(teb->StaticUnicodeString.MaximumLength == 522);
    CHECK(teb->ActivationContextStackPointer == &teb->ActivationStack);
    CHECK(teb->NtTib.ExceptionList == EXCEPTION_CHAIN_END);
    char local;
    CHECK(&local < teb->NtTib.StackBase && &local >= teb->NtTib.StackLimit);
    CHECK(teb->ClientId.UniqueThread && teb->ClientId.UniqueProcess);
}

TEST(critical_section_recursion) {
    RtlInitializeCriticalSection(&section);
    RtlEnterCriticalSection(&section);
    CHECK(RtlTryEnterCriticalSection(&section));
    CHECK(RtlIsCriticalSectionLockedByThread(&section));
    RtlLeaveCriticalSection(&section);
    CHECK(section.RecursionCount == 1);
    RtlLeaveCriticalSection(&section);
    CHECK(section.LockCount == -1 && !section.OwningThread);
    RtlDeleteCriticalSection(&section);
}

TEST(critical_section_contended) {
    RtlInitializeCriticalSection(&section);
    counter = 0;
    HANDLE threads[4];
    for (HANDLE& thread : threads)
        thread = start(add_under_section, nullptr);
    for (HANDLE thread : threads)
        CHECK(join(thread) == 0);
    CHECK(counter == 2000);
    CHECK(section.LockCount == -1);
    RtlDeleteCriticalSection(&section);
}

TEST(srw_lock_contended) {
    counter = 0;
    torn = 0;
    HANDLE threads[4];
    for (HANDLE& thread : threads)
        thread = start(add_under_lock, nullptr);
    for (HANDLE thread : threads)
        CHECK(join(thread) == 0);
    CHECK(counter == 2000);
    CHECK(!torn);
    CHECK(!lock.Ptr);
}

TEST(condition_variable) {
    counter = 0;
    HANDLE threads[3];
    for (HANDLE& thread : threads)
        thread = start(consume, nullptr);
    sleep_ms(20);
    RtlAcquireSRWLockExclusive(&lock);
    counter = 3;
    RtlReleaseSRWLockExclusive(&lock);
    RtlWakeAllConditionVariable(&condition);
    for (HANDLE thread : threads)
        CHECK(join(thread) == 7);
    CHECK(counter == 0);
}

TEST(condition_variable_times_out) {
    LARGE_INTEGER timeout;
    timeout.QuadPart = -200000;
    RtlAcquireSRWLockExclusive(&lock);
    CHECK(RtlSleepConditionVariableSRW(&condition, &lock, &timeout, 0) == STATUS_TIMEOUT);
    RtlReleaseSRWLockExclusive(&lock);
}

TEST(wait_on_address) {
    word = 0;
    HANDLE thread = start(wait_for_word, nullptr);
    sleep_ms(10);
    word = 9;
    RtlWakeAddressAll(const_cast<ULONG*>(&word));
    CHECK(join(thread) == 9);
    ULONG same = 9;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -100000;
    CHECK(RtlWaitOnAddress(&word, &same, sizeof(same), &timeout) == STATUS_TIMEOUT);
    same = 8;
    CHECK(RtlWaitOnAddress(&word, &same, sizeof(same), nullptr) == STATUS_SUCCESS);
    CHECK(RtlWaitOnAddress(&word, &same, 3, nullptr) == STATUS_INVALID_PARAMETER);
}

TEST(run_once_from_many_threads) {
    HANDLE threads[4];
    for (HANDLE& thread : threads)
        thread = start(run_once, nullptr);
    for (HANDLE thread : threads)
        CHECK(join(thread) == 0);
    CHECK(once_runs == 1);
}

TEST(apc_ends_an_alertable_wait) {
    apcs = 0;
    waiting = 0;
    HANDLE thread = start(sleep_alertable, nullptr);
    while (!waiting)
        sleep_ms(1);
    sleep_ms(5);
    CHECK(NT_SUCCESS(NtQueueApcThread(thread, reinterpret_cast<PVOID>(count_apc), reinterpret_cast<PVOID>(1),
                                      reinterpret_cast<PVOID>(2), reinterpret_cast<PVOID>(3))));
    CHECK(join(thread) == STATUS_USER_APC);
    CHECK(apcs == 1);
    CHECK(apc_arguments == 123);
}

// All that are pending run one after another, on the same stack.
TEST(many_apcs_at_once) {
    apcs = 0;
    for (ULONG_PTR i = 0; i < 100; ++i) {
        NtQueueApcThread(NtCurrentThread(), reinterpret_cast<PVOID>(count_apc), nullptr, nullptr, nullptr);
    }
    CHECK(apcs == 0);
    NtTestAlert();
    CHECK(apcs == 100);
}

// Far fewer calls than a time slice has room for: without a real yield the other thread would not come to
// run. Among equals: without the boost that the end of the last wait gave.
TEST(yield_lets_others_run) {
    ULONG no_boost = 1;
    CHECK(NT_SUCCESS(
        NtSetInformationThread(NtCurrentThread(), ThreadPriorityBoost, &no_boost, sizeof no_boost)));
    waiting = 0;
    HANDLE thread = start(sleep_alertable, nullptr);
    for (int i = 0; i < 50 && !waiting; ++i)
        CHECK(NT_SUCCESS(NtYieldExecution()));
    CHECK(waiting);
    no_boost = 0;
    NtSetInformationThread(NtCurrentThread(), ThreadPriorityBoost, &no_boost, sizeof no_boost);
    NtQueueApcThread(thread, reinterpret_cast<PVOID>(count_apc), nullptr, nullptr, nullptr);
    join(thread);
}

// A thread that is never alertable cannot be made to hold any number of them; what it has still runs, and
// there is room again.
TEST(apcs_are_bounded) {
    const auto queue = [] {
        return NtQueueApcThread(NtCurrentThread(), reinterpret_cast<PVOID>(count_apc), nullptr, nullptr,
                                nullptr);
    };
    apcs = 0;
    LONG queued = 0;
    while (queued < 100'000 && NT_SUCCESS(queue()))
        ++queued;
    CHECK(queued > 100 && queued < 100'000);
    CHECK(queue() == STATUS_INSUFFICIENT_RESOURCES);
    NtTestAlert();
    CHECK(apcs == queued);
    CHECK(NT_SUCCESS(queue()));
    NtTestAlert();
}

TEST(interlocked_list) {
    alignas(16) SLIST_HEADER head;
    RtlInitializeSListHead(&head);
    SLIST_ENTRY entries[3];
    for (SLIST_ENTRY& entry : entries)
        RtlInterlockedPushEntrySList(&head, &entry);
    CHECK(RtlQueryDepthSList(&head) == 3);
    CHECK(RtlInterlockedPopEntrySList(&head) == &entries[2]);
    CHECK(RtlInterlockedFlushSList(&head) == &entries[1]);
    CHECK(!RtlInterlockedPopEntrySList(&head));
    CHECK(RtlQueryDepthSList(&head) == 0);
}

void NTAPI wake_at_the_end(PVOID address) {
    RtlWakeAddressAll(address);
}

// Comes when the process ends: the waiter is gone by then, and what it had queued was on its stack. What is
// wrong shows in how the program ends.
TEST(an_end_beside_one_that_waits) {
    word = 0;
    CHECK(start(wait_for_word, nullptr) != nullptr);
    sleep_ms(10);
    ULONG index;
    CHECK(NT_SUCCESS(RtlFlsAlloc(wake_at_the_end, &index)));
    CHECK(NT_SUCCESS(RtlFlsSetValue(index, const_cast<ULONG*>(&word))));
}
