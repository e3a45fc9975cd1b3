// SPDX-License-Identifier: GPL-3.0-only
// The heap behind RtlAllocateHeap. A heap owns segments (reserved at once, committed as they fill); a segment
// is a row of blocks, each headed by its own size and that of its predecessor, so that neighbours merge when
// freed. Free blocks hang on lists by size class; blocks too big for segments have memory of their own. Every
// header carries a check byte: a header that was overwritten is found, and never followed.
#pragma once

#include "ntdll/ntdll.hpp"

namespace heap {

constexpr SIZE_T unit = 16;
constexpr ULONG signature = 0x7061654e;
constexpr SIZE_T first_segment_size = 0x100000;
constexpr SIZE_T largest_segment_size = 0x1000000;
// What is committed at a time: little at first, for many programs need no more, and it is promised to them.
constexpr SIZE_T first_commit_step = 0x4000;
constexpr SIZE_T commit_step = 0x10000;
constexpr SIZE_T large_threshold = 0x7f000;
constexpr SIZE_T decommit_threshold = 0x40000;

// Exact classes up to 1 KiB, then one class for each power of two.
constexpr unsigned exact_bins = 64;
constexpr unsigned bin_count = exact_bins + 16;

enum BlockFlag : UCHAR {
    BlockBusy = 1,
    BlockLast = 2,   // no block of the segment lies behind
    BlockLarge = 4,  // own memory; the LargeBlock lies before the header
    BlockValue = 8,  // the last unit holds a user value
};

// Precedes every block. Sizes count units and include this header.
struct Block {
    ULONG size;
    ULONG previous_size;  // 0 in the first block of a segment
    USHORT unused;        // bytes of the block that the caller did not ask for
    UCHAR flags;
    UCHAR check;
    UCHAR user_flags;
    UCHAR reserved[3];

    char* data() { return reinterpret_cast<char*>(this + 1); }
    Block* next() { return rtl::at<Block>(this, size * unit); }
    Block* previous() {
        return reinterpret_cast<Block*>(reinterpret_cast<char*>(this) - previous_size * unit);
    }
    bool busy() const { return flags & BlockBusy; }
    bool last() const { return flags & BlockLast; }
    UCHAR checksum() const;
    void seal() { check = checksum(); }
    bool sealed() const { return check == checksum(); }
    static Block* of(const void* data) { return static_cast<Block*>(const_cast<void*>(data)) - 1; }
};
static_assert(sizeof(Block) == unit);

// The links of a free block lie where a busy one has its data.
inline PLIST_ENTRY links_of(Block* block) {
    return reinterpret_cast<PLIST_ENTRY>(block->data());
}

struct Segment {
    LIST_ENTRY links;
    char* committed_end;
    char* reserved_end;
    Block* last;  // the block that ends at committed_end
    ULONG_PTR reserved;
    Block* first() { return reinterpret_cast<Block*>(this + 1); }
    bool holds(const void* at) const { return at > this && at < committed_end; }
};
static_assert(sizeof(Segment) % unit == 0);

struct LargeBlock {
    LIST_ENTRY links;
    SIZE_T region_size;
    SIZE_T size;  // bytes asked for
};
static_assert(sizeof(LargeBlock) % unit == 0);

struct Heap {
    ULONG signature;
    ULONG flags;
    RTL_CRITICAL_SECTION lock;
    LIST_ENTRY heaps;  // on the process's list of heaps
    LIST_ENTRY segments;
    LIST_ENTRY large;
    SIZE_T next_segment_size;
    ULONGLONG bin_map[2];
    LIST_ENTRY bins[bin_count];

    static Heap* of(PVOID handle);
    PVOID allocate(ULONG flags, SIZE_T size);
    bool free(Block* block);
    bool resize_in_place(Block* block, SIZE_T size);
    // The block a pointer of the caller's names, or null if it names none.
    Block* block_of(const void* data);
    bool valid();
    SIZE_T largest_free();

    void insert_free(Block* block);
    void remove_free(Block* block);
    Block* take_free(ULONG units);
    Block* grow(ULONG units);
    Block* extend(Segment& segment, ULONG units);
    bool add_segment(SIZE_T least);
    void append_segment(Segment* segment);
    Block* split(Block* block, ULONG units);
    void absorb_next(Block* block);
    Block* merge(Block* block);
    void relink(Block* block);
    void trim(Segment& segment);
    Segment* segment_of(const void* at);
    PVOID allocate_large(SIZE_T size, UCHAR extra_flags);
    bool free_large(Block* block);
    bool valid_segment(Segment& segment);
};

inline LargeBlock* large_of(Block* block) {
    return reinterpret_cast<LargeBlock*>(block) - 1;
}
SIZE_T size_of(Block* block);
void set_unused(Block* block, SIZE_T size);

// Heaps of the process, for RtlGetProcessHeaps and thread-safe creation.
extern RTL_SRWLOCK heaps_lock;
extern LIST_ENTRY heaps_list;

// Takes the heap's lock unless the heap or the call does without.
class HeapLock {
public:
    HeapLock(Heap& heap, ULONG flags)
        : section_((heap.flags | flags) & HEAP_NO_SERIALIZE ? nullptr : &heap.lock) {
        if (section_) RtlEnterCriticalSection(section_);
    }
    ~HeapLock() {
        if (section_) RtlLeaveCriticalSection(section_);
    }
    HeapLock(const HeapLock&) = delete;
    HeapLock& operator=(const HeapLock&) = delete;

private:
    RTL_CRITICAL_SECTION* section_;
};

}  // namespace heap
