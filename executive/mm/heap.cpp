// SPDX-License-Identifier: GPL-3.0-only
//
// Small blocks come from slabs: one frame, blocks of one size
// class, the header at the frame's start. Larger ones are runs of pages (heap_runs.hpp).
#include "executive/mm/heap.hpp"

#include <new>

#include "base/bits.hpp"
#include "base/list.hpp"
#include "executive/mm/heap_runs.hpp"
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
    uint16_t places;
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

[[gnu::noinline]] Slab* new_slab(unsigned size_class) {
    Result<FrameNumber> frame = heap_frame();
    if (!frame) return nullptr;
    Slab* slab = new (alias(*frame)) Slab;
    slab->free = nullptr;
    slab->frame = *frame;
    slab->used = slab->carved = 0;
    slab->places = static_cast<uint16_t>((kPageSize - kSlabHeader) / kClassSizes[size_class]);
    slab->size_class = static_cast<uint8_t>(size_class);
    classes[size_class].partial.push_front(*slab);
    return slab;
}

bool full(const Slab& slab) {
    return !slab.free && slab.carved == slab.places;
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

}  // namespace

void initialize_heap() {
    make_runs_for_names();
}

void* heap_allocate(size_t size) {
    return size <= kLargestSmall ? allocate_small(size) : allocate_run(size);
}

void heap_free(void* pointer) {
    if (!pointer) return;
    is_run(pointer) ? free_run(pointer) : free_small(pointer);
}

}  // namespace mm
