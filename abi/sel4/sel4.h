// SPDX-License-Identifier: GPL-3.0-only
//
// The seL4 user API under libsel4's own names, header only, for C and C++, ELF and PE targets. One plain
// global holds the caller's IPC buffer: a program with several threads that use MR4 and up sets it around
// each call or uses syscalls.h.
#pragma once
#include "abi/sel4/syscalls.h"

#ifdef __cplusplus
extern "C" {
inline seL4_IPCBuffer* __sel4_ipc_buffer;
}
#else
__attribute__((weak)) seL4_IPCBuffer* __sel4_ipc_buffer;
#endif

SEL4_INLINE seL4_IPCBuffer* seL4_GetIPCBuffer(void) {
    return __sel4_ipc_buffer;
}
SEL4_INLINE void seL4_SetIPCBuffer(seL4_IPCBuffer* buffer) {
    __sel4_ipc_buffer = buffer;
}
SEL4_INLINE seL4_Word seL4_GetMR(int i) {
    return seL4_GetIPCBuffer()->msg[i];
}
SEL4_INLINE void seL4_SetMR(int i, seL4_Word mr) {
    seL4_GetIPCBuffer()->msg[i] = mr;
}
SEL4_INLINE seL4_Word seL4_GetUserData(void) {
    return seL4_GetIPCBuffer()->userData;
}
SEL4_INLINE void seL4_SetUserData(seL4_Word data) {
    seL4_GetIPCBuffer()->userData = data;
}
SEL4_INLINE seL4_Word seL4_GetBadge(int i) {
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}
SEL4_INLINE seL4_CPtr seL4_GetCap(int i) {
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}
SEL4_INLINE void seL4_SetCap(int i, seL4_CPtr cptr) {
    seL4_GetIPCBuffer()->caps_or_badges[i] = cptr;
}
SEL4_INLINE void seL4_SetCapReceivePath(seL4_CPtr receiveCNode, seL4_CPtr receiveIndex,
                                        seL4_Word receiveDepth) {
    seL4_IPCBuffer* buffer = seL4_GetIPCBuffer();
    buffer->receiveCNode = receiveCNode;
    buffer->receiveIndex = receiveIndex;
    buffer->receiveDepth = receiveDepth;
}

SEL4_INLINE void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info) {
    seL4_Word* mr = seL4_GetIPCBuffer()->msg;
    seL4_RawSend(seL4_SysSend, dest, info.words[0], mr[0], mr[1], mr[2], mr[3]);
}
SEL4_INLINE void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info) {
    seL4_Word* mr = seL4_GetIPCBuffer()->msg;
    seL4_RawSend(seL4_SysNBSend, dest, info.words[0], mr[0], mr[1], mr[2], mr[3]);
}
SEL4_INLINE void seL4_Reply(seL4_MessageInfo_t info) {
    seL4_Word* mr = seL4_GetIPCBuffer()->msg;
    seL4_RawSend(seL4_SysReply, 0, info.words[0], mr[0], mr[1], mr[2], mr[3]);
}
SEL4_INLINE seL4_MessageInfo_t seL4_BufferCall(seL4_Int64 sys, seL4_CPtr dest, seL4_Word info,
                                               seL4_Word* sender) {
    seL4_Word* mr = seL4_GetIPCBuffer()->msg;
    seL4_Word badge;
    seL4_MessageInfo_t result = {{seL4_RawCall(sys, dest, &badge, info, &mr[0], &mr[1], &mr[2], &mr[3])}};
    if (sender) *sender = badge;
    return result;
}
SEL4_INLINE seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info) {
    return seL4_BufferCall(seL4_SysCall, dest, info.words[0], 0);
}
SEL4_INLINE seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word* sender) {
    return seL4_BufferCall(seL4_SysRecv, src, 0, sender);
}
SEL4_INLINE seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word* sender) {
    return seL4_BufferCall(seL4_SysNBRecv, src, 0, sender);
}
SEL4_INLINE seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word* sender) {
    return seL4_BufferCall(seL4_SysReplyRecv, src, info.words[0], sender);
}
SEL4_INLINE void seL4_DebugNameThread(seL4_CPtr tcb, const char* name) {
    char* out = (char*)seL4_GetIPCBuffer()->msg;
    int i = 0;
    for (; name[i] && i < (int)(seL4_MsgMaxLength * sizeof(seL4_Word)) - 1; i++)
        out[i] = name[i];
    out[i] = 0;
    seL4_Word badge;
    seL4_RawCallEmpty(seL4_SysDebugNameThread, tcb, &badge, 0);
}

#include "abi/sel4/invocations.h"
