// SPDX-License-Identifier: GPL-3.0-only
// Where a function's unwind data is: the .pdata of loaded images, and tables programs register for generated
// code.
#include "ntdll/seh/seh.hpp"

namespace seh {
namespace {

struct Image {
    ULONG64 base;
    ULONG64 size;
    PRUNTIME_FUNCTION table;
    ULONG count;
};

constexpr ULONG max_images = 512;
Image images[max_images];
ULONG image_count;
RTL_SRWLOCK images_lock;

enum class DynamicKind { Table, Callback, Growable };

struct Dynamic {
    LIST_ENTRY links;
    DynamicKind kind;
    ULONG count;
    ULONG capacity;
    ULONG64 identifier;
    ULONG64 base;
    ULONG64 low;
    ULONG64 high;
    PRUNTIME_FUNCTION table;
    PGET_RUNTIME_FUNCTION_CALLBACK callback;
    PVOID context;
};

LIST_ENTRY dynamic_tables = {&dynamic_tables, &dynamic_tables};
RTL_SRWLOCK dynamic_lock;

bool find_image(ULONG64 address, Image& found) {
    rtl::SharedGuard guard(images_lock);
    for (ULONG i = 0; i < image_count; ++i) {
        if (address - images[i].base < images[i].size) {
            found = images[i];
            return true;
        }
    }
    return false;
}

PRUNTIME_FUNCTION search(PRUNTIME_FUNCTION table, ULONG count, ULONG rva) {
    ULONG low = 0;
    for (ULONG high = count; low < high;) {
        const ULONG middle = low + (high - low) / 2;
        if (rva < table[middle].BeginAddress) {
            high = middle;
        } else if (rva >= table[middle].EndAddress) {
            low = middle + 1;
        } else {
            return &table[middle];
        }
    }
    return nullptr;
}

// Several entries may share one unwind block through an entry that points at the one that has it.
PRUNTIME_FUNCTION resolve(ULONG64 base, PRUNTIME_FUNCTION function) {
    if (function && (function->UnwindData & RUNTIME_FUNCTION_INDIRECT)) {
        return reinterpret_cast<PRUNTIME_FUNCTION>(base + (function->UnwindData & ~1u));
    }
    return function;
}

PRUNTIME_FUNCTION search_dynamic(ULONG64 pc, ULONG64& base) {
    rtl::SharedGuard guard(dynamic_lock);
    for (PLIST_ENTRY link = dynamic_tables.Flink; link != &dynamic_tables; link = link->Flink) {
        Dynamic* entry = CONTAINING_RECORD(link, Dynamic, links);
        if (pc < entry->low || pc >= entry->high) continue;
        base = entry->base;
        if (entry->kind == DynamicKind::Callback) return entry->callback(pc, entry->context);
        return search(entry->table, entry->count, static_cast<ULONG>(pc - entry->base));
    }
    return nullptr;
}

Dynamic* allocate(DynamicKind kind, ULONG64 identifier, ULONG64 base, ULONG64 low, ULONG64 high) {
    auto* entry =
        static_cast<Dynamic*>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Dynamic)));
    if (!entry) return nullptr;
    entry->kind = kind;
    entry->identifier = identifier;
    entry->base = base;
    entry->low = low;
    entry->high = high;
    return entry;
}

void publish(Dynamic* entry) {
    rtl::ExclusiveGuard guard(dynamic_lock);
    InsertTailList(&dynamic_tables, &entry->links);
}

bool retire(ULONG64 identifier) {
    Dynamic* found = nullptr;
    {
        rtl::ExclusiveGuard guard(dynamic_lock);
        for (PLIST_ENTRY link = dynamic_tables.Flink; link != &dynamic_tables; link = link->Flink) {
            Dynamic* entry = CONTAINING_RECORD(link, Dynamic, links);
            if (entry->identifier != identifier) continue;
            RemoveEntryList(link);
            found = entry;
            break;
        }
    }
    return found && RtlFreeHeap(rtl::process_heap(), 0, found);
}

}  // namespace

bool add_image(PVOID base, SIZE_T size, PRUNTIME_FUNCTION table, ULONG count) {
    rtl::ExclusiveGuard guard(images_lock);
    if (image_count == max_images) return false;
    images[image_count++] = {reinterpret_cast<ULONG64>(base), size, table, count};
    return true;
}

void remove_image(PVOID base) {
    rtl::ExclusiveGuard guard(images_lock);
    for (ULONG i = 0; i < image_count; ++i) {
        if (images[i].base != reinterpret_cast<ULONG64>(base)) continue;
        images[i] = images[--image_count];
        return;
    }
}

