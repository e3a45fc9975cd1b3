// SPDX-License-Identifier: GPL-3.0-only
//
// Delays, alerts and APCs.
#include "executive/ob/charge.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

ke::Task<NTSTATUS> NtDelayExecution(ke::Call& call, NtDelayExecutionArgs args) {
    LARGE_INTEGER interval = CO_TRY(call.read(args.DelayInterval));
    NTSTATUS status =
        co_await ke::delay(call.thread(), args.Alertable, ke::Deadline::from_timeout(interval.QuadPart));
    // A delay that passes has done what it was asked to.
    co_return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

NTSTATUS NtTestAlert(ke::Call& call, const NtTestAlertArgs&) {
    ke::Thread& thread = call.thread();
    if (thread.apc_pending()) thread.deliver_apc();
    return thread.test_alert() ? STATUS_ALERTED : STATUS_SUCCESS;
}

NTSTATUS NtAlertThread(ke::Call& call, const NtAlertThreadArgs& args) {
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    thread->alert();
    return STATUS_SUCCESS;
}

NTSTATUS NtAlertResumeThread(ke::Call& call, const NtAlertResumeThreadArgs& args) {
    TRY(call.probe(args.PreviousSuspendCount));
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    thread->alert();
    uint32_t before = thread->terminating() ? 0 : thread->resume();
    return base::to_status(call.write(args.PreviousSuspendCount, before));
}

namespace {

template <typename Args>
NTSTATUS queue_apc(ke::Call& call, const Args& args, bool special) {
    auto thread = TRY(ob::resolve<Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    if (thread->terminating()) return STATUS_UNSUCCESSFUL;
    if (thread->program_apcs() >= ke::Thread::kMaximumApcs) return STATUS_INSUFFICIENT_RESOURCES;
    auto apc = TRY(ob::ChargedApc::create(call.client()));
    apc->counter = &thread->program_apcs();
    ++thread->program_apcs();
    apc->routine = reinterpret_cast<uint64_t>(args.ApcRoutine);
    apc->context = reinterpret_cast<uint64_t>(args.ApcArgument1);
    apc->argument1 = reinterpret_cast<uint64_t>(args.ApcArgument2);
    apc->argument2 = reinterpret_cast<uint64_t>(args.ApcArgument3);
    apc->special = special;
    thread->queue_apc(std::move(apc));
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS NtQueueApcThread(ke::Call& call, const NtQueueApcThreadArgs& args) {
    return queue_apc(call, args, false);
}

// There are no reserves, so no handle is one's.
NTSTATUS NtQueueApcThreadEx(ke::Call& call, const NtQueueApcThreadExArgs& args) {
    bool special = args.ReserveHandle == APC_FORCE_THREAD_SIGNAL;
    if (args.ReserveHandle && !special) return STATUS_INVALID_HANDLE;
    return queue_apc(call, args, special);
}

NTSTATUS NtQueueApcThreadEx2(ke::Call& call, const NtQueueApcThreadEx2Args& args) {
    if (args.ApcFlags & ~ULONG{QUEUE_USER_APC_FLAGS_SPECIAL_USER_APC}) return STATUS_INVALID_PARAMETER;
    if (args.ReserveHandle) return STATUS_INVALID_HANDLE;
    return queue_apc(call, args, args.ApcFlags & QUEUE_USER_APC_FLAGS_SPECIAL_USER_APC);
}

// The address only helps a debugger: an alert is for the thread, and one is remembered.
ke::Task<NTSTATUS> NtWaitForAlertByThreadId(ke::Call& call, NtWaitForAlertByThreadIdArgs args) {
    ke::Deadline deadline = ke::Deadline::never();
    if (!args.Timeout.null()) deadline = ke::Deadline::from_timeout(CO_TRY(call.read(args.Timeout)).QuadPart);
    NTSTATUS status = co_await ke::wait(call.thread(), call.thread().alert_by_id(), false, deadline);
    co_return status == STATUS_SUCCESS ? STATUS_ALERTED : status;
}

NTSTATUS NtAlertThreadByThreadId(ke::Call& call, const NtAlertThreadByThreadIdArgs& args) {
    Thread* thread = find_thread(HandleToULong(args.ThreadId));
    if (!thread) return STATUS_INVALID_CID;
    // Only threads of one's own process, as on NT.
    if (&thread->process() != &current(call).process()) return STATUS_ACCESS_DENIED;
    thread->set_alert_by_id();
    return STATUS_SUCCESS;
}

NTSTATUS NtQueryPerformanceCounter(ke::Call& call, const NtQueryPerformanceCounterArgs& args) {
    LARGE_INTEGER frequency{.QuadPart = static_cast<LONGLONG>(ke::performance_frequency())};
    TRY(call.write(args.PerformanceFrequency, frequency));
    LARGE_INTEGER counter{.QuadPart = static_cast<LONGLONG>(ke::performance_counter())};
    return base::to_status(call.write(args.PerformanceCounter, counter));
}

NTSTATUS NtGetCurrentProcessorNumber(ke::Call&, const NtGetCurrentProcessorNumberArgs&) {
    return 0;
}

// No user callbacks are made, so there is none to return from.
NTSTATUS NtCallbackReturn(ke::Call&, const NtCallbackReturnArgs&) {
    return STATUS_NO_CALLBACK_ACTIVE;
}
