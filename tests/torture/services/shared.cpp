// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/shared.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/open_to_all.hpp"

namespace torture {

namespace {

struct Place {
    const WCHAR* name;
    ULONG64 base;
    ULONG64 size;       // bytes
    bool only_keepers;  // to write to
};

constexpr Place kPlaces[] = {
    {u"\\BaseNamedObjects\\torture-shared", kSharedBase, sizeof(Shared), false},
    {u"\\BaseNamedObjects\\torture-orders", kOrdersBase, sizeof(Orders), true},
};

NTSTATUS map(const Place& place, bool create) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, place.name);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &name;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    const OpenToAll open_to_all;
    attributes.SecurityDescriptor = open_to_all.get();
    LARGE_INTEGER size;
    size.QuadPart = static_cast<LONGLONG>(place.size);
    const bool writes = create || !place.only_keepers;
    const ACCESS_MASK access = writes ? SECTION_ALL_ACCESS : SECTION_MAP_READ;
    HANDLE section;
    NTSTATUS status =
        create ? NtCreateSection(&section, access, &attributes, &size, PAGE_READWRITE, SEC_COMMIT, nullptr)
               : NtOpenSection(&section, access, &attributes);
    if (!NT_SUCCESS(status)) return status;
    PVOID base = reinterpret_cast<PVOID>(place.base);
    SIZE_T view = 0;
    status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                writes ? PAGE_READWRITE : PAGE_READONLY);
    // The keeper keeps its handle, and with it the name.
    if (!create) NtClose(section);
    return status;
}

}  // namespace

NTSTATUS map_shared(bool create) {
    for (const Place& place : kPlaces) {
        const NTSTATUS status = map(place, create);
        if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
}

void unmap_shared() {
    for (const Place& place : kPlaces)
        NtUnmapViewOfSection(NtCurrentProcess(), reinterpret_cast<PVOID>(place.base));
}

}  // namespace torture
