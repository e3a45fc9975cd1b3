// SPDX-License-Identifier: GPL-3.0-only
//
// Control areas over a pager that delays, fails and reorders, against a model of bytes.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "executive/ke/page_in.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/mm/address_space.hpp"
#include "tests/host/executive/machine.hpp"
#include "tests/host/executive/slow_backing.hpp"

namespace {

using base::Ref;
using base::Task;
using mm::ControlArea;

constexpr uint64_t kPage = mm::kPageSize;
constexpr unsigned kSpaces = 3;

class AreaTest : public testing::Test {
protected:
    AreaTest() : quota(uint64_t{1} << 40) { machine(); }
    ~AreaTest() override { run_queued_work(); }

    void open(std::vector<uint8_t> disk, uint64_t size) {
        auto own = std::make_unique<SlowBacking>(std::move(disk));
        slow = own.get();
        uint64_t valid = slow->valid;
        area = std::move(*ControlArea::create(base::Own<mm::Backing>(own.release()), size));
        area->set_valid_length(valid);
    }
    // Until nothing is pending any more.
    void settle(NTSTATUS status = STATUS_SUCCESS) {
        for (run_queued_work(); !slow->pending.empty(); run_queued_work())
            slow->end(0, status);
    }
    NTSTATUS clean() {
        auto job = ke::Job::start([&] [[clang::coro_wrapper]] { return area->clean(0, UINT64_MAX); });
        settle();
        EXPECT_TRUE((*job)->done().happened());
        return (*job)->done().happened() ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    }

    ke::Quota quota;
    SlowBacking* slow = nullptr;
    Ref<ControlArea> area;
};

TEST_F(AreaTest, APageIsFetchedOnceForAll) {
    open(std::vector<uint8_t>(8 * kPage, 7), 8 * kPage);
    EXPECT_EQ(*area->page(2, ControlArea::Use::Read), mm::kNoFrame);
    auto first = area->fetch(2, 4);
    auto second = area->fetch(3, 1);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->get(), second->get());
    EXPECT_EQ(*area->page(3, ControlArea::Use::Write), mm::kNoFrame);
    ASSERT_EQ(slow->pending.size(), 1u);
    EXPECT_EQ(slow->pending[0]->frames.size(), 4u);
    slow->end(0, STATUS_SUCCESS);
    run_queued_work();
    EXPECT_TRUE((*first)->done().happened());
    mm::FrameNumber frame = *area->page(5, ControlArea::Use::Read);
    ASSERT_NE(frame, mm::kNoFrame);
    EXPECT_EQ(*mm::alias(frame), 7);
    EXPECT_EQ(*area->page(6, ControlArea::Use::Read), mm::kNoFrame);
    EXPECT_FALSE(area->is_dirty(5));
    // One that failed is not there.
    auto failing = area->fetch(6, 2);
    slow->end(0, STATUS_DEVICE_DATA_ERROR);
    run_queued_work();
    EXPECT_TRUE((*failing)->done().happened());
    EXPECT_EQ(*area->page(6, ControlArea::Use::Read), mm::kNoFrame);
    EXPECT_TRUE((*area->fetch(7, 1))->first() == 7);
    settle();
    EXPECT_NE(*area->page(7, ControlArea::Use::Read), mm::kNoFrame);
}

// The data is valid up to some byte: what is behind takes no read, and what is written behind is not a hole.
TEST_F(AreaTest, BehindTheValidDataAreZeros) {
    open(std::vector<uint8_t>(kPage + 100, 9), 40 * kPage);
    mm::FrameNumber frame = *area->page(30, ControlArea::Use::Write);
    ASSERT_NE(frame, mm::kNoFrame);
    EXPECT_TRUE(slow->pending.empty());
    mm::alias(frame)[5] = 'x';
    EXPECT_TRUE(area->is_dirty(30));
    EXPECT_EQ(clean(), STATUS_SUCCESS);
    EXPECT_FALSE(area->is_dirty(30));
    EXPECT_EQ(area->valid_length(), 31 * kPage);
    EXPECT_EQ(slow->valid, 31 * kPage);
    EXPECT_EQ(slow->byte(30 * kPage + 5), 'x');
    for (uint64_t at = kPage + 100; at < 30 * kPage; at += 13)
        ASSERT_EQ(slow->byte(at), 0) << at;
    EXPECT_EQ(slow->byte(kPage + 99), 9);
}

