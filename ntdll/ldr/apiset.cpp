// SPDX-License-Identifier: GPL-3.0-only
// Api sets: DLL names that stand for a contract, with the DLL that implements it in a table the system maps
// into each process (PEB.ApiSetMap, schema version 6).
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

struct Namespace {
    ULONG Version;
    ULONG Size;
    ULONG Flags;
    ULONG Count;
    ULONG EntryOffset;
    ULONG HashOffset;
    ULONG HashFactor;
};

struct Entry {
    ULONG Flags;
    ULONG NameOffset;
    ULONG NameLength;
    ULONG HashedLength;
    ULONG ValueOffset;
    ULONG ValueCount;
};

struct Value {
    ULONG Flags;
    ULONG NameOffset;
    ULONG NameLength;
    ULONG ValueOffset;
    ULONG ValueLength;
};

struct HashEntry {
    ULONG Hash;
    ULONG Index;
};

const char* map_base() {
    return static_cast<const char*>(rtl::peb()->ApiSetMap);
}

template <typename T>
const T* table(ULONG offset, ULONG count) {
    const auto* map = reinterpret_cast<const Namespace*>(map_base());
    if (offset > map->Size || count > (map->Size - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(map_base() + offset);
}

bool is_api_set(const UNICODE_STRING& name) {
    UNICODE_STRING api = RTL_CONSTANT_STRING(u"api-");
    UNICODE_STRING ext = RTL_CONSTANT_STRING(u"ext-");
    return RtlPrefixUnicodeString(&api, &name, TRUE) || RtlPrefixUnicodeString(&ext, &name, TRUE);
}

// Contracts are told apart by their name up to the last hyphen: what follows is the revision.
USHORT hashed_length(const UNICODE_STRING& name) {
    USHORT count = name.Length / sizeof(WCHAR);
    while (count && name.Buffer[count - 1] != '-')
        --count;
    return count ? static_cast<USHORT>((count - 1) * sizeof(WCHAR)) : 0;
}

const Entry* find(const UNICODE_STRING& name) {
    const auto* map = reinterpret_cast<const Namespace*>(map_base());
    const auto* hashes = table<HashEntry>(map->HashOffset, map->Count);
    const auto* entries = table<Entry>(map->EntryOffset, map->Count);
    const USHORT length = hashed_length(name);
    if (!hashes || !entries || !length) return nullptr;
    ULONG hash = 0;
    for (USHORT i = 0; i < length / sizeof(WCHAR); ++i) {
        hash = hash * map->HashFactor + RtlDowncaseUnicodeChar(name.Buffer[i]);
    }
    for (ULONG low = 0, high = map->Count; low < high;) {
        const ULONG middle = low + (high - low) / 2;
        if (hashes[middle].Hash == hash && hashes[middle].Index < map->Count) {
            const Entry& entry = entries[hashes[middle].Index];
            const auto* text = table<WCHAR>(entry.NameOffset, entry.HashedLength / sizeof(WCHAR));
            const bool same =
                text && RtlCompareUnicodeStrings(text, entry.HashedLength / sizeof(WCHAR), name.Buffer,
                                                 length / sizeof(WCHAR), TRUE) == 0;
            return same ? &entry : nullptr;
        }
        if (hash < hashes[middle].Hash) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return nullptr;
}

}  // namespace

NTSTATUS resolve_api_set(const UNICODE_STRING& name, UNICODE_STRING& host) {
    host = name;
    if (!is_api_set(name)) return STATUS_SUCCESS;
    if (!map_base() || reinterpret_cast<const Namespace*>(map_base())->Version != 6)
        return STATUS_APISET_NOT_PRESENT;
    const Entry* entry = find(name);
    if (!entry) return STATUS_APISET_NOT_PRESENT;
    const auto* values = table<Value>(entry->ValueOffset, entry->ValueCount);
    if (!values || !entry->ValueCount) return STATUS_APISET_NOT_HOSTED;
    const auto* text = table<WCHAR>(values[0].ValueOffset, values[0].ValueLength / sizeof(WCHAR));
    if (!text || !values[0].ValueLength) return STATUS_APISET_NOT_HOSTED;
    host.Buffer = const_cast<PWSTR>(text);
    host.Length = host.MaximumLength = static_cast<USHORT>(values[0].ValueLength);
    return STATUS_SUCCESS;
}

}  // namespace ldr

extern "C" BOOL NTAPI ApiSetQueryApiSetPresenceEx(PCUNICODE_STRING Namespace, PBOOLEAN InSchema,
                                                  PBOOLEAN Present) {
    UNICODE_STRING host;
    const NTSTATUS status = ldr::resolve_api_set(*Namespace, host);
    if (InSchema) *InSchema = status != STATUS_APISET_NOT_PRESENT;
    if (Present) *Present = NT_SUCCESS(status);
    return TRUE;
}
