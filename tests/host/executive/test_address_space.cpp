// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <utility>

#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/commitment.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;

class Space : public testing::Test {
protected:
    Space() : quota(uint64_t{1} << 40) {
        machine();
        auto made = mm::AddressSpace::create(quota);
        EXPECT_TRUE(made);
        space = std::move(*made);
    }
    uint64_t allocate(uint64_t size, uint32_t type = MEM_RESERVE | MEM_COMMIT,
                      uint32_t protection = PAGE_READWRITE) {
        auto range = space->allocate(0, size, type, protection);
        EXPECT_TRUE(range);
        return range ? range->base : 0;
    }
    NTSTATUS touch(uint64_t address, ke::Access access) {
        auto page = space->page(address, access);
        return page ? STATUS_SUCCESS : page.error();
    }

    ke::Quota quota;
    base::Own<mm::AddressSpace> space;
};

// Page tables are promised with the pages that may need them, however sparse; cut, decommitted or released,
// all of the promise ends.
TEST_F(Space, TablesArePromisedWithTheirPages) {
    const uint64_t before = mm::commit_counts().committed;
    auto range = space->allocate(0, uint64_t{1} << 40, MEM_RESERVE, PAGE_READWRITE);
    ASSERT_TRUE(range);
    EXPECT_EQ(mm::commit_counts().committed, before);
    constexpr uint64_t kSpan = uint64_t{2} << 20;
    for (uint64_t i = 0; i < 10; ++i)
        EXPECT_TRUE(space->allocate(range->base + i * kSpan, kPage, MEM_COMMIT, PAGE_READWRITE));
    EXPECT_GE(mm::commit_counts().committed, before + 10 + 2 * 10);
    ASSERT_TRUE(space->free(range->base, kPage, MEM_DECOMMIT));
    ASSERT_TRUE(space->free(range->base + 4 * kSpan, kSpan, MEM_RELEASE));
    EXPECT_EQ(space->counters().committed, 8u);
    EXPECT_GE(mm::commit_counts().committed, before + 8 + 2 * 8);
    EXPECT_EQ(space->fault(range->base + 3 * kSpan, ke::Access::Write), STATUS_SUCCESS);
    ASSERT_TRUE(space->free(range->base, 0, MEM_RELEASE));
    ASSERT_TRUE(space->free(range->base + 5 * kSpan, 0, MEM_RELEASE));
    EXPECT_EQ(mm::commit_counts().committed, before);
    EXPECT_EQ(quota.used(), 0u);
}

