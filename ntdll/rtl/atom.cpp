// SPDX-License-Identifier: GPL-3.0-only
// Atom tables of a process: names by number, numbers by name, each with a count of its users.
#include "abi/nt/ntrtl_table.h"
#include "ntdll/crt/text.hpp"

namespace {

constexpr ULONG first_atom = 0xc000;
constexpr ULONG most_atoms = 0x10000 - first_atom;
constexpr ULONG longest_name = 255;
constexpr ULONG usual_buckets = 37;
constexpr ULONG pinned_flag = 1;

struct Entry {
    Entry* next;
    ULONG index;  // the atom is this and first_atom
    ULONG count;
    bool pinned;
    USHORT length;  // characters
    WCHAR name[1];
};

}  // namespace

struct _RTL_ATOM_TABLE {
    RTL_CRITICAL_SECTION lock;
    Entry** atoms;
    ULONG room;
    ULONG bucket_count;
    Entry* buckets[1];
};

namespace {

PVOID allocate(SIZE_T size) {
    return RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, size);
}
void release(PVOID at) {
    RtlFreeHeap(rtl::process_heap(), 0, at);
}

// An atom that a number stands for: the number itself in place of a pointer, or "#n". `atom` is 0 where it is
// none.
NTSTATUS integer_atom(const WCHAR* name, RTL_ATOM& atom) {
    atom = 0;
    const ULONG_PTR value = reinterpret_cast<ULONG_PTR>(name);
    if (value >> 16 == 0) {
        if (!value || value >= first_atom) return STATUS_INVALID_PARAMETER;
        atom = static_cast<RTL_ATOM>(value);
        return STATUS_SUCCESS;
    }
    if (name[0] != '#' || !name[1]) return STATUS_SUCCESS;
    ULONG number = 0;
    for (const WCHAR* at = name + 1; *at; ++at) {
        if (*at < '0' || *at > '9') return STATUS_SUCCESS;
        number = number * 10 + static_cast<ULONG>(*at - '0');
        if (number >= 0x10000) return STATUS_SUCCESS;
    }
    if (!number) number = first_atom;
    if (number > first_atom) return STATUS_INVALID_PARAMETER;
    atom = static_cast<RTL_ATOM>(number);
    return STATUS_SUCCESS;
}

ULONG hash(const WCHAR* name, SIZE_T length) {
    ULONG value = 0;
    for (SIZE_T i = 0; i < length; ++i)
        value = value * 31 + RtlUpcaseUnicodeChar(name[i]);
    return value;
}

// The place of the pointer to the entry, or the null at the end of its chain.
Entry** find(RTL_ATOM_TABLE& table, const WCHAR* name, SIZE_T length) {
    Entry** at = &table.buckets[hash(name, length) % table.bucket_count];
    for (; *at; at = &(*at)->next) {
        const UNICODE_STRING a = {static_cast<USHORT>(length * 2), static_cast<USHORT>(length * 2),
                                  const_cast<WCHAR*>(name)};
        const UNICODE_STRING b = {static_cast<USHORT>((*at)->length * 2),
                                  static_cast<USHORT>((*at)->length * 2), (*at)->name};
        if (RtlEqualUnicodeString(&a, &b, TRUE)) break;
    }
    return at;
}

Entry* entry_of(RTL_ATOM_TABLE& table, RTL_ATOM atom) {
    if (atom < first_atom || atom - first_atom >= table.room) return nullptr;
    return table.atoms[atom - first_atom];
}

void remove(RTL_ATOM_TABLE& table, Entry* entry) {
    table.atoms[entry->index] = nullptr;
    *find(table, entry->name, entry->length) = entry->next;
    release(entry);
}

bool find_room(RTL_ATOM_TABLE& table, ULONG& index) {
    for (index = 0; index < table.room; ++index) {
        if (!table.atoms[index]) return true;
    }
    if (table.room == most_atoms) return false;
    ULONG room = table.room ? table.room * 2 : 64;
    if (room > most_atoms) room = most_atoms;
    auto** atoms = static_cast<Entry**>(allocate(room * sizeof(Entry*)));
    if (!atoms) return false;
    if (table.atoms) {
        rtl::copy(atoms, table.atoms, table.room * sizeof(Entry*));
        release(table.atoms);
    }
    table.atoms = atoms;
    table.room = room;
    return true;
}

NTSTATUS add(RTL_ATOM_TABLE& table, const WCHAR* name, SIZE_T length, RTL_ATOM* atom) {
    Entry** place = find(table, name, length);
    if (Entry* entry = *place) {
        if (!entry->pinned) ++entry->count;
        if (atom) *atom = static_cast<RTL_ATOM>(first_atom + entry->index);
        return STATUS_SUCCESS;
    }
    ULONG index;
    if (!find_room(table, index)) return STATUS_NO_MEMORY;
    auto* entry = static_cast<Entry*>(allocate(sizeof(Entry) + length * sizeof(WCHAR)));
    if (!entry) return STATUS_NO_MEMORY;
    entry->index = index;
    entry->count = 1;
    entry->length = static_cast<USHORT>(length);
    rtl::copy(entry->name, name, length * sizeof(WCHAR));
    *place = entry;
    table.atoms[index] = entry;
    if (atom) *atom = static_cast<RTL_ATOM>(first_atom + index);
    return STATUS_SUCCESS;
}

// The name of an atom with its length in characters; `buffer` takes that of a number.
struct Name {
    const WCHAR* text;
    ULONG length;
    ULONG count;
    ULONG flags;
};

