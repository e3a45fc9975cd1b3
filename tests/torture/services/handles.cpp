// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/handles.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/prey.hpp"

namespace torture {
namespace {

constexpr ULONG kEach = 24;
constexpr ULONG kMostOpen =
    4000;  // handles above this are closed at once, or a process holds more each minute

volatile ULONG64 kept[service_table::object_count][kEach];

bool named(const UNICODE_STRING& text, const char* name) {
    const ULONG length = text.Length / sizeof(WCHAR);
    for (ULONG i = 0; i < length; ++i)
        if (!name[i] || text.Buffer[i] != static_cast<WCHAR>(name[i])) return false;
    return !name[length];
}

// Object::Any when the type is none of those that services declare.
unsigned type_of(ULONG64 handle) {
    alignas(8) UCHAR buffer[sizeof(OBJECT_TYPE_INFORMATION) + 64];
    ULONG length;
    const NTSTATUS status = NtQueryObject(reinterpret_cast<HANDLE>(handle), ObjectTypeInformation, buffer,
                                          sizeof buffer, &length);
    if (!NT_SUCCESS(status)) return 0;
    const auto& information = *reinterpret_cast<const OBJECT_TYPE_INFORMATION*>(buffer);
    for (unsigned i = 2; i < service_table::object_count; ++i)
        if (named(information.TypeName, service_table::object_names[i])) return i;
    return static_cast<unsigned>(Object::Any);
}

}  // namespace

void keep_handle(World& world, ULONG64 handle) {
    const unsigned type = type_of(handle);
    if (!type) return;
    if (!world.ordinary() && !is_prey(reinterpret_cast<HANDLE>(handle), static_cast<Object>(type))) {
        NtClose(reinterpret_cast<HANDLE>(handle));
        return;
    }
    volatile ULONG64& place = kept[type][world.below(kEach)];
    const ULONG64 old = place;
    place = handle;
    // Most of those that make room are closed; some stay open and are forgotten.
    if (old && (world.chance(90) || handle > kMostOpen * 4)) NtClose(reinterpret_cast<HANDLE>(old));
}

ULONG64 kept_handle(World& world, Object type) {
    const bool any = type == Object::Any || type == Object::None;
    const ULONG64 row = any ? world.below(service_table::object_count) : static_cast<ULONG64>(type);
    for (ULONG i = 0; i < 4; ++i)
        if (const ULONG64 handle = kept[row][world.below(kEach)]) return handle;
    return 0;
}

}  // namespace torture
