// SPDX-License-Identifier: GPL-3.0-only
// Lists of ALPC message attributes: how large they are, and where each lies.
#include "ntdll/ntdll.hpp"

namespace {

struct Attribute {
    ULONG which;
    ULONG size;
};
// In the order in which they lie, that of their bits, the highest first.
constexpr Attribute kAttributes[] = {
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, sizeof(ALPC_SECURITY_ATTR)},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, sizeof(ALPC_DATA_VIEW_ATTR)},
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, sizeof(ALPC_CONTEXT_ATTR)},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, sizeof(ALPC_HANDLE_ATTR)},
    {ALPC_MESSAGE_TOKEN_ATTRIBUTE, sizeof(ALPC_TOKEN_ATTR)},
    {ALPC_MESSAGE_DIRECT_ATTRIBUTE, sizeof(ALPC_DIRECT_ATTR)},
    {ALPC_MESSAGE_WORK_ON_BEHALF_ATTRIBUTE, sizeof(ALPC_WORK_ON_BEHALF_ATTR)},
};

constexpr ULONG kLongestMessage = 0xffef;

}  // namespace

SIZE_T NTAPI AlpcGetHeaderSize(ULONG Flags) {
    SIZE_T size = sizeof(ALPC_MESSAGE_ATTRIBUTES);
    for (const Attribute& attribute : kAttributes)
        if (Flags & attribute.which) size += attribute.size;
    return size;
}

NTSTATUS NTAPI AlpcInitializeMessageAttribute(ULONG AttributeFlags, PALPC_MESSAGE_ATTRIBUTES Buffer,
                                              SIZE_T BufferSize, PSIZE_T RequiredBufferSize) {
    const SIZE_T needed = AlpcGetHeaderSize(AttributeFlags);
    *RequiredBufferSize = needed;
    if (needed > BufferSize) return STATUS_BUFFER_TOO_SMALL;
    if (AttributeFlags & ~ALPC_MESSAGE_ATTRIBUTE_ALL) return STATUS_INVALID_PARAMETER;
    if (Buffer) *Buffer = {AttributeFlags, 0};
    return STATUS_SUCCESS;
}

PVOID NTAPI AlpcGetMessageAttribute(PALPC_MESSAGE_ATTRIBUTES Buffer, ULONG AttributeFlag) {
    const bool one = AttributeFlag != 0 && (AttributeFlag & (AttributeFlag - 1)) == 0;
    if (!one || !(Buffer->AllocatedAttributes & AttributeFlag)) return nullptr;
    const ULONG before = Buffer->AllocatedAttributes & ~((AttributeFlag << 1) - 1);
    return reinterpret_cast<PUCHAR>(Buffer) + AlpcGetHeaderSize(before);
}

ULONG NTAPI AlpcMaxAllowedMessageLength(void) {
    return kLongestMessage;
}
