// SPDX-License-Identifier: GPL-3.0-only
//
// The eight system calls in registers only: nothing here touches an IPC buffer, so these may be used by code
// that has none (a driver that signals and waits). All of them keep the stack pointer in rbx, since the
// kernel returns rsp as zero.
#pragma once
#include "abi/sel4/trap.h"
#include "abi/sel4/types.h"

SEL4_INLINE seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Word label, seL4_Word capsUnwrapped,
                                                    seL4_Word extraCaps, seL4_Word length) {
    seL4_MessageInfo_t info = {
        {(label << 12) | ((capsUnwrapped & 7) << 9) | ((extraCaps & 3) << 7) | (length & 0x7f)}};
    return info;
}
SEL4_INLINE seL4_Word seL4_MessageInfo_get_label(seL4_MessageInfo_t info) {
    return info.words[0] >> 12;
}
SEL4_INLINE seL4_Word seL4_MessageInfo_get_capsUnwrapped(seL4_MessageInfo_t info) {
    return (info.words[0] >> 9) & 7;
}
SEL4_INLINE seL4_Word seL4_MessageInfo_get_extraCaps(seL4_MessageInfo_t info) {
    return (info.words[0] >> 7) & 3;
}
SEL4_INLINE seL4_Word seL4_MessageInfo_get_length(seL4_MessageInfo_t info) {
    return info.words[0] & 0x7f;
}
SEL4_INLINE seL4_MessageInfo_t seL4_MessageInfo_set_length(seL4_MessageInfo_t info, seL4_Word length) {
    info.words[0] = (info.words[0] & ~0x7full) | (length & 0x7f);
    return info;
}
SEL4_INLINE seL4_MessageInfo_t seL4_MessageInfo_set_label(seL4_MessageInfo_t info, seL4_Word label) {
    info.words[0] = (info.words[0] & 0xfff) | (label << 12);
    return info;
}

SEL4_INLINE seL4_MessageInfo_t seL4_MessageInfo_set_capsUnwrapped(seL4_MessageInfo_t info,
                                                                  seL4_Word capsUnwrapped) {
    info.words[0] = (info.words[0] & ~0xe00ull) | ((capsUnwrapped & 7) << 9);
    return info;
}
SEL4_INLINE seL4_MessageInfo_t seL4_MessageInfo_set_extraCaps(seL4_MessageInfo_t info, seL4_Word extraCaps) {
    info.words[0] = (info.words[0] & ~0x180ull) | ((extraCaps & 3) << 7);
    return info;
}

SEL4_INLINE seL4_CapRights_t seL4_CapRights_new(seL4_Word grantReply, seL4_Word grant, seL4_Word read,
                                                seL4_Word write) {
    seL4_CapRights_t rights = {
        {((grantReply & 1) << 3) | ((grant & 1) << 2) | ((read & 1) << 1) | (write & 1)}};
    return rights;
}
SEL4_INLINE seL4_Word seL4_CapRights_get_capAllowWrite(seL4_CapRights_t rights) {
    return rights.words[0] & 1;
}
SEL4_INLINE seL4_Word seL4_CapRights_get_capAllowRead(seL4_CapRights_t rights) {
    return (rights.words[0] >> 1) & 1;
}
SEL4_INLINE seL4_Word seL4_CapRights_get_capAllowGrant(seL4_CapRights_t rights) {
    return (rights.words[0] >> 2) & 1;
}
SEL4_INLINE seL4_Word seL4_CapRights_get_capAllowGrantReply(seL4_CapRights_t rights) {
    return (rights.words[0] >> 3) & 1;
}
#define seL4_ReadWrite seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights seL4_CapRights_new(1, 1, 1, 1)
#define seL4_CanRead seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights seL4_CapRights_new(0, 0, 0, 0)

SEL4_INLINE seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Word guard, seL4_Word guardSize) {
    seL4_CNode_CapData_t data = {{(guard << 6) | (guardSize & 0x3f)}};
    return data;
}
SEL4_INLINE seL4_Word seL4_CNode_CapData_get_guard(seL4_CNode_CapData_t data) {
    return data.words[0] >> 6;
}
SEL4_INLINE seL4_Word seL4_CNode_CapData_get_guardSize(seL4_CNode_CapData_t data) {
    return data.words[0] & 0x3f;
}

SEL4_INLINE void seL4_Signal(seL4_CPtr dest) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysSend, dest, &badge, 0);
}

SEL4_INLINE void seL4_Wait(seL4_CPtr src, seL4_Word* sender) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysRecv, src, &badge, 0);
    if (sender) *sender = badge;
}

