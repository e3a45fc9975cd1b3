// SPDX-License-Identifier: GPL-3.0-only
//
// Fault messages as their handler reads them, under libsel4's names: what a receive returned says which fault
// it was, seL4_getFault() collects its words.
#pragma once
#include "abi/sel4/sel4.h"

// The type, then the message words.
typedef struct seL4_Fault {
    seL4_Word words[1 + seL4_UnknownSyscall_Length];
} seL4_Fault_t;

SEL4_INLINE seL4_Word seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault) {
    return fault.words[0];
}
SEL4_INLINE seL4_Bool seL4_isNullFault_tag(seL4_MessageInfo_t tag) {
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_NullFault;
}
SEL4_INLINE seL4_Bool seL4_isCapFault_tag(seL4_MessageInfo_t tag) {
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_CapFault;
}
SEL4_INLINE seL4_Bool seL4_isUnknownSyscall_tag(seL4_MessageInfo_t tag) {
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_UnknownSyscall;
}
SEL4_INLINE seL4_Bool seL4_isUserException_tag(seL4_MessageInfo_t tag) {
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_UserException;
}
SEL4_INLINE seL4_Bool seL4_isVMFault_tag(seL4_MessageInfo_t tag) {
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_VMFault;
}

// The fault whose message has just been received: its words are taken from the IPC buffer.
SEL4_INLINE seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag) {
    seL4_Fault_t fault = {{seL4_MessageInfo_get_label(tag)}};
    const seL4_Word length = seL4_MessageInfo_get_length(tag);
    for (seL4_Word i = 0; i < length && i < seL4_UnknownSyscall_Length; i++)
        fault.words[1 + i] = seL4_GetMR((int)i);
    return fault;
}
SEL4_INLINE seL4_Fault_t seL4_getArchFault(seL4_MessageInfo_t tag) {
    return seL4_getFault(tag);
}

SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_IP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_CapFault_IP];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_Addr(seL4_Fault_t fault) {
    return fault.words[1 + seL4_CapFault_Addr];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_InRecvPhase(seL4_Fault_t fault) {
    return fault.words[1 + seL4_CapFault_InRecvPhase];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_LookupFailureType(seL4_Fault_t fault) {
    return fault.words[1 + seL4_CapFault_LookupFailureType];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_MR4(seL4_Fault_t fault) {
    return fault.words[1 + 4];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_MR5(seL4_Fault_t fault) {
    return fault.words[1 + 5];
}
SEL4_INLINE seL4_Word seL4_Fault_CapFault_get_MR6(seL4_Fault_t fault) {
    return fault.words[1 + 6];
}
SEL4_INLINE seL4_Word seL4_Fault_VMFault_get_IP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_VMFault_IP];
}
SEL4_INLINE seL4_Word seL4_Fault_VMFault_get_Addr(seL4_Fault_t fault) {
    return fault.words[1 + seL4_VMFault_Addr];
}
SEL4_INLINE seL4_Word seL4_Fault_VMFault_get_PrefetchFault(seL4_Fault_t fault) {
    return fault.words[1 + seL4_VMFault_PrefetchFault];
}
SEL4_INLINE seL4_Word seL4_Fault_VMFault_get_FSR(seL4_Fault_t fault) {
    return fault.words[1 + seL4_VMFault_FSR];
}
SEL4_INLINE seL4_Word seL4_Fault_UserException_get_FaultIP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UserException_FaultIP];
}
SEL4_INLINE seL4_Word seL4_Fault_UserException_get_SP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UserException_SP];
}
SEL4_INLINE seL4_Word seL4_Fault_UserException_get_FLAGS(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UserException_FLAGS];
}
SEL4_INLINE seL4_Word seL4_Fault_UserException_get_Number(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UserException_Number];
}
SEL4_INLINE seL4_Word seL4_Fault_UserException_get_Code(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UserException_Code];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RAX(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RAX];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RBX(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RBX];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RCX(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RCX];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RDX(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RDX];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RSI(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RSI];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RDI(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RDI];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_RBP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_RBP];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R8(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R8];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R9(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R9];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R10(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R10];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R11(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R11];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R12(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R12];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R13(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R13];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R14(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R14];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_R15(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_R15];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_FaultIP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_FaultIP];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_SP(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_SP];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_FLAGS(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_FLAGS];
}
SEL4_INLINE seL4_Word seL4_Fault_UnknownSyscall_get_Syscall(seL4_Fault_t fault) {
    return fault.words[1 + seL4_UnknownSyscall_Syscall];
}
