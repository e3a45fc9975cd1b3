// SPDX-License-Identifier: GPL-3.0-only
//
// Small blocks come from slabs: one frame, blocks of one size
// class, the header at the frame's start. Larger ones are runs of frames in an address range of their own, a
// power of two of pages each, with the size in front.
#include "executive/mm/heap.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/bits.hpp"
#include "base/list.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

namespace {

constexpr uint16_t kClassSizes[] = {32, 48, 64, 96, 128, 192, 256, 384, 512, 800, 1344, 2016};
constexpr unsigned kClasses = sizeof(kClassSizes) / sizeof(kClassSizes[0]);
constexpr size_t kLargestSmall = kClassSizes[kClasses - 1];
constexpr size_t kSlabHeader = 64;

struct Block {
    Block* next;
};

struct Slab : ListLink<Slab> {
    Block* free;
    FrameNumber frame;
    uint16_t used;
    uint16_t carved;
    uint8_t size_class;
};
static_assert(sizeof(Slab) <= kSlabHeader);

struct SizeClass {
    List<Slab, Slab> partial;
    Slab* empty = nullptr;  // of them, the last
};
[[clang::no_destroy]] constinit SizeClass classes[kClasses];

// The class of each size, by the steps that all sizes are multiples of.
constexpr size_t kSizeStep = 16;
struct ClassTable {
    uint8_t of_steps[kLargestSmall / kSizeStep + 1];
};
constexpr ClassTable kClassTable = [] {
    ClassTable table{};
    uint8_t size_class = 0;
    for (size_t steps = 0; steps <= kLargestSmall / kSizeStep; ++steps) {
        if (steps * kSizeStep > kClassSizes[size_class]) ++size_class;
        table.of_steps[steps] = size_class;
    }
    return table;
}();

// REQUIRES: size <= kLargestSmall.
unsigned class_of(size_t size) {
    return kClassTable.of_steps[(size + kSizeStep - 1) / kSizeStep];
}

// Without the help of the dead: whoever allocates is in the midst of something.
Result<FrameNumber> heap_frame() {
    return may_take(1) ? allocate_frame() : Result<FrameNumber>(fail(STATUS_INSUFFICIENT_RESOURCES));
}

Slab* new_slab(unsigned size_class) {
    Result<FrameNumber> frame = heap_frame();
    if (!frame) return nullptr;
    Slab* slab = new (alias(*frame)) Slab;
    slab->free = nullptr;
    slab->frame = *frame;
    slab->used = slab->carved = 0;
    slab->size_class = static_cast<uint8_t>(size_class);
    classes[size_class].partial.push_front(*slab);
    return slab;
}

bool full(const Slab& slab) {
    return !slab.free && kSlabHeader + (slab.carved + 1u) * kClassSizes[slab.size_class] > kPageSize;
}

void* allocate_small(size_t size) {
    unsigned size_class = class_of(size);
    Slab* slab = classes[size_class].partial.front();
    if (!slab) slab = new_slab(size_class);
    if (!slab) return nullptr;
    void* block = slab->free;
    if (block) {
        slab->free = slab->free->next;
    } else {
        block = reinterpret_cast<uint8_t*>(slab) + kSlabHeader + slab->carved++ * kClassSizes[size_class];
    }
    ++slab->used;
    if (slab == classes[size_class].empty) classes[size_class].empty = nullptr;
    if (full(*slab)) slab->unlink();
    return block;
}

void free_small(void* pointer) {
    Slab* slab = reinterpret_cast<Slab*>(align_down(reinterpret_cast<uint64_t>(pointer), kPageSize));
    Block* block = static_cast<Block*>(pointer);
    block->next = slab->free;
    slab->free = block;
    --slab->used;
    SizeClass& owner = classes[slab->size_class];
    if (!slab->linked()) owner.partial.push_front(*slab);
    if (slab->used > 0) return;
    slab->unlink();
    if (owner.empty) return release_frame(slab->frame);
    // One stays for the next allocation that finds all others full, so that a block that comes and goes at a
    // slab's edge costs no page each time.
    owner.empty = slab;
    owner.partial.push_back(*slab);
}

// --- runs of pages

constexpr unsigned kOrders = 15;
struct LargeHeader {
    uint64_t order;
    uint64_t pages;  // that are mapped, from the start
};
static_assert(sizeof(LargeHeader) == 16);

// The frame at each page of the heap's range, for giving it back. Of a free range, which has no frames, the
// first record leads to the next free one of its order.
constexpr uint64_t kHeapPages = uint64_t{1} << 20;
constexpr uint64_t kFramesPerPage = kPageSize / sizeof(FrameNumber);
constinit FrameNumber* heap_frames[kHeapPages / kFramesPerPage];
constinit uint64_t next_range = kHeapBase;
constinit FrameNumber free_ranges[kOrders] = {};  // page in the heap's range, plus one; 0: none

FrameNumber* frame_record(uint64_t address) {
    uint64_t page = (address - kHeapBase) / kPageSize;
    if (page >= kHeapPages) return nullptr;
    FrameNumber*& table = heap_frames[page / kFramesPerPage];
    if (!table) {
        Result<FrameNumber> frame = heap_frame();
        if (!frame) return nullptr;
        table = reinterpret_cast<FrameNumber*>(alias(*frame));
    }
    return &table[page % kFramesPerPage];
}

void unmap_run(uint64_t address, uint64_t pages) {
    for (uint64_t page = 0; page < pages; ++page) {
        FrameNumber* record = frame_record(address + page * kPageSize);
        if (!record || *record == kNoFrame) continue;
        seL4_X86_Page_Unmap(frame_capability(*record));
        release_frame(*record);
        *record = kNoFrame;
    }
}

bool map_run(uint64_t address, uint64_t pages) {
    for (uint64_t page = 0; page < pages; ++page) {
        uint64_t at = address + page * kPageSize;
        FrameNumber* record = frame_record(at);
        Result<FrameNumber> frame = heap_frame();
        if (record && frame && map_own(frame_capability(*frame), at, seL4_X86_Default_VMAttributes)) {
            *record = *frame;
            continue;
        }
        if (frame) release_frame(*frame);
        unmap_run(address, page);
        return false;
    }
    return true;
}

// Runs that were freed and are still mapped: mapping is what a block costs, and the names of calls are large
// blocks that come and go all the time. Those for the longest are there from the start, for a first call by
// such a path is a turn like any other.
constexpr unsigned kKeptOrders = 6;
constexpr unsigned kKeptRuns = 4;  // of each order
constexpr size_t kLongestName = 0xfffe + sizeof(char16_t);
constexpr unsigned kNameOrder = kKeptOrders - 1;
constexpr uint64_t kNamePages = (kLongestName + sizeof(LargeHeader) + kPageSize - 1) / kPageSize;
static_assert(kNamePages <= uint64_t{1} << kNameOrder);
constinit LargeHeader* kept_runs[kKeptOrders][kKeptRuns] = {};

void refill_names();

LargeHeader* take_kept_of(unsigned order, uint64_t pages) {
    // One call may take three of the longest: the name, where it leads, what is left of it.
    if (order == kNameOrder && std::ranges::count(kept_runs[order], nullptr) >= 2) refill_names();
    for (LargeHeader*& kept : kept_runs[order]) {
        if (!kept) continue;
        auto address = reinterpret_cast<uint64_t>(kept);
        if (kept->pages < pages) {
            if (!map_run(address + kept->pages * kPageSize, pages - kept->pages)) return nullptr;
            kept->pages = pages;
        }
        return std::exchange(kept, nullptr);
    }
    return nullptr;
}

// Of this order or the next: a name may end just below a power of two.
LargeHeader* take_kept(unsigned order, uint64_t pages) {
    LargeHeader* kept = order < kKeptOrders ? take_kept_of(order, pages) : nullptr;
    return kept || order + 1 >= kKeptOrders ? kept : take_kept_of(order + 1, pages);
}

bool keep(LargeHeader* header) {
    if (header->order >= kKeptOrders) return false;
    for (LargeHeader*& kept : kept_runs[header->order]) {
        if (kept) continue;
        kept = header;
        return true;
    }
    return false;
}

void give_run(LargeHeader* header) {
    uint64_t order = header->order;
    auto address = reinterpret_cast<uint64_t>(header);
    unmap_run(address, header->pages);
    *frame_record(address) =
        std::exchange(free_ranges[order], static_cast<FrameNumber>((address - kHeapBase) / kPageSize + 1));
}

void give_kept() {
    for (auto& runs : kept_runs)
        for (LargeHeader*& kept : runs)
            if (kept) give_run(std::exchange(kept, nullptr));
}

LargeHeader* make_run(unsigned order, uint64_t pages) {
    FrameNumber reused = free_ranges[order];
    uint64_t address = reused ? kHeapBase + (reused - 1) * kPageSize : next_range;
    FrameNumber next_free = reused ? *frame_record(address) : 0;
    if (!map_run(address, pages)) {
        if (reused) *frame_record(address) = next_free;
        return nullptr;
    }
    if (reused) {
        free_ranges[order] = next_free;
    } else {
        next_range += kPageSize << order;
    }
    auto* header = reinterpret_cast<LargeHeader*>(address);
    *header = {order, pages};
    return header;
}

// Makes up for runs of the longest names that something else holds for long, a large table for one: a page a
// slice, as what is mapped here is nobody's yet.
class Refill final : public ke::PacedWork {
public:
    bool slice() override {
        if (!wanted()) return true;
        if (!run_) return !(run_ = make_run(kNameOrder, 1));
        auto address = reinterpret_cast<uint64_t>(run_);
        if (run_->pages < kNamePages) {
            if (map_run(address + run_->pages * kPageSize, 1)) {
                ++run_->pages;
                return false;
            }
            give_run(std::exchange(run_, nullptr));
            return true;
        }
        (void)keep(std::exchange(run_, nullptr));
        return false;
    }

private:
    // Nothing is wanted any more when all places are taken: what was begun goes back.
    bool wanted() {
        for (LargeHeader* kept : kept_runs[kNameOrder])
            if (!kept) return true;
        if (run_) give_run(std::exchange(run_, nullptr));
        return false;
    }

