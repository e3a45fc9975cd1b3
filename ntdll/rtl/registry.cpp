// SPDX-License-Identifier: GPL-3.0-only
// Values of the registry by a path.
#include "abi/nt/ntrtl_registry.h"
#include "base/registry_query.hpp"
#include "ntdll/ntdll.hpp"

namespace {

constexpr const WCHAR* roots[] = {
    nullptr,
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\",
    u"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\",
    u"\\Registry\\Machine\\Hardware\\DeviceMap\\",
};

class Key {
public:
    Key() = default;
    ~Key() {
        if (own_) NtClose(handle_);
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    HANDLE handle() const { return handle_; }

    NTSTATUS open(ULONG relative_to, const WCHAR* path, ACCESS_MASK access, bool create) {
        if (relative_to & RTL_REGISTRY_HANDLE) {
            handle_ = const_cast<WCHAR*>(path);
            return STATUS_SUCCESS;
        }
        relative_to &= ~RTL_REGISTRY_OPTIONAL;
        if (relative_to >= RTL_REGISTRY_MAXIMUM || !path) return STATUS_INVALID_PARAMETER;
        UNICODE_STRING name = {};
        NTSTATUS status = whole_path(relative_to, path, name);
        if (NT_SUCCESS(status)) status = create ? make(name, access) : find(name, access);
        RtlFreeHeap(rtl::process_heap(), 0, name.Buffer);
        own_ = NT_SUCCESS(status);
        return status;
    }

private:
    static NTSTATUS whole_path(ULONG relative_to, const WCHAR* path, UNICODE_STRING& name) {
        UNICODE_STRING user = {};
        UNICODE_STRING root = {};
        if (relative_to == RTL_REGISTRY_USER) {
            const NTSTATUS status = RtlFormatCurrentUserKeyPath(&user);
            if (!NT_SUCCESS(status)) return status;
            root = user;
        } else {
            RtlInitUnicodeString(&root, roots[relative_to]);
        }
        const SIZE_T size = root.Length + (rtl::length(path) + 2) * sizeof(WCHAR);
        NTSTATUS status = size < 0x10000 ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG;
        if (NT_SUCCESS(status)) {
            name = {0, static_cast<USHORT>(size),
                    static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), 0, size))};
            status = name.Buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
        if (NT_SUCCESS(status)) {
            RtlAppendUnicodeStringToString(&name, &root);
            if (user.Buffer) RtlAppendUnicodeToString(&name, u"\\");
            RtlAppendUnicodeToString(&name, path);
            // An empty path is the root itself.
            if (name.Length && name.Buffer[name.Length / sizeof(WCHAR) - 1] == '\\')
                name.Length -= sizeof(WCHAR);
        }
        if (user.Buffer) RtlFreeUnicodeString(&user);
        return status;
    }
    NTSTATUS find(UNICODE_STRING& name, ACCESS_MASK access) {
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        return NtOpenKey(&handle_, access, &attributes);
    }
    // Only the last part is made, as on NT.
    NTSTATUS make(UNICODE_STRING& name, ACCESS_MASK access) {
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        return NtCreateKey(&handle_, access, &attributes, 0, nullptr, 0, nullptr);
    }

    HANDLE handle_ = nullptr;
    bool own_ = false;
};

struct Host {
    PVOID environment;  // null: the process's

    static void* allocate(SIZE_T bytes) { return RtlAllocateHeap(rtl::process_heap(), 0, bytes); }
    static void release(void* memory) { RtlFreeHeap(rtl::process_heap(), 0, memory); }
    NTSTATUS expand(PUNICODE_STRING source, PUNICODE_STRING target, ULONG* needed) const {
        return RtlExpandEnvironmentStrings_U(static_cast<PWSTR>(environment), source, target, needed);
    }
};

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PCWSTR Path) {
    Key key;
    return key.open(RelativeTo, Path, KEY_READ, false);
}

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PCWSTR Path) {
    Key key;
    return key.open(RelativeTo, Path, KEY_WRITE, true);
}

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName) {
    Key key;
    const NTSTATUS status = key.open(RelativeTo, Path, KEY_WRITE, false);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, ValueName);
    return NtDeleteValueKey(key.handle(), &name);
}

NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG Type, PVOID Data,
                                     ULONG Size) {
    Key key;
    const NTSTATUS status = key.open(RelativeTo, Path, KEY_WRITE, true);
    if (!NT_SUCCESS(status)) return status;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, ValueName);
    return NtSetValueKey(key.handle(), &name, 0, Type, Data, Size);
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                      PVOID Context, PVOID Environment) {
    if (!QueryTable) return STATUS_INVALID_PARAMETER;
    Key key;
    const NTSTATUS status = key.open(RelativeTo, Path, MAXIMUM_ALLOWED, false);
    const bool missing = status == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL);
    if (!NT_SUCCESS(status) && !missing) return status;
    Host host = {Environment};
    return base::RegistryQuery<RTL_QUERY_REGISTRY_TABLE, Host>(host, Context)
        .run(missing ? nullptr : key.handle(), QueryTable);
}

NTSTATUS NTAPI RtlQueryRegistryValuesEx(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                        PVOID Context, PVOID Environment) {
    return RtlQueryRegistryValues(RelativeTo, Path, QueryTable, Context, Environment);
}

}  // extern "C"
