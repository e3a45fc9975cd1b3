// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/shared.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/open_to_all.hpp"

namespace torture {

NTSTATUS map_shared(bool create) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, kSharedName);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &name;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    const OpenToAll open_to_all;
    attributes.SecurityDescriptor = open_to_all.get();
    LARGE_INTEGER size;
    size.QuadPart = sizeof(Shared);
    HANDLE section;
    NTSTATUS status = create ? NtCreateSection(&section, SECTION_ALL_ACCESS, &attributes, &size,
                                               PAGE_READWRITE, SEC_COMMIT, nullptr)
                             : NtOpenSection(&section, SECTION_ALL_ACCESS, &attributes);
    if (!NT_SUCCESS(status)) return status;
    PVOID base = reinterpret_cast<PVOID>(kSharedBase);
    SIZE_T view = 0;
    status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                PAGE_READWRITE);
    // The parent keeps its handle, and with it the name.
    if (!create) NtClose(section);
    return status;
}

}  // namespace torture
