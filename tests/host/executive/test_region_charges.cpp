// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "executive/mm/address_space.hpp"
#include "executive/mm/regions.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;

// What is remembered of a region grows with the protections that a program gives its pages.
TEST(RegionCharges, RunsOfProtectionsAreCharged) {
    machine();
    constexpr uint64_t kPages = 120;
    ke::Quota small((250 + 2) * kPage + sizeof(mm::Region) + kPages * sizeof(mm::Run));
    auto own = mm::AddressSpace::create(small);
    ASSERT_TRUE(own);
    auto range = (*own)->allocate(0, 250 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ASSERT_TRUE(range);
    uint64_t used = small.used(), page = 0;
    auto protect = [&](uint64_t at) {
        return (*own)->protect(range->base + at * kPage, kPage, PAGE_READONLY);
    };
    while (page < kPages && protect(2 * page + 1)) {
        ++page;
        ASSERT_GE(small.used() - used, 2 * page * sizeof(mm::Run));
    }
    ASSERT_LT(page, kPages / 2);
    EXPECT_EQ(protect(2 * page + 1).error(), STATUS_QUOTA_EXCEEDED);
    // Nobody is kept from giving back.
    ASSERT_TRUE((*own)->free(range->base + kPage, kPage, MEM_DECOMMIT));
    ASSERT_TRUE((*own)->protect(range->base, kPage, PAGE_READONLY));
    ASSERT_TRUE((*own)->free(range->base, 250 * kPage, MEM_DECOMMIT));
    EXPECT_LT(small.used(), 2 * kPage);
    ASSERT_TRUE((*own)->free(range->base, 0, MEM_RELEASE));
    EXPECT_EQ(small.used(), 0u);
}

}  // namespace
