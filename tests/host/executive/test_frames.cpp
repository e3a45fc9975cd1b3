// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/heap.hpp"
#include "executive/mm/kept_pages.hpp"
#include "executive/mm/neighbours.hpp"
#include "executive/mm/slots.hpp"
#include "executive/mm/sources.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

TEST(Frames, ComeZeroedAndAlone) {
    machine();
    auto frame = mm::allocate_frame();
    ASSERT_TRUE(frame);
    for (unsigned i = 0; i < mm::kPageSize; ++i)
        ASSERT_EQ(mm::alias(*frame)[i], 0);
    memset(mm::alias(*frame), 0xa5, mm::kPageSize);
    mm::release_frame(*frame);
    auto again = mm::allocate_frame();
    ASSERT_TRUE(again);
    EXPECT_EQ(mm::alias(*again)[100], 0);
    mm::release_frame(*again);
}

// When nobody has had the time to make it ready: no single page pays for a whole chunk.
TEST(Frames, AreTakenAheadOfNeedEvenWhereNothingIsReady) {
    fake::Kernel& kernel = machine();
    constexpr size_t kFirst = 1000;
    constexpr size_t kAll = 6000;
    std::vector<mm::FrameNumber> frames;
    uint64_t most = 0;
    while (frames.size() < kAll) {
        uint64_t before = kernel.invocations;
        auto frame = mm::allocate_frame();
        ASSERT_TRUE(frame);
        frames.push_back(*frame);
        if (frames.size() > kFirst) most = std::max(most, kernel.invocations - before);
    }
    for (mm::FrameNumber frame : frames)
        mm::release_frame(frame);
    // Its own three, and those of one step.
    EXPECT_LE(most, 16u);
}

// The helper thread's part is played here: whatever is made ready is used afterwards, from its base on.
TEST(Frames, AreMadeReadyAheadOfNeed) {
    machine();
    unsigned made = 0;
    while (uint64_t untyped = mm::prime_next()) {
        ASSERT_EQ(mm::cspace().retype_into(untyped, seL4_EndpointObject, 0, mm::priming_slot()),
                  seL4_NoError);
        ++made;
    }
    EXPECT_GT(made, 1u);
    EXPECT_EQ(mm::prime_next(), 0u);
    mm::Piece piece{};
    ASSERT_TRUE(mm::next_piece(piece, false));
}

class Neighbours : public testing::Test {
protected:
    Neighbours() : ticks(std::exchange(ke::slice_ticks, 0)) { machine(); }
    ~Neighbours() override { ke::slice_ticks = ticks; }

    // In slices, each of which is short.
    base::Result<base::Ref<mm::FrameRun>> make(uint64_t count, mm::Neighbours::Where where = {}) {
        mm::Neighbours neighbours(count, where);
        for (base::Result<bool> made = false; !*made;) {
            uint64_t before = machine().invocations;
            made = neighbours.make();
            most = std::max(most, machine().invocations - before);
            if (!made) return made.failure();
        }
        return neighbours.take();
    }
    static void expect_run(const mm::FrameRun& run) {
        for (uint64_t i = 0; i < run.count(); ++i) {
            ASSERT_EQ(mm::physical_address(run.frame(i)), run.physical() + i * mm::kPageSize);
            ASSERT_EQ(mm::frame_references(run.frame(i)), 1u);
            memset(mm::alias(run.frame(i)), 0x77, mm::kPageSize);
        }
    }
    uint64_t ticks;
    uint64_t most = 0;
};

TEST_F(Neighbours, InSlices) {
    uint64_t free = 0;
    for (unsigned round = 0; round < 3; ++round) {
        auto run = make(256);
        ASSERT_TRUE(run);
        expect_run(**run);
        run->reset();
        run_queued_work();
        if (round == 1) free = mm::free_page_count();
    }
    EXPECT_EQ(mm::free_page_count(), free);
    EXPECT_LE(most, 16u);
}

