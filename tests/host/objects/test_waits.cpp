// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "executive/ex/io_completion.hpp"
#include "executive/ex/mutant.hpp"
#include "executive/ex/timer.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using test::finish;
using test::Fixture;
using test::Pending;

constexpr int64_t kMillisecond = ke::kTicksPerMillisecond;

[[clang::coro_wrapper]] ke::Task<NTSTATUS> wait(Fixture& f, ke::Thread& thread, HANDLE handle,
                                                ke::UserIn<LARGE_INTEGER> timeout = {}) {
    (void)f;
    return NtWaitForSingleObject(thread.call(), {handle, FALSE, timeout});
}

TEST(Events, NotificationStaysSynchronizationIsTaken) {
    Fixture f;
    HANDLE manual = f.make_event(NotificationEvent, true);
    HANDLE automatic = f.make_event(SynchronizationEvent, true);
    auto poll = f.timeout(0);
    EXPECT_EQ(finish(wait(f, f.thread, manual, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, manual, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, automatic, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, automatic, poll)), STATUS_TIMEOUT);
}

TEST(Events, OneWaiterTakesASynchronizationEvent) {
    Fixture f;
    test::Thread other(f.client);
    HANDLE event = f.make_event(SynchronizationEvent, false);
    Pending first(wait(f, f.thread, event));
    Pending second(wait(f, other, event));
    EXPECT_FALSE(first.done());
    auto previous = f.out<LONG>();
    EXPECT_EQ(NtSetEvent(f.call(), {event, previous}), STATUS_SUCCESS);
    EXPECT_EQ(f.get(previous), 0);
    EXPECT_TRUE(first.done());
    EXPECT_FALSE(second.done());
    EXPECT_EQ(NtPulseEvent(f.call(), {event, previous}), STATUS_SUCCESS);
    EXPECT_TRUE(second.done());
    EXPECT_EQ(finish(wait(f, f.thread, event, f.timeout(0))), STATUS_TIMEOUT);
    EXPECT_EQ(first.take(), STATUS_WAIT_0);
    EXPECT_EQ(second.take(), STATUS_WAIT_0);
}

TEST(Events, QueryAndBadArguments) {
    Fixture f;
    HANDLE event = f.make_event(SynchronizationEvent, true);
    uint64_t buffer = f.client.user.allocate(8);
    auto length = f.out<ULONG>();
    EXPECT_EQ(NtQueryEvent(f.call(), {event, EventBasicInformation, {buffer, 8}, 8, length}), STATUS_SUCCESS);
    auto basic = f.client.user.get<EVENT_BASIC_INFORMATION>(buffer);
    EXPECT_EQ(basic.EventType, SynchronizationEvent);
    EXPECT_EQ(basic.EventState, 1);
    EXPECT_EQ(NtQueryEvent(f.call(), {event, EventBasicInformation, {buffer, 4}, 4, length}),
              STATUS_INFO_LENGTH_MISMATCH);
    ke::UserOut<LONG> bad(test::kKernelAddress);
    EXPECT_EQ(NtResetEvent(f.call(), {event, bad}), STATUS_ACCESS_VIOLATION);
    // The bad pointer was found before the deed.
    EXPECT_EQ(finish(wait(f, f.thread, event, f.timeout(0))), STATUS_WAIT_0);
}

TEST(Waits, TimeOut) {
    Fixture f;
    HANDLE event = f.make_event(NotificationEvent, false);
    Pending pending(wait(f, f.thread, event, f.timeout(-10 * kMillisecond)));
    test::advance_clock(9 * kMillisecond);
    EXPECT_FALSE(pending.done());
    test::advance_clock(2 * kMillisecond);
    ASSERT_TRUE(pending.done());
    EXPECT_EQ(pending.take(), STATUS_TIMEOUT);
}

