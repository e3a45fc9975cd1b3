// SPDX-License-Identifier: GPL-3.0-only
// Looking at heaps: validation, walking, user values, the list of heaps.
#include "ntdll/heap/heap.hpp"

namespace heap {
namespace {

PVOID* value_slot(Block* block) {
    if (!(block->flags & BlockValue)) return nullptr;
    if (block->flags & BlockLarge) {
        LargeBlock* own = large_of(block);
        return rtl::at<PVOID>(own, own->region_size - unit);
    }
    return rtl::at<PVOID>(block, block->size * unit - unit);
}

void describe(RTL_HEAP_WALK_ENTRY& entry, Block* block) {
    entry.DataAddress = block->data();
    entry.DataSize = block->busy() ? size_of(block) : block->size * unit - sizeof(Block);
    entry.OverheadBytes = sizeof(Block);
    entry.SegmentIndex = 0;
    entry.Flags = block->busy() ? RTL_HEAP_BUSY : 0;
}

// The block after the one at `data` in the order segments, then large blocks; the first one for null.
Block* following(Heap& heap, const void* data) {
    PLIST_ENTRY link = heap.segments.Flink;
    if (data) {
        if (Segment* segment = heap.segment_of(data)) {
            Block* block = Block::of(data);
            if (!block->last()) return block->next();
            link = segment->links.Flink;
        } else {
            PLIST_ENTRY next = large_of(Block::of(data))->links.Flink;
            return next == &heap.large
                       ? nullptr
                       : reinterpret_cast<Block*>(CONTAINING_RECORD(next, LargeBlock, links) + 1);
        }
    }
    if (link != &heap.segments) return CONTAINING_RECORD(link, Segment, links)->first();
    if (IsListEmpty(&heap.large)) return nullptr;
    return reinterpret_cast<Block*>(CONTAINING_RECORD(heap.large.Flink, LargeBlock, links) + 1);
}

}  // namespace
}  // namespace heap

extern "C" {

BOOLEAN NTAPI RtlValidateHeap(PVOID Handle, ULONG Flags, const VOID* Data) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    heap::HeapLock lock(*heap, Flags);
    return Data ? heap->block_of(Data) != nullptr : heap->valid();
}

SIZE_T NTAPI RtlCompactHeap(PVOID Handle, ULONG Flags) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return 0;
    heap::HeapLock lock(*heap, Flags);
    return heap->largest_free();
}

BOOLEAN NTAPI RtlLockHeap(PVOID Handle) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    if (!(heap->flags & HEAP_NO_SERIALIZE)) RtlEnterCriticalSection(&heap->lock);
    return TRUE;
}

BOOLEAN NTAPI RtlUnlockHeap(PVOID Handle) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    if (!(heap->flags & HEAP_NO_SERIALIZE)) RtlLeaveCriticalSection(&heap->lock);
    return TRUE;
}

ULONG NTAPI RtlGetProcessHeaps(ULONG Count, PVOID* Heaps) {
    rtl::SharedGuard guard(heap::heaps_lock);
    ULONG total = 0;
    for (PLIST_ENTRY link = heap::heaps_list.Flink; link != &heap::heaps_list; link = link->Flink, ++total) {
        if (total < Count) Heaps[total] = CONTAINING_RECORD(link, heap::Heap, heaps);
    }
    return total;
}

NTSTATUS NTAPI RtlWalkHeap(PVOID Handle, PRTL_HEAP_WALK_ENTRY Entry) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap || !Entry) return STATUS_INVALID_PARAMETER;
    heap::HeapLock lock(*heap, 0);
    heap::Block* block = heap::following(*heap, Entry->DataAddress);
    if (!block) return STATUS_NO_MORE_ENTRIES;
    heap::describe(*Entry, block);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryHeapInformation(PVOID, HEAP_INFORMATION_CLASS Class, PVOID Information, SIZE_T Length,
                                       PSIZE_T ReturnLength) {
    if (Class != HeapCompatibilityInformation) return STATUS_UNSUCCESSFUL;
    if (ReturnLength) *ReturnLength = sizeof(ULONG);
    if (Length < sizeof(ULONG)) return STATUS_BUFFER_TOO_SMALL;
    *static_cast<PULONG>(Information) = 0;
    return STATUS_SUCCESS;
}

// Low-fragmentation mode and termination on corruption are how this heap always is.
NTSTATUS NTAPI RtlSetHeapInformation(PVOID, HEAP_INFORMATION_CLASS, PVOID, SIZE_T) {
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID Handle, ULONG Flags, PVOID Data, PVOID* UserValue, PULONG UserFlags) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    heap::HeapLock lock(*heap, Flags);
    heap::Block* block = heap->block_of(Data);
    if (!block) return FALSE;
    PVOID* slot = heap::value_slot(block);
    if (UserValue) *UserValue = slot ? *slot : nullptr;
    if (UserFlags) *UserFlags = static_cast<ULONG>(block->user_flags) << 8;
    return TRUE;
}

BOOLEAN NTAPI RtlSetUserValueHeap(PVOID Handle, ULONG Flags, PVOID Data, PVOID UserValue) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    heap::HeapLock lock(*heap, Flags);
    heap::Block* block = heap->block_of(Data);
    PVOID* slot = block ? heap::value_slot(block) : nullptr;
    if (!slot) return FALSE;
    *slot = UserValue;
    return TRUE;
}

BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID Handle, ULONG Flags, PVOID Data, ULONG UserFlagsReset,
                                  ULONG UserFlagsSet) {
    heap::Heap* heap = heap::Heap::of(Handle);
    if (!heap) return FALSE;
    heap::HeapLock lock(*heap, Flags);
    heap::Block* block = heap->block_of(Data);
    if (!block) return FALSE;
    const ULONG kept = block->user_flags & ~((UserFlagsReset & HEAP_SETTABLE_USER_FLAGS) >> 8);
    block->user_flags = static_cast<UCHAR>(kept | (UserFlagsSet & HEAP_SETTABLE_USER_FLAGS) >> 8);
    return TRUE;
}

}  // extern "C"