TEST_F(AreaTest, ATransferBehindTheNewEndEndsFirst) {
    open(std::vector<uint8_t>(16 * kPage, 3), 16 * kPage);
    auto transfer = area->fetch(9, 4);
    auto resized = area->resize(10 * kPage + 50);
    ASSERT_TRUE(resized);
    EXPECT_FALSE(*resized);
    EXPECT_EQ(area->in_flight(10), transfer->get());
    EXPECT_EQ(area->size(), 10 * kPage + 50);
    settle();
    EXPECT_TRUE(*area->resize(10 * kPage + 50));
    EXPECT_EQ(area->valid_length(), 10 * kPage + 50);
    ASSERT_TRUE(*area->resize(16 * kPage));
    uint8_t bytes[100];
    ASSERT_TRUE(area->read(10 * kPage, bytes));
    EXPECT_EQ(bytes[49], 3);
    EXPECT_EQ(bytes[50], 0);
    EXPECT_NE(*area->page(11, ControlArea::Use::Read), mm::kNoFrame);
}

TEST_F(AreaTest, SizesTakeNoMemory) {
    uint64_t free = mm::memory_counts().free_pages;
    {
        open({}, mm::kLargestFile);
        for (uint64_t page : {uint64_t{0}, uint64_t{1} << 20, (uint64_t{1} << 40) - 1})
            ASSERT_NE(*area->page(page, ControlArea::Use::Read), mm::kNoFrame);
        EXPECT_LT(free - mm::memory_counts().free_pages, 64u);
        for (uint64_t at = 0; at != UINT64_MAX;)
            at = area->trim(at, UINT64_MAX);
        EXPECT_EQ(area->look(1 << 20), mm::kNoFrame);
        EXPECT_TRUE(*area->resize(5));
        EXPECT_FALSE(area->resize(mm::kLargestFile + 1));
        area.reset();
    }
    run_queued_work();
    EXPECT_GE(mm::memory_counts().free_pages + 8, free);
}

// --- views

TEST_F(AreaTest, ViewsOfAPageAreFoundHoweverManyThereAre) {
    mm::AreaViews views;
    std::mt19937 random(5);
    std::vector<std::unique_ptr<mm::AreaView>> all;
    for (int i = 0; i < 3000; ++i) {
        auto view = std::make_unique<mm::AreaView>();
        view->first = random() % 1000;
        view->pages = 1 + (random() % 10 == 0 ? random() % 900 : random() % 4);
        views.add(*view);
        all.push_back(std::move(view));
        if (i % 3 == 0) {
            size_t victim = random() % all.size();
            views.remove(*all[victim]);
            all.erase(all.begin() + static_cast<ptrdiff_t>(victim));
        }
    }
    for (int i = 0; i < 200; ++i) {
        uint64_t first = random() % 1100;
        uint64_t end = first + 1 + random() % 20;
        std::set<mm::AreaView*> expected, found;
        for (auto& view : all)
            if (view->first < end && view->end() > first) expected.insert(view.get());
        mm::AreaViewKey from;
        while (mm::AreaView* view = views.next(from, first, end)) {
            EXPECT_TRUE(found.insert(view).second);
            from = {view->first, view->serial + 1};
        }
        ASSERT_EQ(found, expected);
    }
    for (auto& view : all)
        views.remove(*view);
}