// As many as one of the machine's pieces of RAM holds, whatever its pages were used for before.
TEST_F(Neighbours, AreManyAlsoWhenAllPagesWereInUse) {
    constexpr uint64_t kMany = (64 << 20) / mm::kPageSize;
    for (unsigned round = 0; round < 2; ++round) {
        std::vector<mm::FrameNumber> frames;
        while (auto frame = mm::allocate_frame())
            frames.push_back(*frame);
        EXPECT_FALSE(make(2));
        // Every other one first.
        for (size_t i = 0; i < frames.size(); i += 2)
            mm::release_frame(frames[i]);
        EXPECT_FALSE(make(kMany));
        for (size_t i = 1; i < frames.size(); i += 2)
            mm::release_frame(frames[i]);
        uint64_t free = mm::free_page_count();
        auto run = make(kMany);
        ASSERT_TRUE(run);
        EXPECT_EQ(mm::free_page_count(), free - kMany);
        expect_run(**run);
        run->reset();
        run_queued_work();
        EXPECT_EQ(mm::free_page_count(), free);
    }
    EXPECT_LE(most, 32u);
}

TEST_F(Neighbours, LieWhereTheyAreWanted) {
    constexpr uint64_t kCount = 100, kBytes = kCount * mm::kPageSize;
    auto anywhere = make(kCount);
    ASSERT_TRUE(anywhere);
    uint64_t middle = (*anywhere)->physical() + 50 * mm::kPageSize;
    anywhere->reset();
    run_queued_work();
    auto below = make(kCount, {.highest = middle - 1});
    if (below) EXPECT_LE((*below)->physical() + kBytes, middle);
    auto above = make(kCount, {.lowest = middle + 1});
    ASSERT_TRUE(above);
    EXPECT_GT((*above)->physical(), middle);
    uint64_t start = (*above)->physical();
    above->reset();
    run_queued_work();
    auto exactly = make(kCount, {.lowest = start, .highest = start + kBytes - 1});
    ASSERT_TRUE(exactly);
    EXPECT_EQ((*exactly)->physical(), start);
    EXPECT_FALSE(make(kCount, {.lowest = start, .highest = start + kBytes - 1}));
    EXPECT_FALSE(make(kCount, {.lowest = start, .highest = start + kBytes - 2}));
    constexpr uint64_t kBoundary = 512 << 10;
    for (unsigned i = 0; i < 4; ++i) {
        auto within = make(kCount, {.boundary = kBoundary});
        ASSERT_TRUE(within);
        uint64_t first = (*within)->physical();
        EXPECT_EQ(first / kBoundary, (first + kBytes - 1) / kBoundary);
    }
    EXPECT_FALSE(make(kCount, {.boundary = 64 << 10}));
}

// However much of the dead's memory must come back before there is enough, a turn takes a slice of it.
TEST(Frames, OfTheDeadComeBackInSlices) {
    machine();
    constexpr uint64_t kDead = 2000;
    constexpr uint64_t kPromised = 1000;
    auto dead = MUST(base::make_own<mm::KeptPages>());
    for (uint64_t page = 0; page < kDead; ++page)
        *MUST(dead->store.make(page)) = MUST(mm::allocate_frame());
    ASSERT_TRUE(mm::commit_pages(kPromised));
    std::vector<mm::FrameNumber> others;
    while (auto frame = mm::allocate_frame())
        others.push_back(*frame);
    const uint64_t ticks = std::exchange(ke::slice_ticks, 0);
    mm::bury(std::move(dead));
    unsigned waits = 0;
    for (uint64_t free = mm::free_page_count();; free = mm::free_page_count()) {
        auto frame = mm::allocate_client_frame();
        EXPECT_LE(mm::free_page_count() - free, 32u);
        if (frame) {
            mm::release_frame(*frame);
            break;
        }
        ASSERT_EQ(frame.error(), STATUS_IN_PAGE_ERROR);
        ASSERT_TRUE(ke::PageIn::take(frame.error()));
        ++waits;
    }
    EXPECT_GE(waits, kPromised / 32);
    run_queued_work();
    EXPECT_GE(mm::free_page_count(), kDead);
    ke::slice_ticks = ticks;
    mm::uncommit_pages(kPromised);
    for (mm::FrameNumber frame : others)
        mm::release_frame(frame);
}

