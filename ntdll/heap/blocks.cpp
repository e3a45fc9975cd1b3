// SPDX-License-Identifier: GPL-3.0-only
// Blocks and free lists: finding, splitting, merging.
#include "ntdll/heap/heap.hpp"

namespace heap {
namespace {

constexpr ULONG smallest = 2;  // a free block needs room for its links

unsigned bin_of(ULONG units) {
    if (units < exact_bins) return units;
    const unsigned order = 31u - static_cast<unsigned>(__builtin_clz(units));
    const unsigned bin = exact_bins + order - 6;
    return bin < bin_count ? bin : bin_count - 1;
}

}  // namespace

UCHAR Block::checksum() const {
    const ULONG mixed = size ^ size >> 16 ^ previous_size * 0x9e3779b1u >> 16 ^ flags * 0x1fu ^ unused * 7u;
    return static_cast<UCHAR>(mixed ^ mixed >> 8 ^ 0x5a);
}

SIZE_T size_of(Block* block) {
    if (block->flags & BlockLarge) return large_of(block)->size;
    return block->size * unit - block->unused;
}

// Records that `size` bytes of the block are the caller's.
void set_unused(Block* block, SIZE_T size) {
    block->unused = static_cast<USHORT>(block->size * unit - size);
    block->seal();
}

void Heap::insert_free(Block* block) {
    block->flags &= static_cast<UCHAR>(BlockLast);
    block->unused = 0;
    block->seal();
    const unsigned bin = bin_of(block->size);
    InsertHeadList(&bins[bin], links_of(block));
    bin_map[bin / 64] |= 1ull << bin % 64;
}

void Heap::remove_free(Block* block) {
    const unsigned bin = bin_of(block->size);
    RemoveEntryList(links_of(block));
    if (IsListEmpty(&bins[bin])) bin_map[bin / 64] &= ~(1ull << bin % 64);
}

// The first block of at least `units` on the lists, taken off; null if there is none.
Block* Heap::take_free(ULONG units) {
    const unsigned start = bin_of(units);
    for (unsigned bin = start; bin < bin_count; ++bin) {
        const ULONGLONG map = bin_map[bin / 64] >> bin % 64;
        if (!map) {
            bin = bin / 64 * 64 + 63;
            continue;
        }
        bin += static_cast<unsigned>(__builtin_ctzll(map));
        for (PLIST_ENTRY link = bins[bin].Flink; link != &bins[bin]; link = link->Flink) {
            Block* block = Block::of(link);
            if (!block->sealed() || block->busy()) RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
            if (block->size < units) continue;
            remove_free(block);
            return block;
        }
    }
    return nullptr;
}

// Tells what lies behind a block about the block's size.
void Heap::relink(Block* block) {
    if (block->last()) {
        if (Segment* segment = segment_of(block)) segment->last = block;
        return;
    }
    Block* next = block->next();
    if (!next->sealed()) RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
    next->previous_size = block->size;
    next->seal();
}

// Cuts a block that is on no list down to `units`; the rest becomes free. Returns the block.
Block* Heap::split(Block* block, ULONG units) {
    if (block->size - units < smallest) return block;
    Block* rest = rtl::at<Block>(block, units * unit);
    rest->size = block->size - units;
    rest->previous_size = units;
    rest->flags = block->flags & BlockLast;
    block->size = units;
    block->flags &= static_cast<UCHAR>(~BlockLast);
    // The front part may look free: it is on no list and not yet marked busy.
    absorb_next(rest);
    relink(rest);
    insert_free(rest);
    return block;
}

// Joins a block that is on no list with the free one behind it, which leaves its list.
void Heap::absorb_next(Block* block) {
    if (block->last() || block->next()->busy()) return;
    Block* next = block->next();
    if (!next->sealed()) RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
    remove_free(next);
    block->size += next->size;
    block->flags = static_cast<UCHAR>((block->flags & ~BlockLast) | (next->flags & BlockLast));
}

// Joins a block that is on no list with free neighbours, which leave their lists. Returns the joint block.
Block* Heap::merge(Block* block) {
    absorb_next(block);
    if (block->previous_size && !block->previous()->busy()) {
        Block* previous = block->previous();
        if (!previous->sealed()) RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
        remove_free(previous);
        previous->size += block->size;
        previous->flags = static_cast<UCHAR>((previous->flags & ~BlockLast) | (block->flags & BlockLast));
        block = previous;
    }
    relink(block);
    return block;
}

Block* Heap::block_of(const void* data) {
    if (!data || reinterpret_cast<ULONG_PTR>(data) % unit) return nullptr;
    if (Segment* segment = segment_of(data)) {
        Block* block = Block::of(data);
        if (block < segment->first() || !block->sealed() || !block->busy()) return nullptr;
        return (block->flags & BlockLarge) || !block->size ? nullptr : block;
    }
    for (PLIST_ENTRY link = large.Flink; link != &large; link = link->Flink) {
        Block* block = reinterpret_cast<Block*>(CONTAINING_RECORD(link, LargeBlock, links) + 1);
        if (block->data() == data) return block->sealed() ? block : nullptr;
    }
    return nullptr;
}

bool Heap::valid_segment(Segment& segment) {
    ULONG previous = 0;
    for (Block* block = segment.first();; block = block->next()) {
        if (!block->sealed() || !block->size || block->previous_size != previous) return false;
        char* end = reinterpret_cast<char*>(block) + block->size * unit;
        if (end > segment.committed_end) return false;
        if (block->last()) return end == segment.committed_end && segment.last == block;
        previous = block->size;
    }
}

bool Heap::valid() {
    for (PLIST_ENTRY link = segments.Flink; link != &segments; link = link->Flink) {
        if (!valid_segment(*CONTAINING_RECORD(link, Segment, links))) return false;
    }
    for (unsigned bin = 0; bin < bin_count; ++bin) {
        for (PLIST_ENTRY link = bins[bin].Flink; link != &bins[bin]; link = link->Flink) {
            Block* block = Block::of(link);
            if (link->Flink->Blink != link || block->busy() || bin_of(block->size) != bin) return false;
        }
    }
    return true;
}

SIZE_T Heap::largest_free() {
    SIZE_T largest = 0;
    for (unsigned bin = 0; bin < bin_count; ++bin) {
        for (PLIST_ENTRY link = bins[bin].Flink; link != &bins[bin]; link = link->Flink) {
            const SIZE_T size = Block::of(link)->size * unit - sizeof(Block);
            if (size > largest) largest = size;
        }
    }
    return largest;
}

}  // namespace heap