TEST_F(AreaTest, AWriteFaultMakesDirtyAndCleaningTakesTheRightAway) {
    open(std::vector<uint8_t>(4 * kPage, 1), 4 * kPage);
    (void)area->fetch(0, 4);
    settle();
    auto section = mm::Section::create_data(0, PAGE_READWRITE, SEC_COMMIT, area);
    ASSERT_TRUE(section);
    auto space = std::move(*mm::AddressSpace::create(quota));
    uint64_t base = space->map(**section, 0, 0, 0, 0, PAGE_READWRITE)->base;
    auto writable = [&](uint64_t page) {
        return machine().mapping(space->vspace(), base + page * kPage).writable;
    };
    EXPECT_EQ(space->fault(base, ke::Access::Read), STATUS_SUCCESS);
    EXPECT_FALSE(writable(0));
    EXPECT_FALSE(area->is_dirty(0));
    EXPECT_EQ(space->fault(base, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_TRUE(writable(0) && area->is_dirty(0));
    auto job = ke::Job::start([&] [[clang::coro_wrapper]] { return area->clean(0, 4); });
    run_queued_work();
    ASSERT_EQ(slow->pending.size(), 1u);
    EXPECT_FALSE(writable(0));
    EXPECT_FALSE(area->is_dirty(0));
    // Written meanwhile: it will have to be written again.
    EXPECT_EQ(space->fault(base, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_TRUE(writable(0) && area->is_dirty(0));
    slow->end(0, STATUS_SUCCESS);
    run_queued_work();
    EXPECT_TRUE(area->is_dirty(0));
    settle(STATUS_DEVICE_DATA_ERROR);
    EXPECT_TRUE(area->is_dirty(0));
    EXPECT_EQ(clean(), STATUS_SUCCESS);
    EXPECT_FALSE(area->is_dirty(0));
    // A copy is the process's own and nobody's file.
    uint64_t copy = space->map(**section, 0, 0, 0, 0, PAGE_WRITECOPY)->base;
    EXPECT_EQ(space->fault(copy + kPage, ke::Access::Write), STATUS_SUCCESS);
    EXPECT_FALSE(area->is_dirty(1));
}

// --- everything at once

class Mixed : public AreaTest {
protected:
    static constexpr uint64_t kMapped = 40 * kPage;

    uint8_t& expected(uint64_t offset) { return model.at(offset); }
    uint8_t random_byte() { return static_cast<uint8_t>(random() % 251); }
    // False: the page could not be had.
    Task<NTSTATUS> bring(uint64_t page) {
        auto transfer = area->fetch(page, 1 + random() % 20);
        if (!transfer) co_return transfer.error();
        Ref<mm::Transfer> keep = *transfer;
        co_return co_await keep->done();
    }
    Task<NTSTATUS> through_view(bool write) {
        mm::AddressSpace& space = *spaces[random() % kSpaces];
        uint64_t offset = random() % kMapped;
        for (;;) {
            auto byte = space.page(views[&space] + offset, write ? ke::Access::Write : ke::Access::Read);
            if (byte && write) {
                **byte = expected(offset) = random_byte();
            } else if (byte) {
                EXPECT_EQ(**byte, expected(offset)) << offset;
            }
            if (byte) co_return STATUS_SUCCESS;
            auto page = ke::PageIn::take(byte.error());
            EXPECT_TRUE(page);
            if (!page) co_return byte.error();
            if (NTSTATUS status = co_await page->wait()) co_return status;
        }
    }
    Task<NTSTATUS> cached_write() {
        uint64_t offset = random() % area->size();
        for (;;) {
            auto frame = area->page(offset / kPage, ControlArea::Use::Write);
            if (*frame != mm::kNoFrame) {
                mm::alias(*frame)[offset % kPage] = expected(offset) = random_byte();
                co_return STATUS_SUCCESS;
            }
            if (NTSTATUS status = co_await bring(offset / kPage)) co_return status;
        }
    }
    Task<NTSTATUS> cached_read() {
        uint64_t offset = random() % area->size();
        std::vector<uint8_t> bytes(std::min<uint64_t>(area->size() - offset, random() % 9000));
        while (!area->read(offset, bytes))
            if (NTSTATUS status = co_await bring(area->missed())) co_return status;
        for (size_t i = 0; i < bytes.size(); ++i)
            if (bytes[i] != expected(offset + i)) {
                ADD_FAILURE() << "byte " << offset + i;
                break;
            }
        co_return STATUS_SUCCESS;
    }
    Task<NTSTATUS> resize(uint64_t size) {
        for (;;) {
            auto done = area->resize(size);
            if (!done) co_return done.error();
            if (*done) break;
            Ref<mm::Transfer> transfer(*area->in_flight(size / kPage));
            co_await transfer->done();
            // Somebody else may have changed it meanwhile.
            if (area->size() != size) co_return STATUS_RETRY;
        }
        model.resize(size);
        co_return STATUS_SUCCESS;
    }
    [[clang::coro_wrapper]] Task<NTSTATUS> flush() {
        uint64_t first = random() % (area->size() / kPage + 1);
        return area->clean(first, first + random() % 30);
    }
    [[clang::coro_wrapper]] Task<NTSTATUS> act() {
        unsigned what = random() % 16;
        if (what < 4) return through_view(true);
        if (what < 8) return through_view(false);
        if (what < 10) return cached_write();
        if (what < 13) return cached_read();
        if (what < 14) return flush();
        if (what == 14) return resize(area->size() + random() % (4 * kPage));
        (void)area->trim(0, UINT64_MAX);
        return STATUS_SUCCESS;
    }
    Task<NTSTATUS> actor(unsigned acts) {
        while (acts-- > 0)
            failures += co_await act() != STATUS_SUCCESS;
        --actors;
        co_return STATUS_SUCCESS;
    }
    // Requests end in any order, and one in so many fails.
    void run(unsigned count, unsigned acts) {
        std::vector<Ref<ke::Job>> jobs;
        for (actors = count; count > 0; --count)
            jobs.push_back(*ke::Job::start([&] [[clang::coro_wrapper]] { return actor(acts); }));
        for (run_queued_work(); actors > 0; run_queued_work()) {
            ASSERT_FALSE(slow->pending.empty()) << "somebody waits for nothing";
            slow->end(random() % slow->pending.size(),
                      random() % 8 == 0 ? STATUS_DEVICE_DATA_ERROR : STATUS_SUCCESS);
        }
    }
    // No view may write a page on its way to the disk, but where it is known already that it must go again.
    void check_views(uint64_t first, uint64_t count) {
        for (auto& space : spaces)
            for (uint64_t page = first; page < first + count && page * kPage < kMapped; ++page) {
                uint64_t address = views[space.get()] + page * kPage;
                EXPECT_TRUE(area->is_dirty(page) || !machine().mapping(space->vspace(), address).writable);
            }
    }
    void compare_with_disk() {
        EXPECT_EQ(clean(), STATUS_SUCCESS);
        for (uint64_t at = 0; at < model.size(); ++at)
            ASSERT_EQ(slow->byte(at), model[at]) << at;
    }

    std::mt19937 random;
    std::vector<uint8_t> model;
    std::vector<base::Own<mm::AddressSpace>> spaces;
    std::map<mm::AddressSpace*, uint64_t> views;
    unsigned actors = 0;
    unsigned failures = 0;
};

TEST_F(Mixed, ReadWrittenMappedExtendedAndFlushedByMany) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        random.seed(seed);
        std::vector<uint8_t> disk(random() % kMapped);
        for (uint8_t& byte : disk)
            byte = random_byte();
        model = disk;
        model.resize(kMapped + random() % kPage);
        open(disk, model.size());
        slow->write_begins = [&](uint64_t first, uint64_t count) { check_views(first, count); };
        auto section = mm::Section::create_data(kMapped, PAGE_READWRITE, SEC_COMMIT, area);
        ASSERT_TRUE(section);
        for (unsigned i = 0; i < kSpaces; ++i) {
            spaces.push_back(std::move(*mm::AddressSpace::create(quota)));
            views[spaces.back().get()] = spaces.back()->map(**section, 0, 0, 0, 0, PAGE_READWRITE)->base;
        }
        failures = 0;
        run(8, 200);
        EXPECT_GT(failures, 0u);
        compare_with_disk();
        spaces.clear();
        views.clear();
        section->reset();
        area.reset();
        run_queued_work();
    }
}

// Without sections it may become smaller too, while pages come and go.
TEST_F(Mixed, TruncatedWhilePagesAreOnTheirWay) {
    random.seed(99);
    model.assign(20 * kPage, 5);
    open(model, model.size());
    for (unsigned round = 0; round < 200; ++round) {
        auto in = area->fetch(random() % 20, 8);
        auto frame = area->page(random() % 20, ControlArea::Use::Write);
        (void)frame;
        auto out = ke::Job::start([&] [[clang::coro_wrapper]] { return area->clean(0, UINT64_MAX); });
        uint64_t size = 1 + random() % (24 * kPage);
        auto sized = ke::Job::start([&] [[clang::coro_wrapper]] { return resize(size); });
        for (run_queued_work(); !slow->pending.empty(); run_queued_work()) {
            slow->end(random() % slow->pending.size(),
                      random() % 4 == 0 ? STATUS_DEVICE_DATA_ERROR : STATUS_SUCCESS);
        }
        ASSERT_TRUE((*sized)->done().happened() && (*out)->done().happened());
        ASSERT_EQ(area->size(), size);
    }
    compare_with_disk();
}

}  // namespace
