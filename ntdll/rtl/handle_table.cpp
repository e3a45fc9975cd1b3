// SPDX-License-Identifier: GPL-3.0-only
// Handle tables: a reserved array of entries of the caller's size, committed as it fills.
#include "abi/nt/ntrtl_table.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr SIZE_T commit_step = PAGE_SIZE;

PRTL_HANDLE_TABLE_ENTRY after(PRTL_HANDLE_TABLE_ENTRY entry, SIZE_T size) {
    return rtl::at<RTL_HANDLE_TABLE_ENTRY>(entry, size);
}

NTSTATUS reserve(RTL_HANDLE_TABLE& table) {
    PVOID base = nullptr;
    SIZE_T size = static_cast<SIZE_T>(table.MaximumNumberOfHandles) * table.SizeOfHandleTableEntry;
    const NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) return status;
    table.CommittedHandles = static_cast<PRTL_HANDLE_TABLE_ENTRY>(base);
    table.UnCommittedHandles = table.CommittedHandles;
    table.MaxReservedHandles =
        after(table.CommittedHandles,
              static_cast<SIZE_T>(table.MaximumNumberOfHandles) * table.SizeOfHandleTableEntry);
    return STATUS_SUCCESS;
}

char* address(PRTL_HANDLE_TABLE_ENTRY entry) {
    return reinterpret_cast<char*>(entry);
}

// More entries at the end, all of them free.
bool extend(RTL_HANDLE_TABLE& table) {
    if (!table.CommittedHandles && !NT_SUCCESS(reserve(table))) return false;
    char* from = address(table.UnCommittedHandles);
    const SIZE_T left = static_cast<SIZE_T>(address(table.MaxReservedHandles) - from);
    const SIZE_T entry = table.SizeOfHandleTableEntry;
    SIZE_T more = rtl::round_up(entry, commit_step);
    if (more > left) more = left;
    // Whole entries only.
    const SIZE_T count = more / entry;
    if (!count) return false;
    PVOID base = from;
    SIZE_T size = count * entry;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, PAGE_READWRITE)))
        return false;
    for (SIZE_T i = count; i; --i) {
        auto* free = rtl::at<RTL_HANDLE_TABLE_ENTRY>(from, (i - 1) * entry);
        free->NextFree = table.FreeHandles;
        table.FreeHandles = free;
    }
    table.UnCommittedHandles = rtl::at<RTL_HANDLE_TABLE_ENTRY>(from, count * entry);
    return true;
}

}  // namespace

extern "C" {

void NTAPI RtlInitializeHandleTable(ULONG MaximumNumberOfHandles, ULONG SizeOfHandleTableEntry,
                                    PRTL_HANDLE_TABLE Table) {
    *Table = {};
    Table->MaximumNumberOfHandles = MaximumNumberOfHandles;
    Table->SizeOfHandleTableEntry = SizeOfHandleTableEntry;
}

NTSTATUS NTAPI RtlDestroyHandleTable(PRTL_HANDLE_TABLE Table) {
    PVOID base = Table->CommittedHandles;
    if (!base) return STATUS_SUCCESS;
    SIZE_T size = 0;
    return NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

PRTL_HANDLE_TABLE_ENTRY NTAPI RtlAllocateHandle(PRTL_HANDLE_TABLE Table, PULONG Index) {
    if (!Table->FreeHandles && !extend(*Table)) return nullptr;
    PRTL_HANDLE_TABLE_ENTRY entry = Table->FreeHandles;
    Table->FreeHandles = entry->NextFree;
    rtl::zero(entry, Table->SizeOfHandleTableEntry);
    if (Index) {
        *Index = static_cast<ULONG>(static_cast<SIZE_T>(address(entry) - address(Table->CommittedHandles)) /
                                    Table->SizeOfHandleTableEntry);
    }
    return entry;
}

BOOLEAN NTAPI RtlFreeHandle(PRTL_HANDLE_TABLE Table, PRTL_HANDLE_TABLE_ENTRY Entry) {
    if (!RtlIsValidHandle(Table, Entry)) return FALSE;
    rtl::zero(Entry, Table->SizeOfHandleTableEntry);
    Entry->NextFree = Table->FreeHandles;
    Table->FreeHandles = Entry;
    return TRUE;
}

BOOLEAN NTAPI RtlIsValidHandle(PRTL_HANDLE_TABLE Table, PRTL_HANDLE_TABLE_ENTRY Entry) {
    if (!Table || !Entry || Entry < Table->CommittedHandles || Entry >= Table->UnCommittedHandles)
        return FALSE;
    const SIZE_T offset = static_cast<SIZE_T>(address(Entry) - address(Table->CommittedHandles));
    return offset % Table->SizeOfHandleTableEntry == 0 && (Entry->Flags & RTL_HANDLE_ALLOCATED);
}

BOOLEAN NTAPI RtlIsValidIndexHandle(PRTL_HANDLE_TABLE Table, ULONG Index, PRTL_HANDLE_TABLE_ENTRY* Entry) {
    if (!Table || Index >= Table->MaximumNumberOfHandles || !Table->CommittedHandles) return FALSE;
    auto* entry = after(Table->CommittedHandles, static_cast<SIZE_T>(Index) * Table->SizeOfHandleTableEntry);
    if (!RtlIsValidHandle(Table, entry)) return FALSE;
    *Entry = entry;
    return TRUE;
}

}  // extern "C"