// The next allocation of as much takes the place of what was released last, and is as any other; to everybody
// else the place is empty meanwhile.
TEST_F(Space, WhatWasReleasedRestsForTheNext) {
    constexpr uint64_t kSize = 16 * kPage;
    uint64_t below = allocate(kSize);
    uint64_t base = allocate(kSize);
    uint64_t used = quota.used();
    uint64_t size = space->counters().virtual_size;
    uint64_t committed = mm::commit_counts().committed;
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(touch(base + kPage, ke::Access::Write), STATUS_SUCCESS);
        ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
        EXPECT_LT(quota.used(), used);
        EXPECT_EQ(touch(base, ke::Access::Read), STATUS_ACCESS_VIOLATION);
        EXPECT_FALSE(space->free(base, 0, MEM_RELEASE));
        EXPECT_FALSE(space->allocate(base, kPage, MEM_COMMIT, PAGE_READWRITE));
        ASSERT_EQ(allocate(kSize), base);
        EXPECT_EQ(quota.used(), used);
        EXPECT_EQ(space->counters().virtual_size, size);
        EXPECT_EQ(mm::commit_counts().committed, committed);
        EXPECT_EQ(*MUST(space->page(base + kPage, ke::Access::Read)), 0);
    }
    // With other properties, of which nothing is left of what was there.
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    ASSERT_EQ(allocate(kSize, MEM_RESERVE, PAGE_READONLY), base);
    EXPECT_EQ(touch(base, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(MUST(space->query(base)).AllocationProtect, ULONG{PAGE_READONLY});
    // A query finds it empty, and so does who names the place.
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    EXPECT_EQ(MUST(space->query(base)).State, ULONG{MEM_FREE});
    ASSERT_EQ(allocate(kSize), base);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    EXPECT_EQ(MUST(space->allocate(base, 2 * kSize, MEM_RESERVE, PAGE_READWRITE)).base, base);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    // The lowest place is another one when something below has gone.
    ASSERT_EQ(allocate(kSize), base);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    ASSERT_TRUE(space->free(below, 0, MEM_RELEASE));
    EXPECT_EQ(allocate(kSize), below);
    EXPECT_EQ(allocate(2 * kSize), base);
    ASSERT_TRUE(space->free(below, 0, MEM_RELEASE));
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    EXPECT_EQ(quota.used(), 0u);
}

TEST_F(Space, PagesComeOnTheFirstTouch) {
    uint64_t base = allocate(64 * kPage);
    EXPECT_EQ(space->counters().resident, 0u);
    EXPECT_EQ(space->fault(base + 5 * kPage + 7, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(space->counters().resident, 1u);
    EXPECT_EQ(machine().mapped_pages(space->vspace()), 1u);
    EXPECT_EQ(space->fault(base - 1, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->fault(base + 64 * kPage, ke::Access::Read), STATUS_ACCESS_VIOLATION);
}

// Who goes on from page to page is given more and more with each fault; who does not, one.
TEST_F(Space, FaultsInARowBringInClusters) {
    const uint64_t ticks = std::exchange(ke::slice_ticks, uint64_t{1} << 40);
    uint64_t base = allocate(64 * kPage);
    auto fault = [&](uint64_t page) {
        EXPECT_EQ(space->fault(base + page * kPage, ke::Access::Write), STATUS_SUCCESS);
        EXPECT_EQ(machine().mapped_pages(space->vspace()), space->counters().resident);
        return space->counters().resident;
    };
    EXPECT_EQ(fault(0), 1u);
    EXPECT_EQ(fault(1), 1u + 4);
    EXPECT_EQ(fault(5), 1u + 4 + 16);
    EXPECT_EQ(fault(50), 22u);
    EXPECT_EQ(fault(40), 23u);
    EXPECT_EQ(fault(39), 24u);
    EXPECT_EQ(fault(41), 25u);
    EXPECT_EQ(fault(42), 29u);
    EXPECT_EQ(fault(46), 33u);  // up to one that is there
    ke::slice_ticks = ticks;
    for (uint64_t page = 0; page < 21; ++page)
        EXPECT_EQ(space->touch(base + page * kPage, ke::Access::Write), STATUS_SUCCESS);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    EXPECT_EQ(space->counters().resident, 0u);
    EXPECT_EQ(quota.used(), 0u);
}

// A cluster ends where the pages are others than the first.
TEST_F(Space, ClustersKeepToTheirKind) {
    const uint64_t ticks = std::exchange(ke::slice_ticks, uint64_t{1} << 40);
    uint64_t base = allocate(16 * kPage);
    ASSERT_TRUE(space->protect(base + 2 * kPage, kPage, PAGE_READWRITE | PAGE_GUARD));
    ASSERT_TRUE(space->protect(base + 5 * kPage, kPage, PAGE_READONLY));
    ASSERT_TRUE(space->free(base + 8 * kPage, kPage, MEM_DECOMMIT));
    auto fault = [&](uint64_t page) { return space->fault(base + page * kPage, ke::Access::Write); };
    EXPECT_EQ(fault(0), STATUS_SUCCESS);
    EXPECT_EQ(fault(1), STATUS_SUCCESS);
    EXPECT_EQ(space->counters().resident, 2u);
    EXPECT_EQ(fault(2), STATUS_GUARD_PAGE_VIOLATION);
    EXPECT_EQ(space->counters().resident, 2u);
    EXPECT_EQ(fault(2), STATUS_SUCCESS);
    EXPECT_EQ(space->counters().resident, 5u);
    EXPECT_EQ(fault(5), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(fault(6), STATUS_SUCCESS);
    EXPECT_EQ(fault(7), STATUS_SUCCESS);
    EXPECT_EQ(fault(8), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->counters().resident, 7u);
    uint64_t watched = allocate(4 * kPage, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH);
    EXPECT_EQ(space->fault(watched, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(space->fault(watched + kPage, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_EQ(space->counters().resident, 9u);
    ke::slice_ticks = ticks;
}

TEST_F(Space, CopiesCrossPages) {
    uint64_t base = allocate(4 * kPage);
    std::vector<uint8_t> data(3 * kPage);
    for (size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<uint8_t>(i * 7);
    ASSERT_TRUE(space->copy_out(base + 100, data.data(), data.size()));
    std::vector<uint8_t> back(data.size());
    ASSERT_TRUE(space->copy_in(back.data(), base + 100, back.size()));
    EXPECT_EQ(data, back);
    EXPECT_FALSE(space->copy_out(base + 2 * kPage, data.data(), data.size()));
    EXPECT_FALSE(space->copy_in(back.data(), UINT64_MAX - 5, 10));
    EXPECT_FALSE(space->copy_in(back.data(), ke::kHighestUserAddress, 2));
}

TEST_F(Space, DecommittedPagesAreForgotten) {
    uint64_t base = allocate(4 * kPage);
    uint64_t value = 0x1122334455667788;
    ASSERT_TRUE(space->copy_out(base + kPage, &value, sizeof value));
    ASSERT_TRUE(space->free(base + kPage, kPage, MEM_DECOMMIT));
    EXPECT_EQ(touch(base + kPage, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    ASSERT_TRUE(space->allocate(base + kPage, kPage, MEM_COMMIT, PAGE_READWRITE));
    ASSERT_TRUE(space->copy_in(&value, base + kPage, sizeof value));
    EXPECT_EQ(value, 0u);
}

TEST_F(Space, ProtectionIsKept) {
    uint64_t base = allocate(3 * kPage);
    ASSERT_EQ(touch(base + kPage, ke::Access::Write), STATUS_SUCCESS);
    ASSERT_TRUE(space->protect(base + kPage, kPage, PAGE_READONLY));
    EXPECT_EQ(touch(base + kPage, ke::Access::Write), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(touch(base + kPage, ke::Access::Read), STATUS_SUCCESS);
    ASSERT_TRUE(space->protect(base + kPage, kPage, PAGE_READWRITE | PAGE_GUARD));
    // For others a guard page is no page, and stays one; touch() leaves it alone too.
    EXPECT_EQ(space->page(base + kPage, ke::Access::Read).error(), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->touch(base + kPage, ke::Access::Read), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(space->fault(base + kPage, ke::Access::Read), STATUS_GUARD_PAGE_VIOLATION);
    EXPECT_EQ(touch(base + kPage, ke::Access::Write), STATUS_SUCCESS);
    auto changed = space->protect(base, 3 * kPage, PAGE_NOACCESS);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->old_protection, uint32_t{PAGE_READWRITE});
    EXPECT_EQ(machine().mapped_pages(space->vspace()), 0u);
}

TEST_F(Space, ExecutesWhatIsExecutable) {
    uint64_t base = allocate(2 * kPage);
    auto mapped = [&](uint64_t address) { return machine().mapping(space->vspace(), address); };
    // A fetch is the first touch.
    EXPECT_EQ(space->fault(base, ke::Access::Execute), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(mapped(base).mapped);
    EXPECT_EQ(space->fault(base, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_TRUE(mapped(base).writable);
    EXPECT_FALSE(mapped(base).executable);
    // Written, then executed: writing ends at once, execution begins with the fault.
    ASSERT_TRUE(space->protect(base, 2 * kPage, PAGE_EXECUTE_READ));
    EXPECT_FALSE(mapped(base).mapped);
    EXPECT_EQ(space->fault(base, ke::Access::Execute), STATUS_SUCCESS);
    EXPECT_TRUE(mapped(base).executable);
    EXPECT_FALSE(mapped(base).writable);
    EXPECT_EQ(space->fault(base, ke::Access::Write), STATUS_ACCESS_VIOLATION);
    // More rights come with the next fault, without an unmap.
    ASSERT_TRUE(space->protect(base, kPage, PAGE_EXECUTE_READWRITE));
    EXPECT_TRUE(mapped(base).executable);
    EXPECT_EQ(space->fault(base, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_TRUE(mapped(base).writable && mapped(base).executable);
    // And back: no page stays mapped executable that must not be.
    ASSERT_TRUE(space->protect(base, kPage, PAGE_READWRITE));
    EXPECT_FALSE(mapped(base).mapped);
    EXPECT_EQ(space->fault(base, ke::Access::Read), STATUS_SUCCESS);
    EXPECT_TRUE(mapped(base).writable);
    EXPECT_FALSE(mapped(base).executable);
    EXPECT_EQ(space->fault(base, ke::Access::Execute), STATUS_ACCESS_VIOLATION);
}

TEST_F(Space, DataSectionsHaveNoExecutableViews) {
    for (uint32_t protection : {PAGE_READONLY, PAGE_READWRITE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE}) {
        auto section = mm::Section::create_data(kPage, protection, SEC_COMMIT);
        ASSERT_TRUE(section);
        bool executable = protection == PAGE_EXECUTE_READ || protection == PAGE_EXECUTE_READWRITE;
        auto code = space->map(**section, 0, 0, 0, 0, PAGE_EXECUTE_READ);
        EXPECT_EQ(bool(code), executable);
        auto data = space->map(**section, 0, 0, 0, 0, PAGE_READONLY);
        ASSERT_TRUE(data);
        EXPECT_EQ(space->fault(data->base, ke::Access::Execute), STATUS_ACCESS_VIOLATION);
        // What a view may not do from the start it never may.
        EXPECT_FALSE(space->protect(data->base, kPage, PAGE_EXECUTE_READ));
        if (code) EXPECT_TRUE(space->protect(code->base, kPage, PAGE_EXECUTE));
    }
}

TEST_F(Space, ViewsShareAndCopies) {
    auto section = mm::Section::create_data(8 * kPage, PAGE_READWRITE, SEC_COMMIT);
    ASSERT_TRUE(section);
    auto first = space->map(**section, 0, 0, 0, 0, PAGE_READWRITE);
    auto second = space->map(**section, 0, 0, 0, 0, PAGE_WRITECOPY);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    uint32_t value = 17;
    uint32_t read = 0;
    ASSERT_TRUE(space->copy_out(first->base + 3 * kPage, &value, sizeof value));
    ASSERT_TRUE(space->copy_in(&read, second->base + 3 * kPage, sizeof read));
    EXPECT_EQ(read, 17u);
    value = 18;
    ASSERT_TRUE(space->copy_out(second->base + 3 * kPage, &value, sizeof value));
    ASSERT_TRUE(space->copy_in(&read, first->base + 3 * kPage, sizeof read));
    EXPECT_EQ(read, 17u);
    EXPECT_TRUE(space->unmap(first->base + kPage));
    EXPECT_FALSE(space->unmap(first->base));
}

TEST_F(Space, PinnedPagesOutliveTheirMapping) {
    uint64_t base = allocate(2 * kPage);
    auto pinned = pin(*space, base + 10, kPage, ke::Access::Write);
    ASSERT_TRUE(pinned);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    const uint8_t data[] = {1, 2, 3};
    (*pinned)->copy_in(kPage - 3, data);
    uint8_t back[3] = {};
    (*pinned)->copy_out(kPage - 3, back);
    EXPECT_EQ(memcmp(data, back, sizeof data), 0);
}

TEST_F(Space, GivesEverythingBack) {
    // Once for what the Executive keeps to itself, once to compare.
    uint64_t before = 0;
    for (int round = 0; round < 3; ++round) {
        auto other = mm::AddressSpace::create(quota);
        ASSERT_TRUE(other);
        for (int i = 0; i < 40; ++i) {
            auto range = (*other)->allocate(0, 3 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
            ASSERT_TRUE(range);
            for (int page = 0; page < 3; ++page)
                ASSERT_EQ((*other)->fault(range->base + page * kPage, ke::Access::Write), STATUS_SUCCESS);
        }
        ASSERT_TRUE((*other)->allocate(0x7000'0000'0000, kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        ASSERT_EQ((*other)->fault(0x7000'0000'0000, ke::Access::Write), STATUS_SUCCESS);
        other->reset();
        uint64_t free = mm::memory_counts().free_pages;
        if (round > 1) EXPECT_EQ(free, before);
        before = free;
    }
}

// Random operations against a plain model of what is committed and written.
TEST_F(Space, AgreesWithAModel) {
    constexpr uint64_t kPages = 96;
    uint64_t base = allocate(kPages * kPage, MEM_RESERVE);
    struct Page {
        bool committed = false;
        bool writable = false;
        uint32_t value = 0;
    };
    Page model[kPages];
    uint32_t random = 99;
    auto next = [&random](uint32_t limit) {
        random = random * 1664525 + 1013904223;
        return (random >> 10) % limit;
    };
    for (uint32_t step = 1; step < 6000; ++step) {
        uint64_t first = next(kPages);
        uint64_t count = 1 + next(static_cast<uint32_t>(kPages - first < 9 ? kPages - first : 9));
        uint64_t address = base + first * kPage;
        switch (next(4)) {
            case 0:
                ASSERT_TRUE(space->allocate(address, count * kPage, MEM_COMMIT, PAGE_READWRITE));
                for (uint64_t i = first; i < first + count; ++i)
                    model[i].committed = model[i].writable = true;
                break;
            case 1:
                ASSERT_TRUE(space->free(address, count * kPage, MEM_DECOMMIT));
                for (uint64_t i = first; i < first + count; ++i)
                    model[i] = {};
                break;
            case 2: {
                bool all = true;
                for (uint64_t i = first; i < first + count; ++i)
                    all = all && model[i].committed;
                bool writable = next(2);
                EXPECT_EQ(
                    bool(space->protect(address, count * kPage, writable ? PAGE_READWRITE : PAGE_READONLY)),
                    all);
                for (uint64_t i = first; all && i < first + count; ++i)
                    model[i].writable = writable;
                break;
            }
            default: {
                bool wrote = bool(space->copy_out(address, &step, sizeof step));
                EXPECT_EQ(wrote, model[first].writable);
                if (wrote) model[first].value = step;
            }
        }
        uint64_t probe = next(kPages);
        uint32_t value = 0;
        bool read = bool(space->copy_in(&value, base + probe * kPage, sizeof value));
        ASSERT_EQ(read, model[probe].committed);
        if (read) ASSERT_EQ(value, model[probe].value);
        auto basic = space->query(base + probe * kPage);
        ASSERT_TRUE(basic);
        ASSERT_EQ(basic->State, model[probe].committed ? MEM_COMMIT : MEM_RESERVE);
    }
}

}  // namespace
