// SPDX-License-Identifier: GPL-3.0-only
//
// RtlQueryRegistryValues for drivers: what it stores of its own is from the pool.
#include "abi/wdm/pnptypes.h"
#include "base/registry_query.hpp"
#include "wdm/platform/platform.hpp"
#include "wdm/rtl/registry.hpp"

namespace {

struct Host {
    PVOID environment;  // null: the driver host's own

    static void* allocate(SIZE_T bytes) { return platform::allocate(bytes); }
    static void release(void* memory) { platform::release(memory); }
    NTSTATUS expand(PUNICODE_STRING source, PUNICODE_STRING target, ULONG* needed) const {
        return RtlExpandEnvironmentStrings_U(static_cast<PWSTR>(environment), source, target, needed);
    }
};

constexpr ULONG kOptional = 0x80000000;  // RTL_REGISTRY_OPTIONAL

}  // namespace

extern "C" NTSTATUS RtlQueryRegistryValues(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
                                           PVOID context, PVOID environment) {
    HANDLE key = nullptr;
    NTSTATUS status = rtl::open_key(relative_to, path, MAXIMUM_ALLOWED, false, key);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && (relative_to & kOptional) != 0) {
        key = nullptr;
    } else if (!NT_SUCCESS(status)) {
        return status;
    }
    Host host = {environment};
    status = base::RegistryQuery<RTL_QUERY_REGISTRY_TABLE, Host>(host, context).run(key, table);
    if (key != nullptr) NtClose(key);
    return status;
}

extern "C" NTSTATUS RtlQueryRegistryValuesEx(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
                                             PVOID context, PVOID environment) {
    return RtlQueryRegistryValues(relative_to, path, table, context, environment);
}
