// SPDX-License-Identifier: GPL-3.0-only
// Where a heap's memory comes from: segments that are committed step by step, and regions for large blocks.
#include "ntdll/heap/heap.hpp"

namespace heap {
namespace {

ULONG protection(const Heap& heap) {
    return heap.flags & HEAP_CREATE_ENABLE_EXECUTE ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
}

bool commit(const Heap& heap, char* at, SIZE_T size) {
    PVOID base = at;
    return NT_SUCCESS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, protection(heap)));
}

}  // namespace

Segment* Heap::segment_of(const void* at) {
    for (PLIST_ENTRY link = segments.Flink; link != &segments; link = link->Flink) {
        Segment* segment = CONTAINING_RECORD(link, Segment, links);
        if (segment->holds(at)) return segment;
    }
    return nullptr;
}

// Takes a segment whose header is filled in, and makes all its committed space one free block.
void Heap::append_segment(Segment* segment) {
    Block* block = segment->first();
    block->size = static_cast<ULONG>((segment->committed_end - reinterpret_cast<char*>(block)) / unit);
    block->previous_size = 0;
    block->flags = BlockLast;
    segment->last = block;
    InsertHeadList(&segments, &segment->links);
    insert_free(block);
}

bool Heap::add_segment(SIZE_T least) {
    if (!(flags & HEAP_GROWABLE)) return false;
    SIZE_T size = next_segment_size;
    const SIZE_T wanted = rtl::round_up(least + sizeof(Segment), MM_ALLOCATION_GRANULARITY);
    if (size < wanted) size = wanted;
    PVOID base = nullptr;
    NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, protection(*this));
    if (!NT_SUCCESS(status)) {
        size = wanted;
        base = nullptr;
        status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, protection(*this));
        if (!NT_SUCCESS(status)) return false;
    }
    SIZE_T first = rtl::round_up(least + sizeof(Segment), commit_step);
    if (first > size) first = size;
    auto* segment = static_cast<Segment*>(base);
    if (!commit(*this, static_cast<char*>(base), first)) {
        SIZE_T all = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &all, MEM_RELEASE);
        return false;
    }
    segment->committed_end = static_cast<char*>(base) + first;
    segment->reserved_end = static_cast<char*>(base) + size;
    append_segment(segment);
    if (next_segment_size < largest_segment_size) next_segment_size *= 2;
    return true;
}

// Commits more of a segment so that its last free space holds `units`. The block returned is on no list.
Block* Heap::extend(Segment& segment, ULONG units) {
    Block* last = segment.last;
    const ULONG present = last->busy() ? 0 : last->size;
    const bool small = segment.committed_end - reinterpret_cast<char*>(&segment) < SSIZE_T{commit_step};
    const SIZE_T more = rtl::round_up((units - present) * unit, small ? first_commit_step : commit_step);
    if (more > static_cast<SIZE_T>(segment.reserved_end - segment.committed_end)) return nullptr;
    if (!commit(*this, segment.committed_end, more)) return nullptr;
    Block* block = reinterpret_cast<Block*>(segment.committed_end);
    block->size = static_cast<ULONG>(more / unit);
    block->previous_size = last->size;
    block->flags = BlockLast;
    last->flags &= static_cast<UCHAR>(~BlockLast);
    last->seal();
    segment.committed_end += more;
    segment.last = block;
    return merge(block);
}

Block* Heap::grow(ULONG units) {
    for (PLIST_ENTRY link = segments.Flink; link != &segments; link = link->Flink) {
        if (Block* block = extend(*CONTAINING_RECORD(link, Segment, links), units)) return block;
    }
    return add_segment(units * unit) ? take_free(units) : nullptr;
}

// Gives back the committed tail of a segment when its last block is free and big. The block is on no list.
void Heap::trim(Segment& segment) {
    Block* last = segment.last;
    if (last->busy() || last->size * unit < decommit_threshold) return;
    char* keep =
        reinterpret_cast<char*>(rtl::round_up(reinterpret_cast<ULONG_PTR>(last) + commit_step, PAGE_SIZE));
    PVOID base = keep;
    SIZE_T size = static_cast<SIZE_T>(segment.committed_end - keep);
    if (!NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_DECOMMIT))) return;
    segment.committed_end = keep;
    last->size = static_cast<ULONG>((keep - reinterpret_cast<char*>(last)) / unit);
}

PVOID Heap::allocate_large(SIZE_T size, UCHAR extra_flags) {
    if (!(flags & HEAP_GROWABLE)) return nullptr;
    constexpr SIZE_T header = sizeof(LargeBlock) + sizeof(Block);
    SIZE_T region = size + header + (extra_flags & BlockValue ? unit : 0);
    if (region < size) return nullptr;
    region = rtl::round_up(region, PAGE_SIZE);
    PVOID base = nullptr;
    if (!region || !NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &region,
                                                       MEM_RESERVE | MEM_COMMIT, protection(*this)))) {
        return nullptr;
    }
    auto* own = static_cast<LargeBlock*>(base);
    own->region_size = region;
    own->size = size;
    auto* block = reinterpret_cast<Block*>(own + 1);
    block->size = 0;
    block->previous_size = 0;
    block->unused = 0;
    block->flags = static_cast<UCHAR>(BlockBusy | BlockLarge | extra_flags);
    block->user_flags = 0;
    block->seal();
    InsertTailList(&large, &own->links);
    return block->data();
}

bool Heap::free_large(Block* block) {
    LargeBlock* own = large_of(block);
    RemoveEntryList(&own->links);
    PVOID base = own;
    SIZE_T size = 0;
    return NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE));
}

}  // namespace heap
