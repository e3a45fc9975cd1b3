// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/image_bases.hpp"

#include <algorithm>

#include "abi/nt/ntmmapi.h"
#include "base/bits.hpp"
#include "executive/ke/random.hpp"
#include "executive/ke/user_memory.hpp"
#include "executive/mm/frames.hpp"
#include "executive/prelude.hpp"

namespace mm {

namespace {

constexpr uint64_t kBlock = uint64_t{2} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr unsigned kBlocks = kGiB / kBlock;
constexpr uint64_t kLargest = uint64_t{256} << 20;
constexpr uint64_t kSteps = kBlock / MM_ALLOCATION_GRANULARITY;

// A GiB is what one page directory spans.
struct Stretch {
    uint64_t base;
    unsigned blocks;
    uint16_t users[kBlocks];
};

constinit bool keep = false;
// The second GiB but for its last block, where the page is that all processes share; and another one, of the
// first 512, which is drawn.
constinit Stretch low = {kGiB, kBlocks - 1, {}};
constinit Stretch high = {0, kBlocks, {}};
constexpr uint64_t kFirstGiB = 4, kGiBs = 512;

bool is_free(const Stretch& stretch, unsigned first, unsigned blocks) {
    return std::all_of(stretch.users + first, stretch.users + first + blocks,
                       [](uint16_t users) { return users == 0; });
}

// From a random block on, the first run that nobody has; else the random one itself.
unsigned draw_run(const Stretch& stretch, unsigned blocks, uint64_t random) {
    unsigned places = stretch.blocks - blocks + 1;
    unsigned start = static_cast<unsigned>(random % places);
    for (unsigned i = 0; i < places; ++i) {
        unsigned first = (start + i) % places;
        if (is_free(stretch, first, blocks)) return first;
    }
    return start;
}

ImagePlace draw(Stretch& stretch, uint64_t size) {
    auto blocks = static_cast<unsigned>(align_up(size, kBlock) / kBlock);
    uint64_t slack =
        (blocks * kBlock - align_up(size, uint64_t{MM_ALLOCATION_GRANULARITY})) / MM_ALLOCATION_GRANULARITY;
    uint64_t random = ke::random_number();
    unsigned first = draw_run(stretch, blocks, random >> 16);
    for (unsigned i = 0; i < blocks; ++i)
        ++stretch.users[first + i];
    uint64_t base =
        stretch.base + first * kBlock + (random & 0xffff) % (slack + 1) * MM_ALLOCATION_GRANULARITY;
    return {base, static_cast<uint16_t>(first), static_cast<uint16_t>(blocks), stretch.base == low.base};
}

}  // namespace

void keep_image_bases(bool yes) {
    keep = yes;
}

ImagePlace draw_image_place(uint64_t preferred, uint64_t size, bool wide) {
    if (keep || size == 0 || size >= kLargest) return {};
    if (preferred < kFirstGiB * kGiB) return draw(low, size);
    if (!wide) {
        uint64_t step = 1 + ke::random_number() % (8 * kSteps - 1);
        return {.base = preferred + step * MM_ALLOCATION_GRANULARITY};
    }
    if (high.base == 0) high.base = (kFirstGiB + ke::random_number() % (kGiBs - kFirstGiB)) * kGiB;
    return draw(high, size);
}

void give_back(const ImagePlace& place) {
    Stretch& stretch = place.stretch ? low : high;
    for (unsigned i = 0; i < place.blocks; ++i)
        --stretch.users[place.first + i];
}

uint64_t draw_lowest_address(bool wide) {
    constexpr uint64_t kPlaces = 256, kPlacesInGiB = kGiB / MM_ALLOCATION_GRANULARITY;
    if (keep) return ke::kLowestUserAddress;
    uint64_t random = ke::random_number();
    // A GiB of its own takes three tables more in each process: some 16 pages by the first prompt.
    constexpr uint64_t kRoomy = (16ull << 20) / kPageSize;
    if (!wide || memory_counts().total_pages < kRoomy)
        return ke::kLowestUserAddress + random % kPlaces * MM_ALLOCATION_GRANULARITY;
    uint64_t first = (kFirstGiB + (random >> 32) % (kGiBs - kFirstGiB)) * kGiB;
    // The images' own is theirs: not this one, and never one of the second 512, which costs a table more.
    if (first == high.base) first = first == kFirstGiB * kGiB ? first + kGiB : first - kGiB;
    return first + (random & 0xffffffff) % kPlacesInGiB * MM_ALLOCATION_GRANULARITY;
}

}  // namespace mm
