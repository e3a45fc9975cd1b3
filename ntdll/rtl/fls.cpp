// SPDX-License-Identifier: GPL-3.0-only
// Fiber-local storage: slots with a callback for each value that is left when a thread ends or a slot is
// freed.
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG slots = 4096;
constexpr ULONG per_block = 128;

// A thread's values, in blocks made when first used. On the PEB's list.
struct Values {
    LIST_ENTRY links;
    PVOID* blocks[slots / per_block];
};

PFLS_CALLBACK_FUNCTION callbacks[slots];
ULONG used_bits[slots / 32];
RTL_SRWLOCK fls_lock;
// Slot 0 is never given out: programs take 0 for "none".
RTL_BITMAP used = {slots, used_bits};

PVOID* find(Values* values, ULONG index) {
    PVOID* block = values ? values->blocks[index / per_block] : nullptr;
    return block ? &block[index % per_block] : nullptr;
}

Values* own_values() {
    PTEB teb = rtl::teb();
    if (teb->FlsData) return static_cast<Values*>(teb->FlsData);
    auto* values =
        static_cast<Values*>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Values)));
    if (!values) return nullptr;
    rtl::ExclusiveGuard guard(fls_lock);
    InsertTailList(&rtl::peb()->FlsListHead, &values->links);
    teb->FlsData = values;
    return values;
}

bool allocated(ULONG index) {
    return index && index < slots && RtlTestBit(&used, index);
}

void drop(Values* values, ULONG index) {
    PVOID* slot = find(values, index);
    if (!slot || !*slot) return;
    PVOID value = *slot;
    *slot = nullptr;
    if (callbacks[index]) callbacks[index](value);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlFlsAlloc(PFLS_CALLBACK_FUNCTION Callback, PULONG Index) {
    if (!own_values()) return STATUS_NO_MEMORY;
    rtl::ExclusiveGuard guard(fls_lock);
    RtlSetBit(&used, 0);
    const ULONG index = RtlFindClearBitsAndSet(&used, 1, 0);
    if (index == ~0u) return STATUS_NO_MEMORY;
    callbacks[index] = Callback;
    *Index = index;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsFree(ULONG Index) {
    rtl::ExclusiveGuard guard(fls_lock);
    if (!allocated(Index)) return STATUS_INVALID_PARAMETER;
    PLIST_ENTRY head = &rtl::peb()->FlsListHead;
    for (PLIST_ENTRY link = head->Flink; link != head; link = link->Flink) {
        drop(CONTAINING_RECORD(link, Values, links), Index);
    }
    callbacks[Index] = nullptr;
    RtlClearBit(&used, Index);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsGetValue(ULONG Index, PVOID* Value) {
    if (!Index || Index >= slots) return STATUS_INVALID_PARAMETER;
    PVOID* slot = find(static_cast<Values*>(rtl::teb()->FlsData), Index);
    *Value = slot ? *slot : nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsSetValue(ULONG Index, PVOID Value) {
    if (!Index || Index >= slots) return STATUS_INVALID_PARAMETER;
    Values* values = own_values();
    if (!values) return STATUS_NO_MEMORY;
    PVOID*& block = values->blocks[Index / per_block];
    if (!block) {
        block = static_cast<PVOID*>(
            RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, per_block * sizeof(PVOID)));
        if (!block) return STATUS_NO_MEMORY;
    }
    block[Index % per_block] = Value;
    return STATUS_SUCCESS;
}

// Flag 1: run the callbacks of all values. Flag 2: free the memory.
void NTAPI RtlProcessFlsData(PVOID FlsData, ULONG Flags) {
    auto* values = static_cast<Values*>(FlsData);
    if (!values) return;
    if (Flags & 1) {
        for (ULONG index = 1; index < slots; ++index) {
            if (!values->blocks[index / per_block]) {
                index |= per_block - 1;
                continue;
            }
            if (allocated(index)) drop(values, index);
        }
    }
    if (!(Flags & 2)) return;
    {
        rtl::ExclusiveGuard guard(fls_lock);
        RemoveEntryList(&values->links);
    }
    if (rtl::teb()->FlsData == FlsData) rtl::teb()->FlsData = nullptr;
    for (PVOID* block : values->blocks)
        RtlFreeHeap(rtl::process_heap(), 0, block);
    RtlFreeHeap(rtl::process_heap(), 0, values);
}

}  // extern "C"