NTSTATUS name_of(RTL_ATOM_TABLE& table, RTL_ATOM atom, WCHAR (&buffer)[8], Name& name) {
    if (atom < first_atom) {
        if (!atom) return STATUS_INVALID_PARAMETER;
        buffer[0] = '#';
        crt::print_number<WCHAR>(atom, buffer + 1, 10);
        name = {buffer, static_cast<ULONG>(crt::length(static_cast<const WCHAR*>(buffer))), 1, pinned_flag};
        return STATUS_SUCCESS;
    }
    const Entry* entry = entry_of(table, atom);
    if (!entry) return STATUS_INVALID_HANDLE;
    name = {entry->name, entry->length, entry->count, entry->pinned ? pinned_flag : 0};
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateAtomTable(ULONG NumberOfBuckets, PRTL_ATOM_TABLE* Table) {
    // As on NT a table that is there already is kept.
    if (*Table) return STATUS_SUCCESS;
    if (NumberOfBuckets < 2) NumberOfBuckets = usual_buckets;
    if (NumberOfBuckets > 0x10000) NumberOfBuckets = 0x10000;
    auto* table =
        static_cast<PRTL_ATOM_TABLE>(allocate(sizeof(RTL_ATOM_TABLE) + NumberOfBuckets * sizeof(Entry*)));
    if (!table) return STATUS_NO_MEMORY;
    RtlInitializeCriticalSection(&table->lock);
    table->bucket_count = NumberOfBuckets;
    *Table = table;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlEmptyAtomTable(PRTL_ATOM_TABLE Table, BOOLEAN DeletePinned) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    rtl::Guard guard(Table->lock);
    for (ULONG i = 0; i < Table->room; ++i) {
        Entry* entry = Table->atoms[i];
        if (entry && (DeletePinned || !entry->pinned)) remove(*Table, entry);
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDestroyAtomTable(PRTL_ATOM_TABLE Table) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    RtlEmptyAtomTable(Table, TRUE);
    RtlDeleteCriticalSection(&Table->lock);
    if (Table->atoms) release(Table->atoms);
    release(Table);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAtomToAtomTable(PRTL_ATOM_TABLE Table, PCWSTR Name, PRTL_ATOM Atom) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    RTL_ATOM number;
    const NTSTATUS status = integer_atom(Name, number);
    if (!NT_SUCCESS(status)) return status;
    if (number) {
        if (number >= first_atom) return STATUS_INVALID_PARAMETER;
        if (Atom) *Atom = number;
        return STATUS_SUCCESS;
    }
    const SIZE_T length = crt::length(Name, longest_name + 1);
    if (!length) return STATUS_OBJECT_NAME_INVALID;
    if (length > longest_name) return STATUS_INVALID_PARAMETER;
    rtl::Guard guard(Table->lock);
    return add(*Table, Name, length, Atom);
}

NTSTATUS NTAPI RtlLookupAtomInAtomTable(PRTL_ATOM_TABLE Table, PCWSTR Name, PRTL_ATOM Atom) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    RTL_ATOM number;
    const NTSTATUS status = integer_atom(Name, number);
    if (!NT_SUCCESS(status)) return status;
    if (number) {
        if (number >= first_atom) return STATUS_INVALID_PARAMETER;
        if (Atom) *Atom = number;
        return STATUS_SUCCESS;
    }
    const SIZE_T length = crt::length(Name, longest_name + 1);
    if (!length) return STATUS_OBJECT_NAME_INVALID;
    if (length > longest_name) return STATUS_INVALID_PARAMETER;
    rtl::Guard guard(Table->lock);
    const Entry* entry = *find(*Table, Name, length);
    if (!entry) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Atom) *Atom = static_cast<RTL_ATOM>(first_atom + entry->index);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    if (Atom < first_atom) return Atom ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    rtl::Guard guard(Table->lock);
    Entry* entry = entry_of(*Table, Atom);
    if (!entry) return STATUS_INVALID_HANDLE;
    if (entry->pinned) return STATUS_WAS_LOCKED;
    if (!--entry->count) remove(*Table, entry);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlPinAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    if (Atom < first_atom) return Atom ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    rtl::Guard guard(Table->lock);
    Entry* entry = entry_of(*Table, Atom);
    if (!entry) return STATUS_INVALID_HANDLE;
    entry->pinned = true;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom, PULONG References, PULONG Flags,
                                       PWSTR Text, PULONG TextLength) {
    if (!Table) return STATUS_INVALID_PARAMETER;
    rtl::Guard guard(Table->lock);
    WCHAR buffer[8];
    Name name;
    const NTSTATUS status = name_of(*Table, Atom, buffer, name);
    if (!NT_SUCCESS(status)) return status;
    if (References) *References = name.count;
    if (Flags) *Flags = name.flags;
    if (!TextLength) return STATUS_SUCCESS;
    const ULONG length = name.length * sizeof(WCHAR);
    ULONG fits = Text && *TextLength >= sizeof(WCHAR) ? *TextLength - sizeof(WCHAR) : 0;
    fits &= ~1u;
    if (fits > length) fits = length;
    // Without room for any of it the caller learns what he needs.
    if (!fits) {
        *TextLength = length;
        return Text ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
    }
    rtl::copy(Text, name.text, fits);
    Text[fits / sizeof(WCHAR)] = 0;
    *TextLength = fits;
    return STATUS_SUCCESS;
}

}  // extern "C"