    LargeHeader* run_ = nullptr;
};
[[clang::no_destroy]] constinit Refill refill;

void refill_names() {
    if (!refill.linked()) ke::Pacer::instance().add_idle(refill);
}

void* allocate_large(size_t size) {
    uint64_t pages = (size + sizeof(LargeHeader) + kPageSize - 1) / kPageSize;
    unsigned order = log2_ceil(pages);
    if (order >= kOrders) return nullptr;
    LargeHeader* header = take_kept(order, pages);
    if (!header) header = make_run(order, pages);
    if (!header) {
        give_kept();
        header = make_run(order, pages);
    }
    return header ? header + 1 : nullptr;
}

void free_large(void* pointer) {
    LargeHeader* header = static_cast<LargeHeader*>(pointer) - 1;
    if (!keep(header)) give_run(header);
}

}  // namespace

void initialize_heap() {
    void* blocks[kKeptRuns];
    for (void*& block : blocks)
        block = heap_allocate(kLongestName);
    for (void* block : blocks)
        heap_free(block);
}

void* heap_allocate(size_t size) {
    return size <= kLargestSmall ? allocate_small(size) : allocate_large(size);
}

void heap_free(void* pointer) {
    if (!pointer) return;
    uint64_t address = reinterpret_cast<uint64_t>(pointer);
    if (address >= kHeapBase && address < kHeapBase + kHeapPages * kPageSize) return free_large(pointer);
    free_small(pointer);
}

}  // namespace mm
