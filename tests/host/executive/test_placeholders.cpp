// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "executive/mm/address_space.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;
constexpr uint64_t kBlock = MM_ALLOCATION_GRANULARITY;
constexpr uint64_t kTera = uint64_t{1} << 40;

class Placed : public testing::Test {
protected:
    Placed() : quota(uint64_t{1} << 60) {
        machine();
        auto made = mm::AddressSpace::create(quota);
        EXPECT_TRUE(made);
        space = std::move(*made);
    }

    ke::Quota quota;
    base::Own<mm::AddressSpace> space;
};

TEST_F(Placed, PlacesBeginWhereTheSpaceBegins) {
    constexpr uint64_t kLowest = 5 * kTera;
    space->set_lowest(kLowest);
    EXPECT_EQ(space->allocate(0, kPage, MEM_RESERVE, PAGE_READWRITE)->base, kLowest);
    EXPECT_EQ(space->allocate(0, kPage, MEM_RESERVE, PAGE_READWRITE)->base, kLowest + kBlock);
    // Where nothing is free from there on, below; and below too where the place must be.
    EXPECT_EQ(space->allocate(0, 124 * kTera, MEM_RESERVE, PAGE_READWRITE).error(), STATUS_NO_MEMORY);
    EXPECT_EQ(space->allocate(0, kPage, MEM_RESERVE, PAGE_READWRITE, 0xffffffff)->base, kBlock);
    EXPECT_LT(space->allocate(0, 123 * kTera - kTera, MEM_RESERVE, PAGE_READWRITE)->base, 6 * kTera);
    EXPECT_LT(space->allocate(0, 2 * kTera, MEM_RESERVE, PAGE_READWRITE)->base, kLowest);
}

// Placeholders of every page, replaced and preserved at random, beside a list of what is where.
TEST_F(Placed, PlaceholdersAreWhatAListSays) {
    constexpr unsigned kPages = 64;
    std::mt19937 random(11);
    auto pick = [&random](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    mm::Progress progress;
    uint64_t before = quota.used();
    uint64_t base = space
                        ->allocate_within(0, kPages * kPage, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
                                          PAGE_NOACCESS, {}, progress)
                        ->base;
    std::array<unsigned, kPages> first{};  // of what each page is part of
    std::array<bool, kPages> replaced{};
    auto fill = [&](auto& list, unsigned from, unsigned end, auto value) {
        std::fill(list.begin() + from, list.begin() + end, value);
    };
    for (unsigned step = 0; step < 4000; ++step) {
        unsigned from = pick(kPages), end = from + 1 + pick(kPages - from);
        if (pick(2)) {  // what is there, exactly
            from = first[from];
            for (end = from; end < kPages && first[end] == from;)
                ++end;
        }
        bool inside = first[from] == first[end - 1];
        bool whole = inside && first[from] == from && (end == kPages || first[end] != from);
        uint64_t at = base + from * kPage, size = (end - from) * kPage;
        progress = {};
        auto free = [&](uint32_t type) {
            auto done = space->free(at, size, MEM_RELEASE | type);
            return done ? STATUS_SUCCESS : done.error();
        };
        if (unsigned what = pick(3); what == 0) {
            bool can = whole && !replaced[from];
            auto done = space->allocate_within(at, size, MEM_RESERVE | MEM_COMMIT | MEM_REPLACE_PLACEHOLDER,
                                               PAGE_READWRITE, {}, progress);
            ASSERT_EQ(static_cast<bool>(done), can) << step;
            if (can) fill(replaced, from, end, true);
            if (can) ASSERT_EQ(space->fault(at, ke::Access::Write), STATUS_SUCCESS);
        } else if (what == 1) {
            bool can = inside && whole == replaced[from];
            ASSERT_EQ(free(MEM_PRESERVE_PLACEHOLDER), can ? STATUS_SUCCESS : STATUS_CONFLICTING_ADDRESSES)
                << step;
            if (!can) continue;
            fill(replaced, from, end, false);
            unsigned rest = end;
            while (!whole && rest < kPages && first[rest] == first[from])
                ++rest;
            fill(first, end, rest, end);
            fill(first, from, end, from);
        } else {
            bool can = !whole && first[from] == from && (end == kPages || first[end] == end) &&
                       first[end - 1] != from;
            for (unsigned i = from; i < end; ++i)
                can = can && !replaced[i];
            ASSERT_EQ(free(MEM_COALESCE_PLACEHOLDERS), can ? STATUS_SUCCESS : STATUS_CONFLICTING_ADDRESSES)
                << step;
            if (can) fill(first, from, end, from);
        }
        unsigned looked = pick(kPages);
        auto region = space->region_information(base + looked * kPage);
        ASSERT_TRUE(region);
        ASSERT_EQ(reinterpret_cast<uint64_t>(region->AllocationBase), base + first[looked] * kPage) << step;
        ASSERT_EQ(region->RegionType, replaced[looked] ? 1u : 0x101u) << step;
    }
    for (unsigned i = 0; i < kPages; ++i)
        if (first[i] == i) ASSERT_TRUE(space->free(base + i * kPage, 0, MEM_RELEASE));
    EXPECT_EQ(quota.used(), before);
    EXPECT_EQ(space->counters().committed, 0u);
    EXPECT_EQ(space->counters().virtual_size, 0u);
}

// Aligned places among many small gaps, beside a look at every one.
TEST_F(Placed, AlignedPlacesAreFoundAmongManyGaps) {
    constexpr uint64_t kAlignment = 4 * kBlock;
    mm::Progress progress;
    // One block in two is taken, but for the last four.
    for (uint64_t block = 1; block < 400; block += 2)
        ASSERT_TRUE(space->allocate(block * kBlock, kPage, MEM_RESERVE, PAGE_READWRITE));
    mm::Bounds bounds{.highest = 404 * kBlock - 1, .alignment = kAlignment};
    auto found = space->allocate_within(0, kAlignment, MEM_RESERVE, PAGE_READWRITE, bounds, progress);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->base, 400 * kBlock);
    EXPECT_EQ(space->allocate_within(0, kAlignment, MEM_RESERVE, PAGE_READWRITE, bounds, progress).error(),
              STATUS_NO_MEMORY);
    auto small = space->allocate_within(0, kBlock, MEM_RESERVE, PAGE_READWRITE, bounds, progress);
    ASSERT_TRUE(small);
    EXPECT_EQ(small->base, kAlignment);
    auto top =
        space->allocate_within(0, kBlock, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE, bounds, progress);
    ASSERT_TRUE(top);
    EXPECT_EQ(top->base, 396 * kBlock);
    bounds.alignment = uint64_t{1} << 46;
    EXPECT_EQ(space->allocate_within(0, kBlock, MEM_RESERVE, PAGE_READWRITE, bounds, progress).error(),
              STATUS_NO_MEMORY);
}

}  // namespace
