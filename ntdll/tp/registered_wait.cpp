// SPDX-License-Identifier: GPL-3.0-only
// RtlRegisterWait: a wait that is armed again after each callback until it is deregistered.
#include "ntdll/tp/wait.hpp"

namespace tp {
namespace {

struct Registered : Wait {
    HANDLE handle;
    ULONG milliseconds;
    bool once;
    HANDLE thread;      // whose callback runs
    HANDLE completion;  // to be set when the last callback has run
};

constexpr ULONG infinite = 0xffffffff;

NTSTATUS arm_again(Registered& wait) {
    return arm(wait, wait.handle,
               wait.milliseconds == infinite ? never : deadline(wait.milliseconds * -10000ll));
}

void run_registered(Object& object, PTP_CALLBACK_INSTANCE, ULONG_PTR result) {
    Registered& wait = static_cast<Registered&>(object);
    wait.thread = rtl::teb()->ClientId.UniqueThread;
    reinterpret_cast<RTL_WAITORTIMERCALLBACKFUNC>(object.callback)(object.context, result == wait_timed_out);
    wait.thread = nullptr;
    if (!wait.once) arm_again(wait);
}

void destroy(Object& object) {
    if (HANDLE event = static_cast<Registered&>(object).completion) NtSetEvent(event, nullptr);
}

}  // namespace
}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI RtlRegisterWait(PHANDLE WaitHandle, HANDLE Handle, RTL_WAITORTIMERCALLBACKFUNC Function,
                               PVOID Context, ULONG Milliseconds, ULONG Flags) {
    TP_CALLBACK_ENVIRON environ = {};
    environ.Version = 1;
    environ.u.s.LongFunction = (Flags & WT_EXECUTELONGFUNCTION) != 0;
    Object* object;
    NTSTATUS status =
        create(&object, sizeof(Registered), Kind::Wait, reinterpret_cast<PVOID>(Function), Context, &environ);
    if (!NT_SUCCESS(status)) return status;
    Registered& wait = *static_cast<Registered*>(object);
    init_wait(wait);
    wait.run = run_registered;
    wait.destroy = destroy;
    wait.in_wait_thread = Flags & WT_EXECUTEINWAITTHREAD;
    wait.handle = Handle;
    wait.milliseconds = Milliseconds;
    wait.once = Flags & WT_EXECUTEONLYONCE;
    // The callback may deregister by the handle before this call returns.
    *WaitHandle = reinterpret_cast<HANDLE>(object);
    status = arm_again(wait);
    if (!NT_SUCCESS(status)) release(wait);
    return status;
}

NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent) {
    if (!WaitHandle) return STATUS_INVALID_HANDLE;
    Registered& wait = *static_cast<Registered*>(reinterpret_cast<Object*>(WaitHandle));
    stop_wait(wait);
    const bool own = wait.thread == rtl::teb()->ClientId.UniqueThread;
    const bool blocks = means_wait(CompletionEvent);
    if (!blocks) wait.completion = CompletionEvent;
    bool runs = cancel_pending(wait);
    if (blocks && !own) {
        tp::wait(wait, true);
        runs = false;
    }
    release(wait);
    return runs ? STATUS_PENDING : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeregisterWait(HANDLE WaitHandle) {
    return RtlDeregisterWaitEx(WaitHandle, nullptr);
}

}  // extern "C"