// The same of a page that was promised: it is not looked for among the dead's for more than a turn, of whose
// pages others may hold all but those of its bookkeeping as well.
TEST(Frames, PromisedOnesComeBackInSlices) {
    machine();
    constexpr uint64_t kShared = 2000;
    auto dead = MUST(base::make_own<mm::KeptPages>());
    std::vector<mm::FrameNumber> shared;
    for (uint64_t page = 0; page < kShared; ++page) {
        shared.push_back(MUST(mm::allocate_frame()));
        mm::add_frame(*MUST(dead->store.make(page)) = shared.back());
    }
    ASSERT_TRUE(mm::commit_pages(1));
    std::vector<mm::FrameNumber> others;
    while (auto frame = mm::allocate_frame())
        others.push_back(*frame);
    const uint64_t ticks = std::exchange(ke::slice_ticks, 0);
    mm::bury(std::move(dead));
    unsigned waits = 0;
    auto frame = mm::allocate_promised_frame();
    for (; !frame; frame = mm::allocate_promised_frame(), ++waits) {
        ASSERT_EQ(frame.error(), STATUS_IN_PAGE_ERROR);
        ASSERT_TRUE(ke::PageIn::take(frame.error()));
    }
    EXPECT_GE(waits, kShared / 64);
    mm::release_promised_frame(*frame);
    mm::uncommit_pages(1);
    run_queued_work();
    ke::slice_ticks = ticks;
    for (const auto& held : {others, shared})
        for (mm::FrameNumber other : held)
            mm::release_frame(other);
}

TEST(Frames, AllOfThemAndBack) {
    machine();
    // The bookkeeping of what is taken stays; the second round must not need more.
    uint64_t left = 0;
    for (int round = 0; round < 3; ++round) {
        std::set<mm::FrameNumber> frames;
        std::set<uint64_t> addresses;
        while (auto frame = mm::allocate_frame()) {
            EXPECT_TRUE(frames.insert(*frame).second);
            EXPECT_TRUE(addresses.insert(mm::physical_address(*frame)).second);
            memcpy(mm::alias(*frame), &*frame, sizeof *frame);
        }
        // More than 64 chunks: taking one never needs memory that only another could give.
        EXPECT_GT(frames.size(), 54000u);
        for (mm::FrameNumber frame : frames)
            EXPECT_EQ(memcmp(mm::alias(frame), &frame, sizeof frame), 0);
        for (mm::FrameNumber frame : frames)
            mm::release_frame(frame);
        uint64_t now = mm::memory_counts().free_pages;
        if (round > 0) EXPECT_EQ(now, left);
        left = now;
    }
}

TEST(Frames, CountReferences) {
    machine();
    auto frame = mm::allocate_frame();
    ASSERT_TRUE(frame);
    uint64_t free = mm::memory_counts().free_pages;
    mm::add_frame(*frame);
    mm::release_frame(*frame);
    EXPECT_EQ(mm::memory_counts().free_pages, free);
    EXPECT_EQ(mm::frame_references(*frame), 1u);
    mm::release_frame(*frame);
    EXPECT_EQ(mm::memory_counts().free_pages, free + 1);
}

TEST(Frames, OfTheBootImageAreItsPages) {
    uint64_t start = machine().image_start();
    auto* page = reinterpret_cast<uint8_t*>(start + 3 * mm::kPageSize);
    mm::FrameNumber frame = mm::boot_frame(page);
    EXPECT_EQ(mm::alias(frame), page);
    mm::release_frame(frame);
}

