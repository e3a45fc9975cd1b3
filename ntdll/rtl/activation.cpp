// SPDX-License-Identifier: GPL-3.0-only
// The stack of active activation contexts that each thread has, and the life of contexts as programs see it.
#include "abi/nt/ntactctx.h"
#include "ntdll/ntdll.hpp"
#include "ntdll/sxs/context.hpp"

namespace {

using Frame = RTL_ACTIVATION_CONTEXT_STACK_FRAME;

// Made by RtlActivateActivationContext, with a reference to its context.
constexpr ULONG heap_frame = 0x8;

ACTIVATION_CONTEXT_STACK& stack() {
    return *rtl::teb()->ActivationContextStackPointer;
}

void pop_to(Frame* frame) {
    while (Frame* top = stack().ActiveFrame) {
        if (top == frame) return;
        stack().ActiveFrame = top->Previous;
        if (!(top->Flags & heap_frame)) continue;
        sxs::release(static_cast<sxs::Context*>(top->ActivationContext));
        RtlFreeHeap(rtl::process_heap(), 0, top);
    }
}

}  // namespace

namespace sxs {

void pop_frames(RTL_ACTIVATION_CONTEXT_STACK_FRAME* frame) {
    pop_to(frame->Previous);
}

}  // namespace sxs

extern "C" {

NTSTATUS NTAPI RtlCreateActivationContext(PHANDLE Context, const VOID* Description) {
    if (!Context || !Description) return STATUS_INVALID_PARAMETER;
    sxs::Context* made;
    const NTSTATUS status = sxs::create(*static_cast<const ACTCTXW*>(Description), made);
    if (NT_SUCCESS(status)) *Context = made;
    return status;
}

void NTAPI RtlAddRefActivationContext(HANDLE Context) {
    sxs::reference(Context);
}

void NTAPI RtlReleaseActivationContext(HANDLE Context) {
    sxs::Context* context = sxs::reference(Context);
    if (!context) return;
    sxs::release(context);
    sxs::release(context);
}

// A context that nobody may activate any more: nothing here depends on that.
NTSTATUS NTAPI RtlZombifyActivationContext(HANDLE Context) {
    sxs::Context* context = sxs::reference(Context);
    if (!context) return Context ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    sxs::release(context);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlActivateActivationContextEx(ULONG Flags, PTEB Teb, HANDLE Context, PULONG_PTR Cookie) {
    if (Flags || Teb != rtl::teb() || !Cookie) return STATUS_INVALID_PARAMETER;
    sxs::Context* context = Context ? sxs::reference(Context) : nullptr;
    if (Context && !context) return STATUS_INVALID_PARAMETER;
    auto* frame = static_cast<Frame*>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Frame)));
    if (!frame) {
        sxs::release(context);
        return STATUS_NO_MEMORY;
    }
    frame->Previous = stack().ActiveFrame;
    frame->ActivationContext = context;
    frame->Flags = heap_frame;
    stack().ActiveFrame = frame;
    *Cookie = reinterpret_cast<ULONG_PTR>(frame);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlActivateActivationContext(ULONG Flags, HANDLE Context, PULONG_PTR Cookie) {
    return RtlActivateActivationContextEx(Flags, rtl::teb(), Context, Cookie);
}

void NTAPI RtlDeactivateActivationContext(ULONG Flags, ULONG_PTR Cookie) {
    Frame* top = stack().ActiveFrame;
    Frame* frame = top;
    while (frame && frame != reinterpret_cast<Frame*>(Cookie))
        frame = frame->Previous;
    if (!frame) RtlRaiseStatus(STATUS_SXS_INVALID_DEACTIVATION);
    if (frame != top && !(Flags & RTL_DEACTIVATE_ACTIVATION_CONTEXT_FLAG_FORCE_EARLY_DEACTIVATION))
        RtlRaiseStatus(STATUS_SXS_EARLY_DEACTIVATION);
    pop_to(frame->Previous);
}

void NTAPI RtlFreeThreadActivationContextStack(void) {
    pop_to(nullptr);
}

// The handle comes with a reference.
NTSTATUS NTAPI RtlGetActiveActivationContext(PHANDLE Context) {
    const Frame* top = stack().ActiveFrame;
    *Context = top ? top->ActivationContext : nullptr;
    if (*Context) sxs::reference(*Context);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlIsActivationContextActive(HANDLE Context) {
    for (const Frame* frame = stack().ActiveFrame; frame; frame = frame->Previous) {
        if (frame->ActivationContext == Context) return TRUE;
    }
    return FALSE;
}

}  // extern "C"
