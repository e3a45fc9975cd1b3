// SPDX-License-Identifier: GPL-3.0-only
// Pages that are mapped and unmapped together: the same outcome, whether the kernel serves runs, ends them
// early (this one does after a few pages) or refuses them.
#include <gtest/gtest.h>

#include "executive/mm/address_space.hpp"
#include "executive/mm/chunks.hpp"
#include "executive/mm/page_runs.hpp"
#include "executive/mm/page_tables.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;
constexpr uint64_t kAt = 0x10000000;

class PageRuns : public testing::TestWithParam<bool> {
protected:
    PageRuns() { machine().serves_runs = GetParam(); }
    ~PageRuns() override { machine().serves_runs = true; }

    // Frames for pages from kAt on, each with a reference of the test's own where it is not owned.
    void put(mm::PageTables& tables, uint64_t page, mm::FrameNumber frame, bool owned) {
        auto entry = tables.make(kAt + page * kPage);
        ASSERT_TRUE(entry);
        if (!owned) mm::add_frame(frame);
        tables.set(**entry, kAt + page * kPage, frame, owned);
    }
    fake::Kernel::Mapping at(mm::PageTables& tables, uint64_t page) {
        return machine().mapping(tables.vspace(), kAt + page * kPage);
    }
};

TEST_P(PageRuns, AnnouncedIsWhatIsUsed) {
    EXPECT_TRUE(mm::page_runs());
}

TEST_P(PageRuns, OwnedAndSharedPagesAndHoles) {
    constexpr uint64_t kPages = 24;
    auto tables = MUST(mm::PageTables::create());
    mm::FrameNumber shared = MUST(mm::allocate_frame());
    const uint64_t free = mm::free_page_count();
    for (uint64_t page = 0; page < kPages; ++page)
        if (page % 5 != 4) put(*tables, page, page % 2 ? shared : MUST(mm::allocate_frame()), page % 2 == 0);
    tables->map_run(tables->entries_from(kAt).first(kPages), kAt, {.writable = false, .executable = true});
    for (uint64_t page = 0; page < kPages; ++page) {
        EXPECT_EQ(at(*tables, page).mapped, page % 5 != 4) << page;
        EXPECT_FALSE(at(*tables, page).writable);
    }
    // One by one they still can be given other rights.
    ASSERT_TRUE(tables->map(*tables->find(kAt), kAt, {.writable = true, .executable = false}));
    EXPECT_TRUE(at(*tables, 0).writable);
    // What is mapped stays as it is when its neighbours come.
    tables->unmap(*tables->find(kAt + kPage));
    tables->map_run(tables->entries_from(kAt).first(kPages), kAt, {.writable = false, .executable = false});
    EXPECT_TRUE(at(*tables, 0).writable);
    EXPECT_TRUE(at(*tables, 1).mapped);
    EXPECT_EQ(mm::frame_references(shared), 1 + tables->pages_used() / 2);
    size_t pages = 1000;
    EXPECT_EQ(tables->clear(kAt, kAt + kPages * kPage, pages), kAt + kPages * kPage);
    EXPECT_EQ(machine().mapped_pages(tables->vspace()), 0u);
    EXPECT_EQ(tables->pages_used(), 0u);
    EXPECT_EQ(mm::frame_references(shared), 1u);
    tables = nullptr;
    mm::release_frame(shared);
    EXPECT_GE(mm::free_page_count() + 8, free);
}

TEST_P(PageRuns, ClearingStopsWhereItShould) {
    auto tables = MUST(mm::PageTables::create());
    constexpr uint64_t kPages = 100;
    for (uint64_t page = 0; page < kPages; ++page)
        put(*tables, page, MUST(mm::allocate_frame()), true);
    for (uint64_t page = 0; page < kPages; page += 25)
        tables->map_run(tables->entries_from(kAt + page * kPage).first(25), kAt + page * kPage,
                        {true, false});
    EXPECT_EQ(machine().mapped_pages(tables->vspace()), kPages);
    size_t pages = 70;
    EXPECT_EQ(tables->clear(kAt + kPage, kAt + 99 * kPage, pages), kAt + 71 * kPage);
    EXPECT_EQ(pages, 0u);
    EXPECT_EQ(machine().mapped_pages(tables->vspace()), kPages - 70);
    EXPECT_TRUE(at(*tables, 0).mapped);
    pages = 1000;
    EXPECT_EQ(tables->clear(kAt + kPage, kAt + 99 * kPage, pages), kAt + 99 * kPage);
    EXPECT_EQ(pages, 1000u - 28);
    EXPECT_EQ(machine().mapped_pages(tables->vspace()), 2u);
    size_t steps = 2;
    EXPECT_FALSE(tables->tear_down(steps));
    EXPECT_EQ(machine().mapped_pages(tables->vspace()), 0u);
    steps = 10;
    EXPECT_TRUE(tables->tear_down(steps));
}

// A frame that is let go may be another page's at once.
TEST_P(PageRuns, WhatIsReleasedIsUnmappedFirst) {
    ke::Quota quota(uint64_t{1} << 40);
    auto space = MUST(mm::AddressSpace::create(quota));
    for (int round = 0; round < 4; ++round) {
        auto range = MUST(space->allocate(0, 64 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        for (uint64_t page = 0; page < 64; ++page)
            if (!space->present(range.base + page * kPage, ke::Access::Write))
                ASSERT_EQ(space->fault(range.base + page * kPage, ke::Access::Write), STATUS_SUCCESS);
        EXPECT_EQ(space->counters().resident, 64u);
        ASSERT_TRUE(space->free(range.base, 0, MEM_RELEASE));
        EXPECT_EQ(space->counters().resident, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, PageRuns, testing::Bool(),
                         [](const auto& info) { return info.param ? "serving" : "refusing"; });

}  // namespace