TEST(Waits, AnyAndAll) {
    Fixture f;
    HANDLE handles[] = {f.make_event(NotificationEvent, false), f.make_event(SynchronizationEvent, false)};
    ke::UserIn<HANDLE> array(f.client.user.put(handles));
    test::Thread other(f.client);
    Pending any(NtWaitForMultipleObjects(f.call(), {2, array, WaitAny, FALSE, {}}));
    Pending all(NtWaitForMultipleObjects(other.call(), {2, array, WaitAll, FALSE, {}}));
    NtSetEvent(f.call(), {handles[1], {}});
    ASSERT_TRUE(any.done());
    EXPECT_EQ(any.take(), STATUS_WAIT_0 + 1);
    EXPECT_FALSE(all.done());
    NtSetEvent(f.call(), {handles[0], {}});
    EXPECT_FALSE(all.done());
    NtSetEvent(f.call(), {handles[1], {}});
    ASSERT_TRUE(all.done());
    EXPECT_EQ(all.take(), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, handles[1], f.timeout(0))), STATUS_TIMEOUT);
}

TEST(Waits, BadArguments) {
    Fixture f;
    HANDLE handles[] = {f.make_event(NotificationEvent, true), nullptr};
    ke::UserIn<HANDLE> array(f.client.user.put(handles));
    HANDLE twice[] = {handles[0], handles[0]};
    ke::UserIn<HANDLE> doubled(f.client.user.put(twice));
    auto many = [&](ULONG count, ke::UserIn<HANDLE> in, WAIT_TYPE type) {
        return finish(NtWaitForMultipleObjects(f.call(), {count, in, type, FALSE, {}}));
    };
    EXPECT_EQ(many(0, array, WaitAny), STATUS_INVALID_PARAMETER_1);
    EXPECT_EQ(many(65, array, WaitAny), STATUS_INVALID_PARAMETER_1);
    EXPECT_EQ(many(2, array, WaitAny), STATUS_INVALID_HANDLE);
    EXPECT_EQ(many(2, doubled, WaitAll), STATUS_INVALID_PARAMETER_MIX);
    EXPECT_EQ(many(2, doubled, WaitAny), STATUS_WAIT_0);
    EXPECT_EQ(many(2, ke::UserIn<HANDLE>(test::kUnmapped), WaitAny), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(finish(wait(f, f.thread, handles[0], ke::UserIn<LARGE_INTEGER>(test::kUnmapped))),
              STATUS_ACCESS_VIOLATION);
    auto directory = f.out<HANDLE>();
    ASSERT_EQ(NtOpenDirectoryObject(f.call(), {directory, DIRECTORY_QUERY, f.named(u"\\Device")}),
              STATUS_SUCCESS);
    EXPECT_EQ(finish(wait(f, f.thread, f.get(directory))), STATUS_ACCESS_DENIED);
}

TEST(Waits, SignalAndWait) {
    Fixture f;
    test::Thread other(f.client);
    HANDLE ask = f.make_event(SynchronizationEvent, false);
    HANDLE answer = f.make_event(SynchronizationEvent, false);
    Pending server(wait(f, other, ask));
    Pending client(NtSignalAndWaitForSingleObject(f.call(), {ask, answer, FALSE, {}}));
    ASSERT_TRUE(server.done());
    EXPECT_FALSE(client.done());
    NtSetEvent(f.call(), {answer, {}});
    EXPECT_TRUE(client.done());
    auto directory = f.out<HANDLE>();
    ASSERT_EQ(NtOpenDirectoryObject(f.call(), {directory, DIRECTORY_QUERY, f.named(u"\\Device")}),
              STATUS_SUCCESS);
    EXPECT_EQ(finish(NtSignalAndWaitForSingleObject(f.call(), {f.get(directory), answer, FALSE, {}})),
              STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(server.take(), STATUS_WAIT_0);
    EXPECT_EQ(client.take(), STATUS_WAIT_0);
}

HANDLE make_mutant(Fixture& f, bool owned) {
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtCreateMutant(f.call(), {out, MUTANT_ALL_ACCESS, {}, owned}), STATUS_SUCCESS);
    return f.get(out);
}

TEST(Mutants, OwnedAgainAndAgainReleasedAsOften) {
    Fixture f;
    test::Thread other(f.client);
    HANDLE mutant = make_mutant(f, true);
    EXPECT_EQ(finish(wait(f, f.thread, mutant)), STATUS_WAIT_0);
    Pending second(wait(f, other, mutant));
    EXPECT_FALSE(second.done());
    EXPECT_EQ(NtReleaseMutant(other.call(), {mutant, {}}), STATUS_MUTANT_NOT_OWNED);
    auto previous = f.out<LONG>();
    EXPECT_EQ(NtReleaseMutant(f.call(), {mutant, previous}), STATUS_SUCCESS);
    EXPECT_EQ(f.get(previous), -1);
    EXPECT_FALSE(second.done());
    EXPECT_EQ(NtReleaseMutant(f.call(), {mutant, previous}), STATUS_SUCCESS);
    EXPECT_EQ(f.get(previous), 0);
    ASSERT_TRUE(second.done());
    EXPECT_EQ(second.take(), STATUS_WAIT_0);
    EXPECT_EQ(NtReleaseMutant(f.call(), {mutant, previous}), STATUS_MUTANT_NOT_OWNED);
}

TEST(Mutants, AbandonedByTheirOwnersEnd) {
    Fixture f;
    HANDLE mutant = make_mutant(f, false);
    Pending waiting = [&] {
        test::Thread owner(f.client);
        EXPECT_EQ(finish(wait(f, owner, mutant)), STATUS_WAIT_0);
        Pending pending(wait(f, f.thread, mutant));
        EXPECT_FALSE(pending.done());
        return pending;
    }();
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.take(), STATUS_ABANDONED_WAIT_0);
    EXPECT_EQ(NtReleaseMutant(f.call(), {mutant, {}}), STATUS_SUCCESS);
    EXPECT_EQ(finish(wait(f, f.thread, mutant)), STATUS_WAIT_0);
}

