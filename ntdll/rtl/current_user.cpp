// SPDX-License-Identifier: GPL-3.0-only
// The registry key of the user a thread runs as: \Registry\User\<SID>.
#include "ntdll/ntdll.hpp"

extern "C" {

NTSTATUS NTAPI RtlFormatCurrentUserKeyPath(PUNICODE_STRING Path) {
    HANDLE token;
    NTSTATUS status = NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token);
    if (!NT_SUCCESS(status)) status = NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token);
    if (!NT_SUCCESS(status)) return status;
    alignas(TOKEN_USER) UCHAR buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    ULONG size;
    status = NtQueryInformationToken(token, TokenUser, buffer, sizeof(buffer), &size);
    NtClose(token);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING sid;
    status = RtlConvertSidToUnicodeString(&sid, reinterpret_cast<PTOKEN_USER>(buffer)->User.Sid, TRUE);
    if (!NT_SUCCESS(status)) return status;
    constexpr WCHAR users[] = u"\\Registry\\User\\";
    const USHORT room = static_cast<USHORT>(sizeof(users) + sid.Length);
    *Path = {0, room, static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), 0, room))};
    if (Path->Buffer) {
        RtlAppendUnicodeToString(Path, users);
        RtlAppendUnicodeStringToString(Path, &sid);
    } else {
        status = STATUS_NO_MEMORY;
    }
    RtlFreeUnicodeString(&sid);
    return status;
}

NTSTATUS NTAPI RtlOpenCurrentUser(ACCESS_MASK DesiredAccess, PHANDLE Key) {
    UNICODE_STRING path;
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status = RtlFormatCurrentUserKeyPath(&path);
    if (NT_SUCCESS(status)) {
        InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        status = NtOpenKey(Key, DesiredAccess, &attributes);
        RtlFreeUnicodeString(&path);
    }
    if (NT_SUCCESS(status)) return status;
    path = RTL_CONSTANT_STRING(u"\\Registry\\User\\.Default");
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenKey(Key, DesiredAccess, &attributes);
}

}  // extern "C"