SEL4_INLINE void seL4_Poll(seL4_CPtr src, seL4_Word* sender) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysNBRecv, src, &badge, 0);
    if (sender) *sender = badge;
}

SEL4_INLINE void seL4_Yield(void) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysYield, 0, &badge, 0);
}

SEL4_INLINE void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word* mr0, seL4_Word* mr1,
                                  seL4_Word* mr2, seL4_Word* mr3) {
    seL4_RawSend(seL4_SysSend, dest, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                 mr3 ? *mr3 : 0);
}

SEL4_INLINE void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word* mr0, seL4_Word* mr1,
                                    seL4_Word* mr2, seL4_Word* mr3) {
    seL4_RawSend(seL4_SysNBSend, dest, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                 mr3 ? *mr3 : 0);
}

SEL4_INLINE void seL4_ReplyWithMRs(seL4_MessageInfo_t info, seL4_Word* mr0, seL4_Word* mr1, seL4_Word* mr2,
                                   seL4_Word* mr3) {
    seL4_RawSend(seL4_SysReply, 0, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                 mr3 ? *mr3 : 0);
}

// A receiving call whose message register arguments may each be null.
SEL4_INLINE seL4_MessageInfo_t seL4_ReceivingCall(seL4_Int64 sys, seL4_CPtr dest, seL4_Word* sender,
                                                  seL4_Word tag, seL4_Word* mr0, seL4_Word* mr1,
                                                  seL4_Word* mr2, seL4_Word* mr3) {
    seL4_Word m0 = mr0 ? *mr0 : 0, m1 = mr1 ? *mr1 : 0, m2 = mr2 ? *mr2 : 0, m3 = mr3 ? *mr3 : 0;
    seL4_Word badge;
    seL4_MessageInfo_t info = {{seL4_RawCall(sys, dest, &badge, tag, &m0, &m1, &m2, &m3)}};
    if (mr0) *mr0 = m0;
    if (mr1) *mr1 = m1;
    if (mr2) *mr2 = m2;
    if (mr3) *mr3 = m3;
    if (sender) *sender = badge;
    return info;
}

SEL4_INLINE seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word* mr0,
                                                seL4_Word* mr1, seL4_Word* mr2, seL4_Word* mr3) {
    return seL4_ReceivingCall(seL4_SysCall, dest, 0, info.words[0], mr0, mr1, mr2, mr3);
}

SEL4_INLINE seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word* sender, seL4_Word* mr0,
                                                seL4_Word* mr1, seL4_Word* mr2, seL4_Word* mr3) {
    return seL4_ReceivingCall(seL4_SysRecv, src, sender, 0, mr0, mr1, mr2, mr3);
}

SEL4_INLINE seL4_MessageInfo_t seL4_NBRecvWithMRs(seL4_CPtr src, seL4_Word* sender, seL4_Word* mr0,
                                                  seL4_Word* mr1, seL4_Word* mr2, seL4_Word* mr3) {
    return seL4_ReceivingCall(seL4_SysNBRecv, src, sender, 0, mr0, mr1, mr2, mr3);
}

SEL4_INLINE seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info,
                                                     seL4_Word* sender, seL4_Word* mr0, seL4_Word* mr1,
                                                     seL4_Word* mr2, seL4_Word* mr3) {
    return seL4_ReceivingCall(seL4_SysReplyRecv, src, sender, info.words[0], mr0, mr1, mr2, mr3);
}

SEL4_INLINE void seL4_DebugPutChar(char c) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysDebugPutChar, (seL4_Word)(unsigned char)c, &badge, 0);
}

SEL4_INLINE void seL4_DebugPutString(const char* text) {
    for (; *text; text++)
        seL4_DebugPutChar(*text);
}

SEL4_INLINE void seL4_DebugDumpScheduler(void) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysDebugDumpScheduler, 0, &badge, 0);
}

SEL4_INLINE void seL4_DebugSnapshot(void) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysDebugSnapshot, 0, &badge, 0);
}

SEL4_INLINE void seL4_DebugHalt(void) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysDebugHalt, 0, &badge, 0);
}

SEL4_INLINE seL4_Word seL4_DebugCapIdentify(seL4_CPtr cap) {
    seL4_Word tag;
    seL4_RawCallEmpty(seL4_SysDebugCapIdentify, cap, &tag, 0);
    return tag;
}

SEL4_INLINE void seL4_SetTLSBase(seL4_Word base) {
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysSetTLSBase, base, &badge, 0);
}
