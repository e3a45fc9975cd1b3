// SPDX-License-Identifier: GPL-3.0-only
// Heaps: creation, allocation, freeing.
#include "ntdll/heap/heap.hpp"

namespace heap {

RTL_SRWLOCK heaps_lock;
LIST_ENTRY heaps_list = {&heaps_list, &heaps_list};

namespace {

struct Region {
    char* base;
    SIZE_T committed;
    SIZE_T reserved;
};

// Makes a heap at the start of `region`; the rest of it is the first segment.
Heap* build(const Region& region, ULONG flags) {
    auto* heap = reinterpret_cast<Heap*>(region.base);
    rtl::zero(heap, sizeof(Heap));
    heap->signature = signature;
    heap->flags = flags;
    heap->next_segment_size = first_segment_size;
    InitializeListHead(&heap->segments);
    InitializeListHead(&heap->large);
    for (LIST_ENTRY& bin : heap->bins)
        InitializeListHead(&bin);
    RtlInitializeCriticalSectionEx(&heap->lock, 0, RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO);
    auto* segment = rtl::at<Segment>(heap, rtl::round_up(sizeof(Heap), unit));
    segment->committed_end = region.base + region.committed;
    segment->reserved_end = region.base + region.reserved;
    heap->append_segment(segment);
    rtl::ExclusiveGuard guard(heaps_lock);
    InsertTailList(&heaps_list, &heap->heaps);
    return heap;
}

bool reserve(Region& region, ULONG flags) {
    const ULONG protect = flags & HEAP_CREATE_ENABLE_EXECUTE ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    PVOID base = nullptr;
    if (!NT_SUCCESS(
            NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &region.reserved, MEM_RESERVE, protect))) {
        return false;
    }
    PVOID start = base;
    if (!NT_SUCCESS(
            NtAllocateVirtualMemory(NtCurrentProcess(), &start, 0, &region.committed, MEM_COMMIT, protect))) {
        SIZE_T all = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &all, MEM_RELEASE);
        return false;
    }
    region.base = static_cast<char*>(base);
    return true;
}

UCHAR value_flag(ULONG flags) {
    return flags & HEAP_SETTABLE_USER_VALUE ? BlockValue : 0;
}

}  // namespace

Heap* Heap::of(PVOID handle) {
    auto* heap = static_cast<Heap*>(handle);
    return heap && heap->signature == heap::signature ? heap : nullptr;
}

PVOID Heap::allocate(ULONG call_flags, SIZE_T size) {
    const UCHAR extra = value_flag(call_flags);
    if (size >= large_threshold) return allocate_large(size, extra);
    const SIZE_T bytes = rtl::round_up(size + sizeof(Block) + (extra ? unit : 0), unit);
    const ULONG units = bytes < 2 * unit ? 2 : static_cast<ULONG>(bytes / unit);
    Block* block = take_free(units);
    if (!block && !(block = grow(units))) return nullptr;
    block = split(block, units);
    block->flags = static_cast<UCHAR>((block->flags & BlockLast) | BlockBusy | extra);
    block->user_flags = static_cast<UCHAR>((call_flags & HEAP_SETTABLE_USER_FLAGS) >> 8);
    set_unused(block, size);
    if (extra) *rtl::at<PVOID>(block, block->size * unit - unit) = nullptr;
    return block->data();
}

bool Heap::free(Block* block) {
    if (block->flags & BlockLarge) return free_large(block);
    block->flags &= BlockLast;
    block = merge(block);
    if (block->last() && block->size * unit >= decommit_threshold) {
        if (Segment* segment = segment_of(block)) trim(*segment);
    }
    insert_free(block);
    return true;
}

// Grows or shrinks a block where it is; false if there is no room behind it.
bool Heap::resize_in_place(Block* block, SIZE_T size) {
    const SIZE_T tail = block->flags & BlockValue ? unit : 0;
    if (block->flags & BlockLarge) {
        LargeBlock* own = large_of(block);
        if (size + sizeof(LargeBlock) + sizeof(Block) + tail > own->region_size || size < large_threshold)
            return false;
        own->size = size;
        return true;
    }
    if (size >= large_threshold) return false;
    const SIZE_T bytes = rtl::round_up(size + sizeof(Block) + tail, unit);
    const ULONG units = bytes < 2 * unit ? 2 : static_cast<ULONG>(bytes / unit);
    const PVOID value = tail ? *rtl::at<PVOID>(block, block->size * unit - unit) : nullptr;
    if (units > block->size) {
        Block* next = block->last() ? nullptr : block->next();
        if (!next || next->busy() || !next->sealed() || block->size + next->size < units) return false;
        remove_free(next);
        block->size += next->size;
        block->flags = static_cast<UCHAR>(block->flags | (next->flags & BlockLast));
        relink(block);
    }
    split(block, units);
    set_unused(block, size);
    if (tail) *rtl::at<PVOID>(block, block->size * unit - unit) = value;
    return true;
}

namespace {

PVOID no_memory(ULONG flags) {
    if (flags & HEAP_GENERATE_EXCEPTIONS) RtlRaiseStatus(STATUS_NO_MEMORY);
    RtlSetLastWin32ErrorAndNtStatusFromNtStatus(STATUS_NO_MEMORY);
    return nullptr;
}

}  // namespace
}  // namespace heap

