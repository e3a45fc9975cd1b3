// SPDX-License-Identifier: GPL-3.0-only
//
// Registry values by path, for drivers: RtlQueryRegistryValues with its table, and single writes and deletes.
#include "wdm/rtl/registry.hpp"

#include "abi/nt/ntdll.h"
#include "wdm/platform/platform.hpp"

namespace rtl {
namespace {

constexpr ULONG kHandleFlag = 0x40000000;    // RTL_REGISTRY_HANDLE
constexpr ULONG kOptionalFlag = 0x80000000;  // RTL_REGISTRY_OPTIONAL

const WCHAR* root_of(ULONG relative_to) {
    switch (relative_to) {
        case 1:
            return u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
        case 2:
            return u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\";
        case 3:
            return u"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\";
        case 4:
            return u"\\Registry\\Machine\\Hardware\\DeviceMap\\";
        case 5:
            return u"\\Registry\\User\\.Default\\";
        default:
            return u"";
    }
}

}  // namespace

NTSTATUS open_key(ULONG relative_to, PCWSTR path, ACCESS_MASK access, bool create, HANDLE& key) {
    if ((relative_to & kHandleFlag) != 0) {
        return NtDuplicateObject(NtCurrentProcess(), const_cast<PWSTR>(path), NtCurrentProcess(), &key, 0, 0,
                                 DUPLICATE_SAME_ACCESS);
    }
    const WCHAR* root = root_of(relative_to & ~kOptionalFlag);
    SIZE_T root_length = wcslen(root), path_length = wcslen(path);
    SIZE_T bytes = (root_length + path_length + 1) * sizeof(WCHAR);
    if (bytes > UNICODE_STRING_MAX_BYTES) return STATUS_OBJECT_NAME_INVALID;
    auto* buffer = static_cast<WCHAR*>(platform::allocate(bytes));
    if (buffer == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(buffer, root, root_length * sizeof(WCHAR));
    memcpy(buffer + root_length, path, (path_length + 1) * sizeof(WCHAR));
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, buffer);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS status = create ? NtCreateKey(&key, access, &attributes, 0, nullptr, 0, nullptr)
                             : NtOpenKey(&key, access, &attributes);
    platform::release(buffer);
    return status;
}

}  // namespace rtl

extern "C" {

NTSTATUS RtlCheckRegistryKey(ULONG relative_to, PWSTR path) {
    HANDLE key;
    NTSTATUS status = rtl::open_key(relative_to, path, KEY_READ, false, key);
    if (NT_SUCCESS(status)) NtClose(key);
    return status;
}

NTSTATUS RtlCreateRegistryKey(ULONG relative_to, PWSTR path) {
    HANDLE key;
    NTSTATUS status = rtl::open_key(relative_to, path, KEY_ALL_ACCESS, true, key);
    if (NT_SUCCESS(status)) NtClose(key);
    return status;
}

NTSTATUS RtlWriteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name, ULONG type, PVOID data,
                               ULONG length) {
    HANDLE key;
    NTSTATUS status = rtl::open_key(relative_to, path, KEY_SET_VALUE, true, key);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    status = NtSetValueKey(key, &text, 0, type, data, length);
    NtClose(key);
    return status;
}

NTSTATUS RtlDeleteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name) {
    HANDLE key;
    NTSTATUS status = rtl::open_key(relative_to, path, KEY_SET_VALUE, false, key);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    status = NtDeleteValueKey(key, &text);
    NtClose(key);
    return status;
}

}  // extern "C"
