// SPDX-License-Identifier: GPL-3.0-only
//
// The host's own capabilities: the notifications of the ring and of interrupts, interrupt handlers and port
// ranges. These are direct seL4 calls; they are what makes a request cost one signal and one wait.
#include "abi/sel4/labels.h"
#include "abi/sel4/syscalls.h"
#include "wdm/platform/executive.hpp"
#include "wdm/platform/platform.hpp"

#include "abi/nt/ntdll.h"
#include "nt/wdm_services.h"

namespace platform {
namespace {

constinit WDM_ATTACH attached{};

// One invocation of a capability of ours, in registers: driver threads have no IPC buffer of their own to
// use. Returns message register 0; `error` is true when the kernel refused.
ULONG invoke(ULONG cptr, ULONG label, ULONG length, seL4_Word argument0, seL4_Word argument1, bool& error) {
    seL4_Word mr0 = argument0, mr1 = argument1, mr2 = 0, mr3 = 0;
    seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, 0, length);
    info = seL4_CallWithMRs(cptr, info, &mr0, &mr1, &mr2, &mr3);
    error = seL4_MessageInfo_get_label(info) != 0;
    return static_cast<ULONG>(mr0);
}

ULONG label_for(ULONG bytes, ULONG byte_label) {
    return byte_label + (bytes == 1 ? 0 : bytes == 2 ? 1 : 2);
}

}  // namespace

NTSTATUS attach(WDM_ATTACH& attach) {
    NTSTATUS status = NtWdmAttach(&attached);
    attach = attached;
    return status;
}

void wait_for_requests() {
    seL4_Wait(attached.RequestCptr, nullptr);
}

void signal_completions() {
    seL4_Signal(attached.CompletionCptr);
}

ULONG64 wait_for_interrupts() {
    seL4_Word badge = 0;
    seL4_Wait(attached.InterruptCptr, &badge);
    return badge;
}

void acknowledge_interrupt(ULONG cptr) {
    bool error;
    invoke(cptr, seL4_Label_IRQHandler_Ack, 0, 0, 0, error);
}

ULONG port_read(ULONG cptr, USHORT port, ULONG bytes) {
    bool error;
    ULONG value = invoke(cptr, label_for(bytes, seL4_Label_IOPort_In8), 1, port, 0, error);
    return error ? ~0u : value;
}

void port_write(ULONG cptr, USHORT port, ULONG bytes, ULONG value) {
    bool error;
    invoke(cptr, label_for(bytes, seL4_Label_IOPort_Out8), 2, port, value, error);
}

}  // namespace platform