TEST(Mutants, ClosedWhileOwned) {
    Fixture f;
    HANDLE mutant = make_mutant(f, true);
    uint32_t before = ex::Mutant::kType.object_count;
    EXPECT_EQ(NtClose(f.call(), {mutant}), STATUS_SUCCESS);
    EXPECT_EQ(ex::Mutant::kType.object_count, before);
    f.thread.end();
    EXPECT_EQ(ex::Mutant::kType.object_count, before - 1);
}

TEST(Semaphores, CountAndLimit) {
    Fixture f;
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtCreateSemaphore(f.call(), {out, SEMAPHORE_ALL_ACCESS, {}, 2, 1}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtCreateSemaphore(f.call(), {out, SEMAPHORE_ALL_ACCESS, {}, -1, 1}), STATUS_INVALID_PARAMETER);
    ASSERT_EQ(NtCreateSemaphore(f.call(), {out, SEMAPHORE_ALL_ACCESS, {}, 1, 3}), STATUS_SUCCESS);
    HANDLE semaphore = f.get(out);
    auto poll = f.timeout(0);
    EXPECT_EQ(finish(wait(f, f.thread, semaphore, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, semaphore, poll)), STATUS_TIMEOUT);
    auto previous = f.out<LONG>();
    EXPECT_EQ(NtReleaseSemaphore(f.call(), {semaphore, 4, previous}), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    EXPECT_EQ(NtReleaseSemaphore(f.call(), {semaphore, 0, previous}), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(NtReleaseSemaphore(f.call(), {semaphore, 0x7fffffff, previous}),
              STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    test::Thread other(f.client);
    Pending first(wait(f, f.thread, semaphore));
    Pending second(wait(f, other, semaphore));
    EXPECT_EQ(NtReleaseSemaphore(f.call(), {semaphore, 3, previous}), STATUS_SUCCESS);
    EXPECT_TRUE(first.done() && second.done());
    EXPECT_EQ(finish(wait(f, f.thread, semaphore, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, semaphore, poll)), STATUS_TIMEOUT);
    first.take(), second.take();
}

HANDLE make_timer(Fixture& f, TIMER_TYPE type) {
    auto out = f.out<HANDLE>();
    EXPECT_EQ(NtCreateTimer(f.call(), {out, TIMER_ALL_ACCESS, {}, type}), STATUS_SUCCESS);
    return f.get(out);
}

TEST(Timers, OnceAndPeriodic) {
    Fixture f;
    HANDLE timer = make_timer(f, SynchronizationTimer);
    auto poll = f.timeout(0);
    ASSERT_EQ(NtSetTimer(f.call(), {timer, f.timeout(-10 * kMillisecond), nullptr, nullptr, FALSE, 5, {}}),
              STATUS_SUCCESS);
    EXPECT_EQ(finish(wait(f, f.thread, timer, poll)), STATUS_TIMEOUT);
    test::advance_clock(11 * kMillisecond);
    EXPECT_EQ(finish(wait(f, f.thread, timer, poll)), STATUS_WAIT_0);
    EXPECT_EQ(finish(wait(f, f.thread, timer, poll)), STATUS_TIMEOUT);
    test::advance_clock(23 * kMillisecond);
    EXPECT_EQ(finish(wait(f, f.thread, timer, poll)), STATUS_WAIT_0);
    auto state = f.out<BOOLEAN>();
    EXPECT_EQ(NtCancelTimer(f.call(), {timer, state}), STATUS_SUCCESS);
    test::advance_clock(50 * kMillisecond);
    EXPECT_EQ(finish(wait(f, f.thread, timer, poll)), STATUS_TIMEOUT);
    EXPECT_EQ(NtSetTimer(f.call(), {timer, poll, nullptr, nullptr, FALSE, -1, {}}),
              STATUS_INVALID_PARAMETER_6);
}

TEST(Timers, ApcGoesToTheSetterUnlessItEnds) {
    Fixture f;
    HANDLE timer = make_timer(f, NotificationTimer);
    auto routine = reinterpret_cast<PVOID>(uint64_t{0x12340});
    auto due = f.timeout(-kMillisecond);
    NtSetTimer(f.call(), {timer, due, routine, nullptr, FALSE, 0, {}});
    test::advance_clock(2 * kMillisecond);
    EXPECT_TRUE(f.thread.apc_pending());
    {
        test::Thread other(f.client);
        NtSetTimer(other.call(), {timer, due, routine, nullptr, FALSE, 1, {}});
    }
    test::advance_clock(5 * kMillisecond);
    EXPECT_EQ(finish(wait(f, f.thread, timer, f.timeout(0))), STATUS_TIMEOUT);
}

TEST(Timers, AtMostOneApcIsQueuedAndCancellingDropsIt) {
    Fixture f;
    f.thread.queued_apcs();
    HANDLE timer = make_timer(f, NotificationTimer);
    auto routine = reinterpret_cast<PVOID>(uint64_t{0x12340});
    NtSetTimer(f.call(), {timer, f.timeout(-kMillisecond), routine, nullptr, FALSE, 1, {}});
    for (int i = 0; i < 100; ++i)
        test::advance_clock(kMillisecond);
    EXPECT_EQ(f.thread.queued_apcs(), 1u);
    NtCancelTimer(f.call(), {timer, {}});
    EXPECT_FALSE(f.thread.apc_pending());
}

TEST(Timers, ClosedWhileRunning) {
    Fixture f;
    HANDLE timer = make_timer(f, NotificationTimer);
    NtSetTimer(f.call(), {timer, f.timeout(-kMillisecond), nullptr, nullptr, FALSE, 1, {}});
    uint32_t before = ex::Timer::kType.object_count;
    NtClose(f.call(), {timer});
    EXPECT_EQ(ex::Timer::kType.object_count, before - 1);
    test::advance_clock(5 * kMillisecond);
}

TEST(KeyedEvents, TwoSidesMeetByKey) {
    Fixture f;
    test::Thread other(f.client);
    auto key = [](uint64_t value) { return reinterpret_cast<PVOID>(value); };
    Pending waiting(NtWaitForKeyedEvent(f.call(), {nullptr, key(0x1000), FALSE, {}}));
    EXPECT_EQ(finish(NtReleaseKeyedEvent(other.call(), {nullptr, key(0x2000), FALSE, f.timeout(0)})),
              STATUS_TIMEOUT);
    EXPECT_FALSE(waiting.done());
    EXPECT_EQ(finish(NtReleaseKeyedEvent(other.call(), {nullptr, key(0x1000), FALSE, {}})), STATUS_SUCCESS);
    ASSERT_TRUE(waiting.done());
    EXPECT_EQ(waiting.take(), STATUS_SUCCESS);
    EXPECT_EQ(finish(NtWaitForKeyedEvent(f.call(), {nullptr, key(0x1001), FALSE, {}})),
              STATUS_INVALID_PARAMETER_1);
}

TEST(CompletionPorts, PacketsComeInOrderToOneEach) {
    Fixture f;
    test::Thread other(f.client);
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtCreateIoCompletion(f.call(), {out, IO_COMPLETION_ALL_ACCESS, {}, 0}), STATUS_SUCCESS);
    HANDLE port = f.get(out);
    auto key = f.out<PVOID>();
    auto context = f.out<PVOID>();
    auto block = f.out<IO_STATUS_BLOCK>();
    auto remove = [&] [[clang::coro_wrapper]] (ke::Thread & thread, ke::UserIn<LARGE_INTEGER> timeout = {}) {
        return NtRemoveIoCompletion(thread.call(), {port, key, context, block, timeout});
    };
    Pending first(remove(f.thread));
    Pending second(remove(other));
    auto post = [&](uint64_t value) {
        return NtSetIoCompletion(f.call(),
                                 {port, reinterpret_cast<PVOID>(value), nullptr, STATUS_SUCCESS, value});
    };
    EXPECT_EQ(post(7), STATUS_SUCCESS);
    ASSERT_TRUE(first.done());
    EXPECT_FALSE(second.done());
    EXPECT_EQ(reinterpret_cast<uint64_t>(f.get(key)), 7u);
    EXPECT_EQ(post(8), STATUS_SUCCESS);
    ASSERT_TRUE(second.done());
    EXPECT_EQ(finish(remove(f.thread, f.timeout(0))), STATUS_TIMEOUT);
    for (uint64_t i = 0; i < 5; ++i)
        post(i);
    uint64_t batch = f.client.user.allocate(3 * sizeof(FILE_IO_COMPLETION_INFORMATION));
    auto removed = f.out<ULONG>();
    ke::UserOut<FILE_IO_COMPLETION_INFORMATION> array(batch);
    EXPECT_EQ(finish(NtRemoveIoCompletionEx(f.call(), {port, array, 3, removed, {}, FALSE})), STATUS_SUCCESS);
    EXPECT_EQ(f.get(removed), 3u);
    EXPECT_EQ(finish(NtRemoveIoCompletionEx(f.call(), {port, array, 3, removed, {}, FALSE})), STATUS_SUCCESS);
    EXPECT_EQ(f.get(removed), 2u);
    EXPECT_EQ(first.take(), STATUS_SUCCESS);
    EXPECT_EQ(second.take(), STATUS_SUCCESS);
}

TEST(CompletionPorts, PacketsAreChargedToTheirMaker) {
    Fixture f;
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtCreateIoCompletion(f.call(), {out, IO_COMPLETION_ALL_ACCESS, {}, 0}), STATUS_SUCCESS);
    NTSTATUS status = STATUS_SUCCESS;
    for (int i = 0; i < 100000 && status == STATUS_SUCCESS; ++i)
        status = NtSetIoCompletion(f.call(), {f.get(out), nullptr, nullptr, STATUS_SUCCESS, 0});
    EXPECT_EQ(status, STATUS_QUOTA_EXCEEDED);
    NtClose(f.call(), {f.get(out)});
    test::run_loop();
    f.client.table.close_all();  // the table itself
    EXPECT_EQ(f.client.limit.used(), 0u);
}

TEST(Waits, EndWithTheirThread) {
    Fixture f;
    test::Thread other(f.client);
    HANDLE event = f.make_event(NotificationEvent, false);
    Pending pending(wait(f, other, event));
    other.end();
    ASSERT_TRUE(pending.done());
    EXPECT_EQ(pending.take(), STATUS_THREAD_IS_TERMINATING);
}

}  // namespace