// W^X: nothing of the Executive's is both written and executed, its aliases of clients' pages included.
TEST(Frames, OfTheExecutiveAreWrittenOrExecuted) {
    mm::BootImage image = machine().image();
    auto expect = [](uint64_t start, uint64_t end, bool writable, bool executable) {
        for (uint64_t at = start; at < end; at += mm::kPageSize) {
            fake::Kernel::Mapping mapping = machine().mapping(seL4_CapInitThreadVSpace, at);
            EXPECT_TRUE(mapping.mapped);
            EXPECT_EQ(mapping.writable, writable) << at - machine().image_start();
            EXPECT_EQ(mapping.executable, executable) << at - machine().image_start();
        }
    };
    expect(image.start, image.constants, false, true);
    expect(image.constants, image.data, false, false);
    expect(image.data, image.stack_guard, true, false);
    EXPECT_FALSE(machine().mapping(seL4_CapInitThreadVSpace, image.stack_guard).mapped);
    expect(image.stack_guard + mm::kPageSize, image.archive, true, false);
    expect(image.archive, image.end, false, false);
    auto information = reinterpret_cast<uint64_t>(&machine().boot_info());
    expect(information, information + mm::kPageSize, false, false);
    auto frame = mm::allocate_frame();
    ASSERT_TRUE(frame);
    auto alias = reinterpret_cast<uint64_t>(mm::alias(*frame));
    expect(alias, alias + mm::kPageSize, true, false);
    mm::release_frame(*frame);
}

TEST(Slots, NoneTwice) {
    machine();
    std::set<uint64_t> pointers;
    std::vector<mm::SlotNumber> slots;
    for (int i = 0; i < 9000; ++i) {
        auto slot = mm::take_slot();
        ASSERT_TRUE(slot);
        EXPECT_TRUE(pointers.insert(mm::slot_pointer(*slot)).second);
        EXPECT_EQ(mm::slot_number(mm::slot_pointer(*slot)), *slot);
        slots.push_back(*slot);
    }
    for (mm::SlotNumber slot : slots)
        mm::give_slot(slot);
}

// Slots for shared pages are fewer than the pages that can be mapped. The last ones go from page to page:
// nothing that is there is lost, and a page that is locked keeps its own.
TEST(Slots, OfSharedPagesGoFromPageToPage) {
    machine();
    constexpr uint64_t kPage = mm::kPageSize;
    ke::Quota quota(uint64_t{1} << 40);
    auto space = std::move(*mm::AddressSpace::create(quota));
    constexpr uint64_t kPages = 32;
    auto section = mm::Section::create_data(kPages * kPage, PAGE_READWRITE, SEC_COMMIT);
    ASSERT_TRUE(section);
    uint64_t base = space->map(**section, 0, 0, 0, 0, PAGE_READWRITE)->base;
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(other);
    uint64_t there = (*other)->map(**section, 0, 0, 0, 0, PAGE_READONLY)->base;
    for (uint64_t i = 0; i < kPages; ++i) {
        ASSERT_TRUE(space->copy_out(base + i * kPage, &i, sizeof i));
        ASSERT_EQ((*other)->fault(there + i * kPage, ke::Access::Read), STATUS_SUCCESS);
    }
    mm::Progress progress;
    ASSERT_TRUE(space->lock(base, kPage, progress));
    while (progress.more)
        ASSERT_TRUE(space->lock(base, kPage, progress));
    std::vector<mm::SlotNumber> slots;
    while (auto slot = mm::take_slot())
        slots.push_back(*slot);
    EXPECT_TRUE(machine().mapping(space->vspace(), base).mapped);
    for (uint64_t i = 1; i < kPages; ++i) {
        EXPECT_FALSE(machine().mapping(space->vspace(), base + i * kPage).mapped);
        EXPECT_FALSE(machine().mapping((*other)->vspace(), there + i * kPage).mapped);
    }
    EXPECT_NE(space->fault(base + kPage, ke::Access::Read), STATUS_SUCCESS);
    mm::give_slot(slots.back());
    slots.pop_back();
    for (int round = 0; round < 2; ++round) {
        for (uint64_t i = 1; i < kPages; ++i) {
            mm::AddressSpace& in = i % 2 ? *space : **other;
            uint64_t at = (i % 2 ? base : there) + i * kPage, value = 0;
            EXPECT_EQ(in.fault(at, ke::Access::Read), STATUS_SUCCESS);
            EXPECT_TRUE(machine().mapping(in.vspace(), at).mapped);
            EXPECT_TRUE(in.copy_in(&value, at, sizeof value));
            EXPECT_EQ(value, i);
        }
    }
    EXPECT_TRUE(machine().mapping(space->vspace(), base).mapped);
    for (mm::SlotNumber slot : slots)
        mm::give_slot(slot);
    ASSERT_TRUE(space->unmap(base));
    ASSERT_TRUE((*other)->unmap(there));
}