PVOID image_of(PVOID address) {
    Image image;
    return find_image(reinterpret_cast<ULONG64>(address), image) ? reinterpret_cast<PVOID>(image.base)
                                                                 : nullptr;
}

}  // namespace seh

extern "C" {

PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase, PUNWIND_HISTORY_TABLE) {
    seh::Image image;
    if (seh::find_image(ControlPc, image)) {
        *ImageBase = image.base;
        return seh::resolve(
            image.base, seh::search(image.table, image.count, static_cast<ULONG>(ControlPc - image.base)));
    }
    ULONG64 base = 0;
    PRUNTIME_FUNCTION function = seh::search_dynamic(ControlPc, base);
    *ImageBase = base;
    return seh::resolve(base, function);
}

PRUNTIME_FUNCTION NTAPI RtlLookupFunctionTable(PVOID ControlPc, PVOID* ImageBase, PULONG Length) {
    seh::Image image;
    if (!seh::find_image(reinterpret_cast<ULONG64>(ControlPc), image)) return nullptr;
    *ImageBase = reinterpret_cast<PVOID>(image.base);
    *Length = image.count * static_cast<ULONG>(sizeof(RUNTIME_FUNCTION));
    return image.table;
}

PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID* BaseOfImage) {
    return *BaseOfImage = seh::image_of(PcValue);
}

BOOLEAN NTAPI RtlAddFunctionTable(PRUNTIME_FUNCTION FunctionTable, ULONG EntryCount, ULONG64 BaseAddress) {
    if (!EntryCount) return TRUE;
    ULONG64 low = ~0ull, high = 0;
    for (ULONG i = 0; i < EntryCount; ++i) {
        const ULONG64 begin = BaseAddress + FunctionTable[i].BeginAddress;
        const ULONG64 end = BaseAddress + FunctionTable[i].EndAddress;
        if (begin < low) low = begin;
        if (end > high) high = end;
    }
    seh::Dynamic* entry = seh::allocate(seh::DynamicKind::Table, reinterpret_cast<ULONG64>(FunctionTable),
                                        BaseAddress, low, high);
    if (!entry) return FALSE;
    entry->table = FunctionTable;
    entry->count = entry->capacity = EntryCount;
    seh::publish(entry);
    return TRUE;
}

BOOLEAN NTAPI RtlDeleteFunctionTable(PRUNTIME_FUNCTION FunctionTable) {
    return seh::retire(reinterpret_cast<ULONG64>(FunctionTable));
}

BOOLEAN NTAPI RtlInstallFunctionTableCallback(ULONG64 TableIdentifier, ULONG64 BaseAddress, ULONG Length,
                                              PGET_RUNTIME_FUNCTION_CALLBACK Callback, PVOID Context,
                                              PCWSTR) {
    if ((TableIdentifier & 3) != 3) return FALSE;
    seh::Dynamic* entry = seh::allocate(seh::DynamicKind::Callback, TableIdentifier, BaseAddress, BaseAddress,
                                        BaseAddress + Length);
    if (!entry) return FALSE;
    entry->callback = Callback;
    entry->context = Context;
    seh::publish(entry);
    return TRUE;
}

NTSTATUS NTAPI RtlAddGrowableFunctionTable(PVOID* DynamicTable, PRUNTIME_FUNCTION FunctionTable,
                                           ULONG EntryCount, ULONG MaximumEntryCount, ULONG_PTR RangeBase,
                                           ULONG_PTR RangeEnd) {
    if (!DynamicTable || !FunctionTable || EntryCount > MaximumEntryCount || RangeBase >= RangeEnd) {
        return STATUS_INVALID_PARAMETER;
    }
    seh::Dynamic* entry = seh::allocate(seh::DynamicKind::Growable, 0, RangeBase, RangeBase, RangeEnd);
    if (!entry) return STATUS_NO_MEMORY;
    entry->identifier = reinterpret_cast<ULONG64>(entry);
    entry->table = FunctionTable;
    entry->count = EntryCount;
    entry->capacity = MaximumEntryCount;
    seh::publish(entry);
    *DynamicTable = entry;
    return STATUS_SUCCESS;
}

void NTAPI RtlGrowFunctionTable(PVOID DynamicTable, ULONG NewEntryCount) {
    rtl::ExclusiveGuard guard(seh::dynamic_lock);
    auto* entry = static_cast<seh::Dynamic*>(DynamicTable);
    if (NewEntryCount > entry->count && NewEntryCount <= entry->capacity) entry->count = NewEntryCount;
}

void NTAPI RtlDeleteGrowableFunctionTable(PVOID DynamicTable) {
    seh::retire(reinterpret_cast<ULONG64>(DynamicTable));
}

}  // extern "C"
