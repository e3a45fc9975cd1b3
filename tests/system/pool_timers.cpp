// SPDX-License-Identifier: GPL-3.0-only
// Timers and waits of the thread pool, timer queues, registered waits, completions.
#include "tests/system/pool.h"

using namespace pool;

namespace {

void NTAPI count_fired(PVOID context, BOOLEAN fired) {
    count(*static_cast<volatile LONG*>(context));
    if (fired) count(others);
}

const HANDLE for_callbacks = reinterpret_cast<HANDLE>(~static_cast<ULONG_PTR>(0));

}  // namespace

TEST(timers_fire_and_stop) {
    calls = 0;
    PTP_TIMER timer;
    REQUIRE(TpAllocTimer(&timer, count_timer, counter(calls), nullptr) == STATUS_SUCCESS);
    CHECK(!TpIsTimerSet(timer));
    LARGE_INTEGER due = in_ms(30);
    LARGE_INTEGER before, after, frequency;
    NtQueryPerformanceCounter(&before, &frequency);
    TpSetTimer(timer, &due, 0, 0);
    CHECK(TpIsTimerSet(timer));
    CHECK(becomes(calls, 1));
    NtQueryPerformanceCounter(&after, nullptr);
    CHECK((after.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart >= 30);
    due = in_ms(10);
    TpSetTimer(timer, &due, 10, 0);
    for (int i = 0; i < 500 && calls < 6; ++i)
        sleep_ms(10);
    CHECK(calls >= 6);
    CHECK(TpSetTimerEx(timer, nullptr, 0, 0));
    CHECK(!TpSetTimerEx(timer, nullptr, 0, 0));
    TpWaitForTimer(timer, TRUE);
    const LONG seen = calls;
    sleep_ms(60);
    CHECK(calls == seen);
    // A time of the clock that is over, and one to come.
    NtQuerySystemTime(&due);
    TpSetTimer(timer, &due, 0, 0);
    CHECK(becomes(calls, seen + 1));
    NtQuerySystemTime(&due);
    due.QuadPart += 300000;
    TpSetTimer(timer, &due, 0, 0);
    CHECK(becomes(calls, seen + 2));
    TpReleaseTimer(timer);
}

TEST(thousands_of_timers) {
    constexpr int amount = 3000;
    static PTP_TIMER timers[amount];
    calls = 0;
    for (int i = 0; i < amount; ++i) {
        REQUIRE(TpAllocTimer(&timers[i], count_timer, counter(calls), nullptr) == STATUS_SUCCESS);
        LARGE_INTEGER due = in_ms(i % 2 ? 200 + i * 7 % 100 : 1000000);
        TpSetTimer(timers[i], &due, 0, 0);
    }
    for (int i = 0; i < amount; i += 2)
        TpReleaseTimer(timers[i]);
    CHECK(becomes(calls, amount / 2));
    for (int i = 1; i < amount; i += 2)
        TpReleaseTimer(timers[i]);
    CHECK(calls == amount / 2);
}

TEST(a_timer_set_by_its_own_callback_dies_with_its_group) {
    PTP_CLEANUP_GROUP group;
    REQUIRE(TpAllocCleanupGroup(&group) == STATUS_SUCCESS);
    for (int round = 0; round < 20; ++round) {
        Environ environ;
        environ.CleanupGroup = group;
        calls = 0;
        PTP_TIMER timer;
        REQUIRE(TpAllocTimer(
                    &timer,
                    [](PTP_CALLBACK_INSTANCE, PVOID context, PTP_TIMER own) {
                        count(*static_cast<volatile LONG*>(context));
                        LARGE_INTEGER now = {};
                        TpSetTimer(own, &now, 0, 0);
                    },
                    counter(calls), &environ) == STATUS_SUCCESS);
        LARGE_INTEGER due = {};
        TpSetTimer(timer, &due, 0, 0);
        while (calls < 3)
            sleep_ms(1);
        TpReleaseCleanupGroupMembers(group, round % 2, nullptr);
        const LONG seen = calls;
        sleep_ms(5);
        CHECK(calls == seen);
    }
    TpReleaseCleanupGroup(group);
}

TEST(waits_tell_signals_from_time_outs) {
    static volatile LONG signals, timeouts;
    signals = 0;
    timeouts = 0;
    PTP_WAIT wait;
    REQUIRE(TpAllocWait(
                &wait,
                [](PTP_CALLBACK_INSTANCE, PVOID, PTP_WAIT, TP_WAIT_RESULT result) {
                    count(result == 0 ? signals : timeouts);
                },
                nullptr, nullptr) == STATUS_SUCCESS);
    HANDLE event = new_event();
    TpSetWait(wait, event, nullptr);
    NtSetEvent(event, nullptr);
    CHECK(becomes(signals, 1));
    NtSetEvent(event, nullptr);
    sleep_ms(30);
    CHECK(signals == 1);  // once only
    CHECK(is_set(event, 0));
    LARGE_INTEGER timeout = in_ms(20);
    TpSetWait(wait, event, &timeout);
    CHECK(becomes(timeouts, 1));
    timeout.QuadPart = 0;
    TpSetWait(wait, event, &timeout);
    CHECK(becomes(timeouts, 2));
    NtSetEvent(event, nullptr);
    TpSetWait(wait, event, &timeout);
    CHECK(becomes(signals, 2));
    TpSetWait(wait, event, nullptr);
    CHECK(TpSetWaitEx(wait, nullptr, nullptr, nullptr));
    CHECK(!TpSetWaitEx(wait, nullptr, nullptr, nullptr));
    TpWaitForWait(wait, TRUE);
    sleep_ms(20);
    NtSetEvent(event, nullptr);
    sleep_ms(20);
    CHECK(signals == 2);
    TpReleaseWait(wait);
    NtClose(event);
}

TEST(more_waits_than_one_thread_can_have) {
    constexpr int amount = 150;
    static HANDLE events[amount];
    static HANDLE waits[amount];
    calls = 0;
    others = 0;
    for (int i = 0; i < amount; ++i) {
        events[i] = new_event();
        REQUIRE(RtlRegisterWait(&waits[i], events[i], count_fired, counter(calls), 0xffffffff, 0) ==
                STATUS_SUCCESS);
    }
    for (int round = 1; round <= 3; ++round) {
        for (HANDLE event : events)
            NtSetEvent(event, nullptr);
        CHECK(becomes(calls, amount * round));
        sleep_ms(20);
    }
    CHECK(others == 0);
    for (HANDLE wait : waits)
        CHECK(RtlDeregisterWaitEx(wait, for_callbacks) == STATUS_SUCCESS);
    for (HANDLE event : events) {
        NtSetEvent(event, nullptr);
        NtClose(event);
    }
    sleep_ms(20);
    CHECK(calls == amount * 3);
}

TEST(registered_waits_end_as_asked) {
    HANDLE event = new_event();
    HANDLE wait;
    calls = 0;
    others = 0;
    REQUIRE(RtlRegisterWait(&wait, event, count_fired, counter(calls), 10, 0) == STATUS_SUCCESS);
    for (int i = 0; i < 500 && calls < 3; ++i)
        sleep_ms(10);
    CHECK(calls >= 3 && others == calls);  // each of them a time-out
    CHECK(RtlDeregisterWaitEx(wait, for_callbacks) == STATUS_SUCCESS);

    REQUIRE(RtlRegisterWait(&wait, event, count_fired, counter(calls), 0xffffffff,
                            WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD) == STATUS_SUCCESS);
    calls = 0;
    NtSetEvent(event, nullptr);
    CHECK(becomes(calls, 1));
    NtSetEvent(event, nullptr);
    sleep_ms(20);
    CHECK(calls == 1);
    CHECK(RtlDeregisterWait(wait) == STATUS_SUCCESS);
    CHECK(is_set(event, 0));

    // A callback that runs: PENDING, and the event after it.
    gate = new_event(NotificationEvent);
    static volatile LONG begun, ended;
    begun = 0;
    ended = 0;
    REQUIRE(RtlRegisterWait(
                &wait, event,
                [](PVOID, BOOLEAN) {
                    count(begun);
                    NtWaitForSingleObject(gate, FALSE, nullptr);
                    count(ended);
                },
                nullptr, 0xffffffff, 0) == STATUS_SUCCESS);
    NtSetEvent(event, nullptr);
    CHECK(becomes(begun, 1));
    HANDLE done = new_event();
    CHECK(RtlDeregisterWaitEx(wait, done) == STATUS_PENDING);
    CHECK(!is_set(done, 20));
    NtSetEvent(gate, nullptr);
    CHECK(is_set(done));
    CHECK(ended == 1);

    static HANDLE own;
    static NTSTATUS status;
    begun = 0;
    REQUIRE(RtlRegisterWait(
                &own, event,
                [](PVOID, BOOLEAN) {
                    status = RtlDeregisterWait(own);
                    count(begun);
                },
                nullptr, 0xffffffff, 0) == STATUS_SUCCESS);
    NtSetEvent(event, nullptr);
    CHECK(becomes(begun, 1));
    CHECK(status == STATUS_PENDING);
    NtClose(done);
    NtClose(event);
    NtClose(gate);
}

TEST(timer_queues) {
    HANDLE queue, timer, once;
    calls = 0;
    REQUIRE(RtlCreateTimerQueue(&queue) == STATUS_SUCCESS);
    CHECK(RtlCreateTimer(queue, &timer, count_fired, counter(calls), 10, 10, 0) == STATUS_SUCCESS);
    static volatile LONG single;
    single = 0;
    CHECK(RtlCreateTimer(queue, &once, count_fired, counter(single), 0, 0, WT_EXECUTEINTIMERTHREAD) ==
          STATUS_SUCCESS);
    for (int i = 0; i < 500 && calls < 4; ++i)
        sleep_ms(10);
    CHECK(calls >= 4);
    CHECK(single == 1);
    // Once fired, a one-shot timer is not updated.
    CHECK(RtlUpdateTimer(queue, once, 0, 0) == STATUS_SUCCESS);
    sleep_ms(30);
    CHECK(single == 1);
    CHECK(RtlDeleteTimer(queue, timer, for_callbacks) == STATUS_SUCCESS);
    const LONG seen = calls;
    sleep_ms(40);
    CHECK(calls == seen);
    CHECK(RtlCreateTimer(queue, &timer, count_fired, counter(calls), 100000, 0, 0) == STATUS_SUCCESS);
    CHECK(RtlUpdateTimer(queue, timer, 1, 0) == STATUS_SUCCESS);
    CHECK(becomes(calls, seen + 1));
    HANDLE done = new_event();
    CHECK(RtlDeleteTimerQueueEx(queue, done) != STATUS_INVALID_HANDLE);
    CHECK(is_set(done));
    CHECK(RtlCreateTimer(nullptr, &timer, count_fired, counter(calls), 0, 0, 0) == STATUS_SUCCESS);
    CHECK(becomes(calls, seen + 2));
    RtlDeleteTimer(nullptr, timer, for_callbacks);
    NtClose(done);
}

// A request on a file whose completion goes to the pool; one that is cancelled before it begins; more than
// one.
TEST(completions_reach_their_callback) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\ntdll.dll");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE file;
    IO_STATUS_BLOCK io;
    REQUIRE(NtOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ, 0) ==
            STATUS_SUCCESS);
    static volatile LONG bytes;
    static PVOID seen;
    calls = 0;
    bytes = 0;
    PTP_IO completion;
    REQUIRE(TpAllocIoCompletion(
                &completion, file,
                [](PTP_CALLBACK_INSTANCE, PVOID context, PVOID apc, PIO_STATUS_BLOCK status, PTP_IO) {
                    seen = apc;
                    if (NT_SUCCESS(status->Status)) {
                        __atomic_fetch_add(&bytes, static_cast<LONG>(status->Information), __ATOMIC_SEQ_CST);
                    }
                    count(*static_cast<volatile LONG*>(context));
                },
                counter(calls), nullptr) == STATUS_SUCCESS);
    static char buffer[64];
    static IO_STATUS_BLOCK block;
    LARGE_INTEGER offset = {};
    for (LONG i = 1; i <= 10; ++i) {
        TpStartAsyncIoOperation(completion);
        const NTSTATUS status =
            NtReadFile(file, nullptr, nullptr, &block, &block, buffer, sizeof(buffer), &offset, nullptr);
        CHECK(NT_SUCCESS(status));
        TpWaitForIoCompletion(completion, FALSE);
        CHECK(calls == i && bytes == i * 64 && seen == &block);
    }
    TpStartAsyncIoOperation(completion);
    TpCancelAsyncIoOperation(completion);
    TpWaitForIoCompletion(completion, FALSE);
    CHECK(calls == 10);
    // Cancelled: the completion that comes later finds nobody.
    TpStartAsyncIoOperation(completion);
    TpWaitForIoCompletion(completion, TRUE);
    NtReadFile(file, nullptr, nullptr, &block, &block, buffer, sizeof(buffer), &offset, nullptr);
    sleep_ms(50);
    CHECK(calls == 10);
    TpReleaseIoCompletion(completion);
    NtClose(file);
}