// However many large blocks were freed at once, their addresses are used again.
TEST(Heap, LosesNoAddresses) {
    machine();
    constexpr size_t kSize = 5000;
    constexpr unsigned kBlocks = 300;
    std::set<void*> first;
    for (int round = 0; round < 3; ++round) {
        std::vector<void*> blocks;
        for (unsigned i = 0; i < kBlocks; ++i)
            blocks.push_back(mm::heap_allocate(kSize));
        if (round == 0) first.insert(blocks.begin(), blocks.end());
        for (void* block : blocks) {
            ASSERT_NE(block, nullptr);
            EXPECT_EQ(first.count(block), 1u);
            mm::heap_free(block);
        }
    }
}

// Whoever holds blocks of the size of the longest name does not make the next such name dear: the page that
// it would be mapped to is there already.
TEST(Heap, HasRoomForTheLongestNames) {
    fake::Kernel& kernel = machine();
    constexpr size_t kName = 0x10000;
    std::vector<void*> held;
    for (unsigned i = 0; i < 6; ++i) {
        run_queued_work();
        unsigned before = kernel.mapped_pages(seL4_CapInitThreadVSpace);
        held.push_back(mm::heap_allocate(kName));
        ASSERT_NE(held.back(), nullptr);
        EXPECT_EQ(kernel.mapped_pages(seL4_CapInitThreadVSpace), before);
    }
    for (void* block : held)
        mm::heap_free(block);
}

TEST(Heap, KeepsWhatIsWritten) {
    machine();
    struct Block {
        uint8_t* data;
        size_t size;
        uint8_t fill;
    };
    std::vector<Block> blocks;
    uint32_t random = 12345;
    for (int step = 0; step < 20000; ++step) {
        random = random * 1664525 + 1013904223;
        if (blocks.size() < 300 && random % 3 != 0) {
            size_t size = (random >> 8) % 40 == 0 ? (random >> 12) % 40000 : (random >> 12) % 600;
            auto* data = static_cast<uint8_t*>(mm::heap_allocate(size));
            ASSERT_NE(data, nullptr);
            ASSERT_EQ(reinterpret_cast<uint64_t>(data) % 16, 0u);
            blocks.push_back({data, size, static_cast<uint8_t>(random >> 24)});
            memset(data, blocks.back().fill, size);
        } else if (!blocks.empty()) {
            size_t index = (random >> 8) % blocks.size();
            Block block = blocks[index];
            for (size_t i = 0; i < block.size; ++i)
                ASSERT_EQ(block.data[i], block.fill);
            mm::heap_free(block.data);
            blocks[index] = blocks.back();
            blocks.pop_back();
        }
    }
    for (const Block& block : blocks)
        mm::heap_free(block.data);
}

}  // namespace
