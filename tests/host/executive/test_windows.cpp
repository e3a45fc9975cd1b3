// SPDX-License-Identifier: GPL-3.0-only
//
// Windows onto pinned buffers: what is mapped, what is kept, and what a host may do to them.
#include <gtest/gtest.h>

#include <vector>

#include "executive/mm/edge_pages.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;
constexpr uint64_t kPages = 40;

struct Windows : testing::Test {
    Windows() {
        machine();
        base = space->allocate(0, kPages * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)->base;
        for (uint64_t page = 0; page < kPages; ++page)
            EXPECT_TRUE(space->copy_out(base + page * kPage, &page, sizeof page));
    }
    uint64_t open(uint64_t first, uint64_t pages, uint32_t protection = PAGE_READWRITE) {
        auto pinned = MUST(pin(*space, base + first * kPage, pages * kPage, ke::Access::Write));
        return MUST(host->map_pinned(*pinned, {}, protection));
    }
    uint64_t number_at(uint64_t address) {
        uint64_t number = ~uint64_t{0};
        EXPECT_TRUE(host->copy_in(&number, address, sizeof number));
        return number;
    }

    ke::Quota quota{uint64_t{1} << 30};
    base::Own<mm::AddressSpace> space = MUST(mm::AddressSpace::create(quota));
    ke::Quota host_quota{uint64_t{1} << 30};
    base::Own<mm::AddressSpace> host = MUST(mm::AddressSpace::create(host_quota));
    uint64_t base = 0;
};

TEST_F(Windows, NothingIsMappedForTheExecutive) {
    uint64_t window = open(3, 20);
    for (uint64_t page = 0; page < 20; ++page)
        EXPECT_EQ(number_at(window + page * kPage), 3 + page);
    uint64_t value = 77;
    EXPECT_TRUE(host->copy_out(window + 5 * kPage, &value, sizeof value));
    EXPECT_TRUE(space->copy_in(&value, base + 8 * kPage, sizeof value));
    EXPECT_EQ(value, 77u);
    EXPECT_EQ(MUST(host->frame_at(window + 19 * kPage)), space->present_frame(base + 22 * kPage));
    EXPECT_EQ(host->counters().resident, 0u);
    host->unmap_pinned(window);
}

TEST_F(Windows, AFaultBringsSeveralPagesAndNoneBehindTheBuffer) {
    uint64_t window = open(0, 10);
    EXPECT_EQ(host->fault(window, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(host->counters().resident, 8u);
    EXPECT_EQ(host->fault(window + 8 * kPage, ke::Access::Read), STATUS_SUCCESS);
    EXPECT_EQ(host->counters().resident, 10u);
    EXPECT_EQ(host->fault(window + 10 * kPage, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(host->page(window + 10 * kPage, ke::Access::Read));
    host->unmap_pinned(window);
    run_queued_work();
    EXPECT_EQ(host->counters().resident, 0u);
    EXPECT_EQ(host->fault(window, ke::Access::Read), STATUS_ACCESS_VIOLATION);
}

TEST_F(Windows, AShortOneIsUsedAgainWithOtherPagesAndRights) {
    uint64_t first = open(2, 3);
    EXPECT_EQ(host->fault(first + 2 * kPage, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(host->fault(first, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(host->counters().resident, 3u);
    host->unmap_pinned(first);
    EXPECT_EQ(host->counters().resident, 0u);
    EXPECT_EQ(host->fault(first, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    uint64_t second = open(9, 2, PAGE_READONLY);
    EXPECT_EQ(second, first);
    EXPECT_EQ(number_at(second + kPage), 10u);
    EXPECT_EQ(host->fault(second, ke::Access::Write), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(host->page(second, ke::Access::Write));
    EXPECT_EQ(host->fault(second, ke::Access::Read), STATUS_SUCCESS);
    EXPECT_EQ(host->fault(second + 2 * kPage, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    host->unmap_pinned(second);
}

// A host that takes its windows away itself harms itself.
TEST_F(Windows, UnmappedByTheirHost) {
    uint64_t used = open(0, 2), idle = open(4, 2);
    host->unmap_pinned(idle);
    EXPECT_TRUE(host->unmap(idle));
    EXPECT_TRUE(host->unmap(used));
    host->unmap_pinned(used);
    uint64_t next = open(6, 2);
    EXPECT_EQ(number_at(next), 6u);
    host->unmap_pinned(next);
}

// Whatever comes and goes, a few places are kept and nothing else.
TEST_F(Windows, NoMoreThanAFewAreKept) {
    uint64_t used = host_quota.used();
    for (int round = 0; round < 3; ++round) {
        std::vector<uint64_t> windows;
        for (uint64_t i = 0; i < 12; ++i)
            windows.push_back(open(i, 1 + i * 2));
        for (uint64_t window : windows) {
            EXPECT_EQ(host->fault(window, ke::Access::Write), STATUS_SUCCESS);
            host->unmap_pinned(window);
        }
        run_queued_work();
        EXPECT_EQ(host->counters().resident, 0u);
        EXPECT_LT(host_quota.used(), used + 40 * kPage);
    }
    EXPECT_EQ(host->counters().committed, 0u);
}

}  // namespace
