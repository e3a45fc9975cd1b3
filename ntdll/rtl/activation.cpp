// SPDX-License-Identifier: GPL-3.0-only
// Activation contexts. Manifests are not read yet: contexts cannot be created, and every search finds
// nothing, as in a process without a manifest. The stack of a thread is complete.
#include "abi/nt/ntactctx.h"
#include "ntdll/ntdll.hpp"

namespace {

using Frame = RTL_ACTIVATION_CONTEXT_STACK_FRAME;

constexpr ULONG heap_frame = 0x8;

ACTIVATION_CONTEXT_STACK& stack() {
    return *rtl::teb()->ActivationContextStackPointer;
}

void pop_to(Frame* frame) {
    while (Frame* top = stack().ActiveFrame) {
        if (top == frame) return;
        stack().ActiveFrame = top->Previous;
        if (top->Flags & heap_frame) RtlFreeHeap(rtl::process_heap(), 0, top);
    }
}

template <typename T>
NTSTATUS give_nothing(PVOID to, SIZE_T size, SIZE_T* length, SIZE_T needed = sizeof(T)) {
    if (length) *length = needed;
    if (!to || size < needed) return STATUS_BUFFER_TOO_SMALL;
    rtl::zero(to, needed);
    return STATUS_SUCCESS;
}

NTSTATUS check_search(ULONG flags, const GUID* extension, const void* key) {
    if (extension || !key || (flags & ~0xfu)) return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateActivationContext(PHANDLE, const VOID*) {
    return STATUS_NOT_IMPLEMENTED;
}
void NTAPI RtlAddRefActivationContext(HANDLE) {}
void NTAPI RtlReleaseActivationContext(HANDLE) {}
NTSTATUS NTAPI RtlZombifyActivationContext(HANDLE Context) {
    return Context ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlActivateActivationContext(ULONG, HANDLE Context, PULONG_PTR Cookie) {
    if (Context || !Cookie) return STATUS_INVALID_PARAMETER;
    auto* frame = static_cast<Frame*>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Frame)));
    if (!frame) return STATUS_NO_MEMORY;
    frame->Previous = stack().ActiveFrame;
    frame->ActivationContext = Context;
    frame->Flags = heap_frame;
    stack().ActiveFrame = frame;
    *Cookie = reinterpret_cast<ULONG_PTR>(frame);
    return STATUS_SUCCESS;
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

NTSTATUS NTAPI RtlGetActiveActivationContext(PHANDLE Context) {
    const Frame* top = stack().ActiveFrame;
    *Context = top ? top->ActivationContext : nullptr;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlIsActivationContextActive(HANDLE Context) {
    for (const Frame* frame = stack().ActiveFrame; frame; frame = frame->Previous) {
        if (frame->ActivationContext == Context) return TRUE;
    }
    return FALSE;
}

NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID* Extension, ULONG,
                                                     PCUNICODE_STRING Name, PVOID) {
    const NTSTATUS status = check_search(Flags, Extension, Name ? Name->Buffer : nullptr);
    return NT_SUCCESS(status) ? STATUS_SXS_KEY_NOT_FOUND : status;
}
NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID* Extension, ULONG,
                                                   const GUID* Guid, PVOID) {
    const NTSTATUS status = check_search(Flags, Extension, Guid);
    return NT_SUCCESS(status) ? STATUS_SXS_KEY_NOT_FOUND : status;
}

NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG, HANDLE Context, PVOID, ULONG Class,
                                                    PVOID Information, SIZE_T Size, PSIZE_T ReturnLength) {
    if (Context) return STATUS_INVALID_PARAMETER;
    switch (Class) {
        case ActivationContextBasicInformation:
            return give_nothing<ACTIVATION_CONTEXT_BASIC_INFORMATION>(Information, Size, ReturnLength);
        case RunlevelInformationInActivationContext:
            return give_nothing<ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION>(Information, Size, ReturnLength);
        case CompatibilityInformationInActivationContext:
            return give_nothing<ACTIVATION_CONTEXT_COMPATIBILITY_INFORMATION>(Information, Size, ReturnLength,
                                                                              sizeof(ULONG));
        default:
            return STATUS_NOT_IMPLEMENTED;
    }
}

NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE, PCWSTR, PCWSTR Name, PWSTR,
                                                            SIZE_T, PSIZE_T) {
    if (Flags || !Name) return STATUS_INVALID_PARAMETER;
    return STATUS_SXS_KEY_NOT_FOUND;
}

}  // extern "C"
