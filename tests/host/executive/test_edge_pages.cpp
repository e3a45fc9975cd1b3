// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <vector>

#include "executive/mm/edge_pages.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;

// Another space is shown the buffer and nothing beside it; what stands in at the edges is charged to it and
// goes with the last who has it.
TEST(EdgePages, NothingBesidePinnedPagesIsShown) {
    machine();
    ke::Quota quota(uint64_t{1} << 30);
    auto space = MUST(mm::AddressSpace::create(quota));

    uint64_t base = space->allocate(0, 5 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)->base;
    std::vector<uint8_t> mine(5 * kPage, 1);
    std::vector<uint8_t> seen(5 * kPage);
    ASSERT_TRUE(space->copy_out(base, mine.data(), mine.size()));
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(other);
    bool warm = false;
    struct Case {
        uint64_t at, length;
        unsigned edges;
    };
    for (Case each :
         {Case{kPage, 2 * kPage, 0}, Case{kPage, kPage, 0}, Case{kPage, 1, 1}, Case{2 * kPage - 1, 1, 1},
          Case{kPage + 7, 100, 1}, Case{kPage + 1, kPage - 1, 1}, Case{2 * kPage - 1, 2, 2},
          Case{kPage + 7, 2 * kPage, 2}, Case{kPage, kPage + 9, 1}, Case{kPage + 9, 3 * kPage - 9, 1}}) {
        auto pinned = pin(*space, base + each.at, each.length, ke::Access::Write);
        ASSERT_TRUE(pinned);
        uint64_t free = mm::memory_counts().free_pages;
        uint64_t committed = (*other)->counters().committed;
        mm::EdgePages edges;
        ASSERT_TRUE(edges.make(**pinned));
        EXPECT_EQ(edges.count(), each.edges);
        auto window = (*other)->map_pinned(**pinned, edges, PAGE_READWRITE);
        ASSERT_TRUE(window);
        EXPECT_EQ((*other)->counters().committed, committed + each.edges);
        uint64_t offset = each.at % kPage;
        uint64_t size = (*pinned)->pages() * kPage;
        ASSERT_TRUE((*other)->copy_in(seen.data(), *window, size));
        for (uint64_t i = 0; i < size; ++i)
            ASSERT_EQ(seen[i], i >= offset && i < offset + each.length) << i;
        std::fill_n(seen.begin(), size, uint8_t{2});
        ASSERT_TRUE((*other)->copy_out(*window, seen.data(), size));
        (*other)->discard(*window);
        EXPECT_EQ((*other)->counters().committed, committed);
        edges.bring_home(**pinned, each.length);
        edges.drop();
        // The first left a page table behind.
        if (warm) EXPECT_EQ(mm::memory_counts().free_pages, free);
        warm = true;
        ASSERT_TRUE(space->copy_in(seen.data(), base, 5 * kPage));
        for (uint64_t i = 0; i < 5 * kPage; ++i)
            ASSERT_EQ(seen[i], i >= each.at && i < each.at + each.length ? 2 : 1) << i;
        ASSERT_TRUE(space->copy_out(base, mine.data(), mine.size()));
    }
}

}  // namespace