extern "C" {

PVOID NTAPI RtlCreateHeap(ULONG Flags, PVOID HeapBase, SIZE_T ReserveSize, SIZE_T CommitSize, PVOID,
                          PRTL_HEAP_PARAMETERS) {
    using namespace heap;
    // A heap that is not told where to end may grow.
    if (!HeapBase && !ReserveSize) Flags |= HEAP_GROWABLE;
    Region region = {static_cast<char*>(HeapBase), rtl::round_up(CommitSize, PAGE_SIZE),
                     rtl::round_up(ReserveSize, PAGE_SIZE)};
    if (region.committed < CommitSize || region.reserved < ReserveSize) return nullptr;
    const bool grows = Flags & HEAP_GROWABLE;
    const SIZE_T room = grows ? first_commit_step / 2 : PAGE_SIZE;
    const SIZE_T least = rtl::round_up(sizeof(Heap) + sizeof(Segment) + room, PAGE_SIZE);
    if (region.committed < least) region.committed = least;
    if (region.reserved < region.committed)
        region.reserved = HeapBase || !grows ? region.committed : first_segment_size;
    if (region.reserved < region.committed) region.reserved = region.committed;
    // Sizes of blocks count 16-byte units in 32 bits.
    if (region.reserved > 0x100000000ull) return nullptr;
    if (!HeapBase && !reserve(region, Flags)) return nullptr;
    return build(region, Flags);
}

PVOID NTAPI RtlDestroyHeap(PVOID Handle) {
    using namespace heap;
    Heap* heap = Heap::of(Handle);
    if (!heap || Handle == rtl::process_heap()) return Handle;
    {
        rtl::ExclusiveGuard guard(heaps_lock);
        RemoveEntryList(&heap->heaps);
    }
    heap->signature = 0;
    while (!IsListEmpty(&heap->large)) {
        LargeBlock* own = CONTAINING_RECORD(heap->large.Flink, LargeBlock, links);
        heap->free_large(reinterpret_cast<Block*>(own + 1));
    }
    RtlDeleteCriticalSection(&heap->lock);
    // The first segment lies in the heap's own region, which goes last.
    for (PLIST_ENTRY link = heap->segments.Flink; link != &heap->segments;) {
        PVOID base = CONTAINING_RECORD(link, Segment, links);
        link = link->Flink;
        if (base == rtl::at<char>(heap, rtl::round_up(sizeof(Heap), unit))) continue;
        SIZE_T size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    }
    PVOID base = heap;
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    return nullptr;
}

PVOID NTAPI RtlAllocateHeap(PVOID Handle, ULONG Flags, SIZE_T Size) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return nullptr;
    PVOID data;
    {
        heap::HeapLock lock(*heap, Flags);
        data = heap->allocate(Flags, Size);
    }
    if (!data) return heap::no_memory(heap->flags | Flags);
    if ((heap->flags | Flags) & HEAP_ZERO_MEMORY) rtl::zero(data, Size);
    return data;
}

BOOLEAN NTAPI RtlFreeHeap(PVOID Handle, ULONG Flags, PVOID Data) {
    if (!Data) return TRUE;
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    heap::HeapLock lock(*heap, Flags);
    heap::Block* block = heap->block_of(Data);
    if (!block) {
        RtlSetLastWin32ErrorAndNtStatusFromNtStatus(STATUS_INVALID_PARAMETER);
        return FALSE;
    }
    return heap->free(block);
}

PVOID NTAPI RtlReAllocateHeap(PVOID Handle, ULONG Flags, PVOID Data, SIZE_T Size) {
    using namespace heap;
    Heap* heap = Heap::of(Handle);
    if (!heap || !Data) return nullptr;
    HeapLock lock(*heap, Flags);
    Block* block = heap->block_of(Data);
    if (!block) return nullptr;
    const SIZE_T old_size = size_of(block);
    PVOID moved = Data;
    if (!heap->resize_in_place(block, Size)) {
        if (Flags & HEAP_REALLOC_IN_PLACE_ONLY) return no_memory(heap->flags | Flags);
        moved = heap->allocate(block->flags & BlockValue ? Flags | HEAP_SETTABLE_USER_VALUE : Flags, Size);
        if (!moved) return no_memory(heap->flags | Flags);
        rtl::copy(moved, Data, old_size < Size ? old_size : Size);
        Block::of(moved)->user_flags = block->user_flags;
        heap->free(block);
    }
    if ((Flags & HEAP_ZERO_MEMORY) && Size > old_size) {
        rtl::zero(static_cast<char*>(moved) + old_size, Size - old_size);
    }
    return moved;
}

SIZE_T NTAPI RtlSizeHeap(PVOID Handle, ULONG Flags, const VOID* Data) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return ~static_cast<SIZE_T>(0);
    heap::HeapLock lock(*heap, Flags);
    heap::Block* block = heap->block_of(Data);
    return block ? heap::size_of(block) : ~static_cast<SIZE_T>(0);
}

}  // extern "C"
