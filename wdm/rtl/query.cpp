// SPDX-License-Identifier: GPL-3.0-only
//
// RtlQueryRegistryValues: a table of values to fetch, each given to a routine or stored directly.
#include "abi/nt/ntdll.h"
#include "abi/wdm/pnptypes.h"
#include "wdm/platform/platform.hpp"
#include "wdm/rtl/registry.hpp"

namespace {

enum Flags : ULONG {
    kSubkey = 0x01,
    kTopKey = 0x02,
    kRequired = 0x04,
    kNoValue = 0x08,
    kNoExpand = 0x10,
    kDirect = 0x20,
    kDelete = 0x40,
};

// The value of one table entry, in memory of its own.
struct Value {
    KEY_VALUE_PARTIAL_INFORMATION* information = nullptr;

    Value() = default;
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;
    ~Value() {
        if (information != nullptr) platform::release(information);
    }

    NTSTATUS read(HANDLE key, PCWSTR name) {
        UNICODE_STRING text;
        RtlInitUnicodeString(&text, name);
        ULONG length = 0;
        NTSTATUS status = NtQueryValueKey(key, &text, KeyValuePartialInformation, nullptr, 0, &length);
        if (status != STATUS_BUFFER_TOO_SMALL && status != STATUS_BUFFER_OVERFLOW) return status;
        // Two WCHARs more, so that a string without terminator has one.
        information =
            static_cast<KEY_VALUE_PARTIAL_INFORMATION*>(platform::allocate(length + 2 * sizeof(WCHAR)));
        if (information == nullptr) return STATUS_NO_MEMORY;
        memset(reinterpret_cast<UCHAR*>(information) + length, 0, 2 * sizeof(WCHAR));
        return NtQueryValueKey(key, &text, KeyValuePartialInformation, information, length, &length);
    }
};

bool is_text(ULONG type) {
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

NTSTATUS store_string(UNICODE_STRING& target, const void* data, ULONG length) {
    while (length >= sizeof(WCHAR) && static_cast<const WCHAR*>(data)[length / sizeof(WCHAR) - 1] == 0)
        length -= sizeof(WCHAR);
    if (target.Buffer == nullptr) {
        target.Buffer = static_cast<PWSTR>(platform::allocate(length + sizeof(WCHAR)));
        if (target.Buffer == nullptr) return STATUS_NO_MEMORY;
        target.MaximumLength = static_cast<USHORT>(length + sizeof(WCHAR));
    }
    if (target.MaximumLength < length) return STATUS_BUFFER_TOO_SMALL;
    memcpy(target.Buffer, data, length);
    target.Length = static_cast<USHORT>(length);
    if (target.MaximumLength >= length + sizeof(WCHAR)) target.Buffer[length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

// RTL_QUERY_REGISTRY_DIRECT: strings into a UNICODE_STRING; up to four bytes as they are; longer data into a
// buffer that begins with its capacity as a negative number, or with a length and type to be filled in.
NTSTATUS store(PVOID context, ULONG type, const void* data, ULONG length) {
    if (is_text(type)) return store_string(*static_cast<PUNICODE_STRING>(context), data, length);
    if (length <= sizeof(ULONG)) {
        memcpy(context, data, length);
        return STATUS_SUCCESS;
    }
    auto* head = static_cast<LONG*>(context);
    if (*head >= 0) return STATUS_BUFFER_TOO_SMALL;
    if (static_cast<ULONG>(-*head) < length) return STATUS_BUFFER_TOO_SMALL;
    memcpy(context, data, length);
    return STATUS_SUCCESS;
}

NTSTATUS deliver(const RTL_QUERY_REGISTRY_TABLE& entry, PWSTR name, ULONG type, PVOID data, ULONG length,
                 PVOID context) {
    if ((entry.Flags & kDirect) != 0) return store(entry.EntryContext, type, data, length);
    if (entry.QueryRoutine == nullptr) return STATUS_SUCCESS;
    if (type != REG_MULTI_SZ || (entry.Flags & kNoExpand) != 0)
        return entry.QueryRoutine(name, type, data, length, context, entry.EntryContext);
    // Each string of a list is given on its own.
    auto* text = static_cast<PWSTR>(data);
    PWSTR end = text + length / sizeof(WCHAR);
    while (text < end && *text != 0) {
        ULONG bytes = static_cast<ULONG>((wcslen(text) + 1) * sizeof(WCHAR));
        NTSTATUS status = entry.QueryRoutine(name, REG_SZ, text, bytes, context, entry.EntryContext);
        if (!NT_SUCCESS(status)) return status;
        text += bytes / sizeof(WCHAR);
    }
    return STATUS_SUCCESS;
}

NTSTATUS deliver_default(const RTL_QUERY_REGISTRY_TABLE& entry, PVOID context) {
    if ((entry.Flags & kRequired) != 0) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (entry.DefaultType == REG_NONE) return STATUS_SUCCESS;
    ULONG length = entry.DefaultLength;
    if (length == 0 && is_text(entry.DefaultType) && entry.DefaultData != nullptr)
        length = static_cast<ULONG>((wcslen(static_cast<PCWSTR>(entry.DefaultData)) + 1) * sizeof(WCHAR));
    return deliver(entry, entry.Name, entry.DefaultType, entry.DefaultData, length, context);
}

NTSTATUS query_named(HANDLE key, const RTL_QUERY_REGISTRY_TABLE& entry, PVOID context) {
    Value value;
    NTSTATUS status = value.read(key, entry.Name);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) return deliver_default(entry, context);
    if (!NT_SUCCESS(status)) return status;
    status = deliver(entry, entry.Name, value.information->Type, value.information->Data,
                     value.information->DataLength, context);
    if (NT_SUCCESS(status) && (entry.Flags & kDelete) != 0) {
        UNICODE_STRING text;
        RtlInitUnicodeString(&text, entry.Name);
        NtDeleteValueKey(key, &text);
    }
    return status;
}

// An entry without a name gets every value of the key.
NTSTATUS query_all(HANDLE key, const RTL_QUERY_REGISTRY_TABLE& entry, PVOID context) {
    alignas(8) UCHAR buffer[sizeof(KEY_VALUE_BASIC_INFORMATION) + 256 * sizeof(WCHAR)];
    auto* information = reinterpret_cast<KEY_VALUE_BASIC_INFORMATION*>(buffer);
    for (ULONG index = 0;; index++) {
        ULONG length;
        NTSTATUS status = NtEnumerateValueKey(key, index, KeyValueBasicInformation, information,
                                              sizeof buffer - sizeof(WCHAR), &length);
        if (status == STATUS_NO_MORE_ENTRIES) return STATUS_SUCCESS;
        if (!NT_SUCCESS(status)) return status;
        information->Name[information->NameLength / sizeof(WCHAR)] = 0;
        RTL_QUERY_REGISTRY_TABLE named = entry;
        named.Name = information->Name;
        status = query_named(key, named, context);
        if (!NT_SUCCESS(status)) return status;
    }
}

NTSTATUS open_below(HANDLE top, PCWSTR name, HANDLE& key) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, top, nullptr);
    return NtOpenKey(&key, KEY_READ, &attributes);
}

// Walks the table; `key` changes with the subkeys that it names.
NTSTATUS run(HANDLE top, const RTL_QUERY_REGISTRY_TABLE* entry, PVOID context) {
    HANDLE key = top;
    NTSTATUS status = STATUS_SUCCESS;
    for (;
         NT_SUCCESS(status) && (entry->QueryRoutine != nullptr || (entry->Flags & (kSubkey | kDirect)) != 0);
         entry++) {
        if ((entry->Flags & (kSubkey | kTopKey)) != 0 && key != top) {
            NtClose(key);
            key = top;
        }
        if ((entry->Flags & kSubkey) != 0) {
            status = open_below(top, entry->Name, key);
            if (!NT_SUCCESS(status)) key = top;
            if (status == STATUS_OBJECT_NAME_NOT_FOUND && (entry->Flags & kRequired) == 0)
                status = STATUS_SUCCESS;
            if (entry->QueryRoutine != nullptr && key != top) status = query_all(key, *entry, context);
        } else if ((entry->Flags & kNoValue) != 0) {
            status = entry->QueryRoutine(nullptr, REG_NONE, nullptr, 0, context, entry->EntryContext);
        } else {
            status =
                entry->Name != nullptr ? query_named(key, *entry, context) : query_all(key, *entry, context);
        }
    }
    if (key != top) NtClose(key);
    return status;
}

}  // namespace

extern "C" NTSTATUS RtlQueryRegistryValues(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
                                           PVOID context, PVOID) {
    HANDLE key;
    NTSTATUS status = rtl::open_key(relative_to, path, KEY_ALL_ACCESS, false, key);
    if (status == STATUS_ACCESS_DENIED) status = rtl::open_key(relative_to, path, KEY_READ, false, key);
    if (!NT_SUCCESS(status)) return status;
    status = run(key, table, context);
    NtClose(key);
    return status;
}

extern "C" NTSTATUS RtlQueryRegistryValuesEx(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
                                             PVOID context, PVOID environment) {
    return RtlQueryRegistryValues(relative_to, path, table, context, environment);
}
