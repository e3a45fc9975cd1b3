// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "executive/mm/address_space.hpp"
#include "executive/mm/regions.hpp"
#include "tests/host/executive/machine.hpp"

namespace {

constexpr uint64_t kPage = mm::kPageSize;
constexpr uint64_t kBlock = MM_ALLOCATION_GRANULARITY;
constexpr uint64_t kTera = uint64_t{1} << 40;

class Far : public testing::Test {
protected:
    Far() : quota(uint64_t{1} << 60) {
        machine();
        auto made = mm::AddressSpace::create(quota);
        EXPECT_TRUE(made);
        space = std::move(*made);
    }
    NTSTATUS commit(uint64_t base, uint64_t size, uint32_t protection = PAGE_READWRITE) {
        auto done = space->allocate(base, size, MEM_COMMIT, protection);
        return done ? STATUS_SUCCESS : done.error();
    }
    uint32_t state(uint64_t address) { return space->query(address)->State; }

    ke::Quota quota;
    base::Own<mm::AddressSpace> space;
};

TEST_F(Far, SixteenTebibytesAreReservedCommittedInPlacesAndGivenBack) {
    auto range = space->allocate(0, 33 * kTera, MEM_RESERVE, PAGE_READWRITE);
    ASSERT_TRUE(range);
    uint64_t base = range->base;
    // 2^32 pages on, and at the end: pages of their own, not those that a short number would name.
    for (uint64_t offset : {uint64_t{0}, 16 * kTera, 32 * kTera + 5 * kPage, 33 * kTera - kPage}) {
        EXPECT_EQ(state(base + offset), uint32_t{MEM_RESERVE});
        EXPECT_EQ(space->fault(base + offset, ke::Access::Write), STATUS_ACCESS_VIOLATION);
        uint64_t before = space->counters().committed;
        EXPECT_EQ(commit(base + offset, kPage), STATUS_SUCCESS);
        EXPECT_EQ(space->counters().committed, before + 1);
        EXPECT_EQ(space->fault(base + offset, ke::Access::Write), STATUS_SUCCESS);
        EXPECT_EQ(space->query(base + offset)->RegionSize, kPage);
    }
    EXPECT_EQ(space->query(base + kPage)->RegionSize, 16 * kTera - kPage);
    EXPECT_EQ(commit(base, 33 * kTera), STATUS_COMMITMENT_LIMIT);
    EXPECT_EQ(space->counters().committed, 4u);
    auto cut = space->free(base + kBlock, 16 * kTera - kBlock, MEM_RELEASE);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->size, 16 * kTera - kBlock);
    EXPECT_EQ(space->query(base + kBlock)->RegionSize, 16 * kTera - kBlock);
    EXPECT_EQ(space->counters().virtual_size, 17 * kTera + kBlock);
    ASSERT_TRUE(space->free(base + 33 * kTera - kPage, kPage, MEM_DECOMMIT));
    EXPECT_EQ(space->counters().committed, 3u);
    ASSERT_TRUE(space->free(base, 0, MEM_RELEASE));
    ASSERT_TRUE(space->free(base + 16 * kTera, 0, MEM_RELEASE));
    EXPECT_EQ(space->counters().committed, 0u);
    EXPECT_EQ(space->counters().virtual_size, 0u);
    EXPECT_EQ(quota.used(), 0u);
}

TEST_F(Far, SizesAtTheEndsOfNumbersAreRefused) {
    for (uint64_t size : {uint64_t{1} << 47, ~uint64_t{0}, ~uint64_t{0} - kPage + 2, uint64_t{1} << 63,
                          (uint64_t{1} << 44) * kPage}) {
        EXPECT_FALSE(space->allocate(0, size, MEM_RESERVE, PAGE_READWRITE)) << size;
        EXPECT_FALSE(space->allocate(0, size, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE)) << size;
        EXPECT_FALSE(space->allocate(kBlock, size, MEM_RESERVE, PAGE_READWRITE)) << size;
        EXPECT_FALSE(space->protect(kBlock, size, PAGE_READONLY)) << size;
        EXPECT_FALSE(space->free(kBlock, size, MEM_RELEASE)) << size;
        EXPECT_FALSE(pin(*space, kBlock, size, ke::Access::Read)) << size;
    }
    EXPECT_FALSE(space->shown(~uint64_t{0} - 5, 3));
    EXPECT_FALSE(space->unmap(~uint64_t{0}));
    EXPECT_FALSE(space->query(~uint64_t{0}));
    auto section = mm::Section::create_data(5 * kPage, PAGE_READWRITE, SEC_COMMIT);
    ASSERT_TRUE(section);
    for (uint64_t size : {~uint64_t{0}, ~uint64_t{0} - kPage + 2, uint64_t{1} << 47, 5 * kPage + 1})
        EXPECT_FALSE(space->map(**section, 0, 0, size, 0, PAGE_READWRITE)) << size;
    // All there is.
    uint64_t all = ke::kHighestUserAddress + 1 - ke::kLowestUserAddress;
    ASSERT_TRUE(space->allocate(ke::kLowestUserAddress, all, MEM_RESERVE, PAGE_READWRITE));
    EXPECT_FALSE(space->allocate(0, kPage, MEM_RESERVE, PAGE_READWRITE));
    EXPECT_EQ(commit(ke::kHighestUserAddress + 1 - kPage, kPage), STATUS_SUCCESS);
    ASSERT_TRUE(space->free(ke::kLowestUserAddress, 0, MEM_RELEASE));
    EXPECT_EQ(space->counters().committed, 0u);
}

TEST_F(Far, LargeSectionsTakeWhatIsTouched) {
    uint64_t free = mm::memory_counts().free_pages;
    auto section = mm::Section::create_data(20 * kTera, PAGE_READWRITE, SEC_RESERVE);
    ASSERT_TRUE(section);
    auto view = space->map(**section, 0, 0, 0, 0, PAGE_READWRITE);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->size, 20 * kTera);
    EXPECT_EQ(commit(view->base + 18 * kTera, kPage), STATUS_SUCCESS);
    uint32_t value = 77;
    ASSERT_TRUE(space->copy_out(view->base + 18 * kTera, &value, sizeof value));
    EXPECT_LT(free - mm::memory_counts().free_pages, 600u);
    ASSERT_TRUE(space->unmap(view->base));
    auto again = space->map(**section, 0, 18 * kTera, kPage, 0, PAGE_READONLY);
    ASSERT_TRUE(again);
    EXPECT_EQ(commit(again->base, kPage, PAGE_READONLY), STATUS_SUCCESS);
    value = 0;
    ASSERT_TRUE(space->copy_in(&value, again->base, sizeof value));
    EXPECT_EQ(value, 77u);
    EXPECT_EQ(mm::Section::create_data(16 * kTera, PAGE_READWRITE, SEC_COMMIT).error(),
              STATUS_COMMITMENT_LIMIT);
}

// No slice makes more than a handful of kernel calls, and what it leaves is of one piece.
TEST_F(Far, LongCallsAreMadeInSlices) {
    constexpr uint64_t kPages = 3000;
    auto range = space->allocate(0, kPages * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ASSERT_TRUE(range);
    for (uint64_t i = 0; i < kPages; ++i)
        ASSERT_EQ(space->fault(range->base + i * kPage, ke::Access::Write), STATUS_SUCCESS);
    uint64_t resident = space->counters().resident;
    auto slices = [&](auto call) {
        mm::Progress progress;
        unsigned count = 0;
        do {
            uint64_t before = machine().invocations;
            call(progress);
            EXPECT_LE(machine().invocations - before, 50u);
            ++count;
        } while (progress.more);
        return count;
    };
    EXPECT_GT(slices([&](mm::Progress& p) {
                  auto changed = space->protect(range->base, kPages * kPage, PAGE_READONLY, p);
                  ASSERT_TRUE(changed);
                  EXPECT_EQ(changed->old_protection, uint32_t{PAGE_READWRITE});
              }),
              100u);
    EXPECT_EQ(space->fault(range->base + kPages / 2 * kPage, ke::Access::Write), STATUS_ACCESS_VIOLATION);
    EXPECT_GT(slices([&](mm::Progress& p) {
                  ASSERT_TRUE(space->free(range->base, kPages / 2 * kPage, MEM_DECOMMIT, p));
              }),
              50u);
    EXPECT_EQ(space->counters().committed, kPages - kPages / 2);
    unsigned seen = 0;
    EXPECT_GT(slices([&](mm::Progress& p) {
                  auto freed = space->free(range->base, 0, MEM_RELEASE, p);
                  ASSERT_TRUE(freed);
                  EXPECT_EQ(freed->size, kPages * kPage);
                  if (!p.more) return;
                  // Gone for everybody, but not to be had yet.
                  ++seen;
                  EXPECT_EQ(state(range->base), uint32_t{MEM_FREE});
                  EXPECT_EQ(space->fault(range->base + (kPages - 1) * kPage, ke::Access::Read),
                            STATUS_ACCESS_VIOLATION);
                  EXPECT_EQ(space->free(range->base, 0, MEM_RELEASE).error(), STATUS_MEMORY_NOT_ALLOCATED);
                  EXPECT_EQ(space->allocate(range->base, kPage, MEM_RESERVE, PAGE_READWRITE).error(),
                            STATUS_CONFLICTING_ADDRESSES);
              }),
              20u);
    EXPECT_GT(seen, 10u);
    EXPECT_EQ(space->counters().committed, 0u);
    EXPECT_GT(resident, space->counters().resident + kPages - 10);
}

TEST_F(Far, LocksEndAtTheWorkingSet) {
    auto range = space->allocate(0, 100 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ASSERT_TRUE(range);
    auto lock = [&](uint64_t first, uint64_t pages) {
        mm::Progress progress;
        for (;;) {
            auto locked = space->lock(range->base + first * kPage, pages * kPage, progress);
            if (!locked) return locked.error();
            if (!progress.more) return locked->before ? STATUS_WAS_LOCKED : STATUS_SUCCESS;
        }
    };
    auto unlock = [&](uint64_t first, uint64_t pages) {
        mm::Progress progress;
        for (;;) {
            auto unlocked = space->unlock(range->base + first * kPage, pages * kPage, progress);
            if (!unlocked) return unlocked.error();
            if (!progress.more) return STATUS_SUCCESS;
        }
    };
    EXPECT_EQ(lock(0, 43), STATUS_WORKING_SET_QUOTA);
    EXPECT_EQ(space->counters().resident, 0u);
    EXPECT_EQ(lock(0, 42), STATUS_SUCCESS);
    EXPECT_EQ(space->counters().resident, 42u);
    EXPECT_EQ(lock(50, 1), STATUS_WORKING_SET_QUOTA);
    EXPECT_EQ(unlock(40, 3), STATUS_NOT_LOCKED);
    EXPECT_EQ(unlock(40, 2), STATUS_SUCCESS);
    EXPECT_EQ(unlock(40, 2), STATUS_NOT_LOCKED);
    EXPECT_EQ(lock(39, 2), STATUS_WAS_LOCKED);
    EXPECT_EQ(lock(41, 1), STATUS_SUCCESS);
    // What is freed is locked no more.
    ASSERT_TRUE(space->free(range->base, 10 * kPage, MEM_DECOMMIT));
    EXPECT_EQ(unlock(9, 2), STATUS_NOT_LOCKED);
    EXPECT_EQ(lock(5, 1), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(60, 10), STATUS_SUCCESS);
    EXPECT_EQ(lock(70, 1), STATUS_WORKING_SET_QUOTA);
    EXPECT_FALSE(space->set_working_set({100, 50}));
    ASSERT_TRUE(space->set_working_set({80, 400}));
    EXPECT_EQ(lock(70, 30), STATUS_SUCCESS);
    EXPECT_EQ(lock(70, ~uint64_t{0} / kPage), STATUS_INVALID_PARAMETER);
}

TEST_F(Far, PagesArePinnedInSlicesAndMappedElsewhere) {
    constexpr uint64_t kPages = 3000;
    auto range = space->allocate(0, kPages * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ASSERT_TRUE(range);
    auto other = mm::AddressSpace::create(quota);
    ASSERT_TRUE(other);
    auto pinned = space->begin_pinning(range->base + 7, (kPages - 1) * kPage, ke::Access::Write);
    ASSERT_TRUE(pinned);
    unsigned slices = 0;
    for (; !(*pinned)->complete(); ++slices)
        ASSERT_TRUE(space->go_on_pinning(**pinned));
    EXPECT_GT(slices, 2u);
    auto window = (*other)->map_pinned(**pinned, {}, PAGE_READWRITE);
    ASSERT_TRUE(window);
    ASSERT_TRUE(space->free(range->base, 0, MEM_RELEASE));
    for (uint64_t page : {uint64_t{0}, kPages / 2, kPages - 1}) {
        ASSERT_TRUE((*other)->copy_out(*window + page * kPage, &page, sizeof page));
        EXPECT_EQ(memcmp(mm::alias((*pinned)->frame(page)), &page, sizeof page), 0);
    }
    for (uint64_t page = 0; page < kPages; ++page)
        ASSERT_EQ((*other)->fault(*window + page * kPage, ke::Access::Write), STATUS_SUCCESS);
    uint64_t free = mm::memory_counts().free_pages;
    (*other)->discard(*window);
    *pinned = {};
    // The few pages that go at once are not all; the pacer does the rest.
    EXPECT_GT((*other)->counters().resident, kPages / 2);
    run_queued_work();
    EXPECT_EQ((*other)->counters().resident, 0u);
    EXPECT_GE(mm::memory_counts().free_pages, free + kPages);
    EXPECT_FALSE(pin(*space, range->base, kPage, ke::Access::Read));
}

// Whoever began a release may be gone: others finish it.
TEST_F(Far, AbandonedReleasesAreFinished) {
    auto range = space->allocate(0, 1000 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ASSERT_TRUE(range);
    for (uint64_t i = 0; i < 1000; ++i)
        ASSERT_EQ(space->fault(range->base + i * kPage, ke::Access::Write), STATUS_SUCCESS);
    mm::Progress progress;
    ASSERT_TRUE(space->free(range->base, 0, MEM_RELEASE, progress));
    ASSERT_TRUE(progress.more);
    for (int i = 0; i < 200; ++i) {
        auto other = space->allocate(0, kPage, MEM_RESERVE, PAGE_READWRITE);
        ASSERT_TRUE(other);
        ASSERT_TRUE(space->free(other->base, 0, MEM_RELEASE));
    }
    EXPECT_EQ(space->counters().committed, 0u);
    EXPECT_TRUE(space->allocate(range->base, kPage, MEM_RESERVE, PAGE_READWRITE));
    // The one that comes back after all finds nothing of its own, and leaves the newcomer alone.
    ASSERT_TRUE(space->free(range->base, 0, MEM_RELEASE, progress));
    EXPECT_FALSE(progress.more);
    EXPECT_EQ(state(range->base), uint32_t{MEM_RESERVE});
}

TEST_F(Far, RunsAreAsManyAsOneLikes) {
    constexpr uint64_t kPages = 20000;
    auto range = space->allocate(0, kPages * kPage, MEM_RESERVE, PAGE_READWRITE);
    ASSERT_TRUE(range);
    for (uint64_t i = 0; i < kPages; i += 2)
        ASSERT_EQ(commit(range->base + i * kPage, kPage, i % 4 ? PAGE_READONLY : PAGE_READWRITE),
                  STATUS_SUCCESS);
    EXPECT_EQ(space->counters().committed, kPages / 2);
    EXPECT_EQ(space->protect(range->base, kPages * kPage, PAGE_READONLY).error(), STATUS_NOT_COMMITTED);
    EXPECT_EQ(commit(range->base, kPages * kPage, PAGE_EXECUTE_READ), STATUS_SUCCESS);
    EXPECT_EQ(space->query(range->base)->RegionSize, kPages * kPage);
    EXPECT_EQ(space->counters().committed, kPages);
    ASSERT_TRUE(space->free(range->base, 0, MEM_RELEASE));
    EXPECT_EQ(space->counters().committed, 0u);
}

// Cells of a few pages beside cells of almost a tebibyte, and what each is.
class Model {
public:
    struct Cell {
        uint64_t base;
        uint64_t size;
        uint64_t allocation = 0;  // its base, 0: free
        uint32_t protection = 0;
        uint32_t value = 0;
        bool large() const { return size > kBlock; }
    };
    Model() {
        for (uint64_t tera = 1; tera < 33; ++tera) {
            uint64_t at = tera * kTera;
            for (uint64_t pages : {3, 1, 7, 2}) {
                cells.push_back({at, pages * kPage});
                at += pages * kPage;
            }
            cells.push_back({at, (tera + 1) * kTera - at});
        }
    }
    std::vector<Cell> cells;
};

class AgainstModel : public Far {
protected:
    uint64_t pick(uint64_t limit) { return random() % limit; }
    // Cells [first, last]; all in one allocation?
    bool one_allocation(size_t first, size_t last) const {
        for (size_t i = first; i <= last; ++i)
            if (model.cells[i].allocation == 0 || model.cells[i].allocation != model.cells[first].allocation)
                return false;
        return true;
    }
    uint64_t length(size_t first, size_t last) const {
        return model.cells[last].base + model.cells[last].size - model.cells[first].base;
    }
    void reserve(size_t first, size_t last);
    void commit_cells(size_t first, size_t last, uint32_t protection);
    void protect(size_t first, size_t last, uint32_t protection);
    void give_back(size_t first, size_t last, uint32_t type);
    void write(size_t cell);
    void compare(size_t cell);

    Model model;
    std::mt19937 random{20};
};

void AgainstModel::reserve(size_t first, size_t last) {
    Model::Cell& cell = model.cells[first];
    if (cell.base % kBlock) return;
    bool vacant = true;
    for (size_t i = first; i <= last; ++i)
        vacant = vacant && model.cells[i].allocation == 0;
    bool done(space->allocate(cell.base, length(first, last), MEM_RESERVE, PAGE_READWRITE));
    ASSERT_EQ(done, vacant);
    for (size_t i = first; vacant && i <= last; ++i) {
        model.cells[i].allocation = cell.base;
        model.cells[i].protection = model.cells[i].value = 0;
    }
}

void AgainstModel::commit_cells(size_t first, size_t last, uint32_t protection) {
    bool possible = one_allocation(first, last);
    for (size_t i = first; i <= last; ++i)
        possible = possible && !model.cells[i].large();
    ASSERT_EQ(commit(model.cells[first].base, length(first, last), protection) == STATUS_SUCCESS, possible);
    for (size_t i = first; possible && i <= last; ++i)
        model.cells[i].protection = protection;
}

void AgainstModel::protect(size_t first, size_t last, uint32_t protection) {
    bool possible = one_allocation(first, last);
    for (size_t i = first; i <= last; ++i)
        possible = possible && model.cells[i].protection != 0;
    auto changed = space->protect(model.cells[first].base, length(first, last), protection);
    ASSERT_EQ(bool(changed), possible);
    if (changed) ASSERT_EQ(changed->old_protection, model.cells[first].protection);
    for (size_t i = first; possible && i <= last; ++i)
        model.cells[i].protection = protection;
}

void AgainstModel::give_back(size_t first, size_t last, uint32_t type) {
    bool possible = one_allocation(first, last);
    ASSERT_EQ(bool(space->free(model.cells[first].base, length(first, last), type)), possible);
    if (!possible) return;
    uint64_t allocation = model.cells[first].allocation;
    for (size_t i = first; i <= last; ++i) {
        model.cells[i].protection = model.cells[i].value = 0;
        if (type == MEM_RELEASE) model.cells[i].allocation = 0;
    }
    // What is left above is an allocation of its own.
    if (type != MEM_RELEASE) return;
    for (size_t i = last + 1; i < model.cells.size() && model.cells[i].allocation == allocation; ++i)
        model.cells[i].allocation = model.cells[last + 1].base;
}

void AgainstModel::write(size_t index) {
    Model::Cell& cell = model.cells[index];
    auto value = static_cast<uint32_t>(random());
    bool possible = cell.allocation && cell.protection == PAGE_READWRITE;
    ASSERT_EQ(bool(space->copy_out(cell.base + cell.size - sizeof value, &value, sizeof value)), possible);
    if (possible) cell.value = value;
}

void AgainstModel::compare(size_t index) {
    const Model::Cell& cell = model.cells[index];
    uint64_t last = cell.base + cell.size - sizeof(uint32_t);
    auto basic = space->query(last);
    ASSERT_TRUE(basic);
    ASSERT_EQ(basic->State, !cell.allocation ? MEM_FREE : cell.protection ? MEM_COMMIT : MEM_RESERVE);
    if (!cell.allocation) return;
    ASSERT_EQ(reinterpret_cast<uint64_t>(basic->AllocationBase), cell.allocation);
    ASSERT_EQ(basic->Protect, cell.protection);
    uint32_t value = 0;
    bool readable = cell.protection != 0 && cell.protection != PAGE_NOACCESS;
    ASSERT_EQ(bool(space->copy_in(&value, last, sizeof value)), readable);
    if (readable) ASSERT_EQ(value, cell.value);
}

TEST_F(AgainstModel, RandomCallsAgree) {
    constexpr uint32_t kProtections[] = {PAGE_READWRITE, PAGE_READONLY, PAGE_NOACCESS};
    for (int step = 0; step < 20000 && !HasFatalFailure(); ++step) {
        size_t first = pick(model.cells.size());
        size_t last = std::min<size_t>(first + pick(8), model.cells.size() - 1);
        uint32_t protection = kProtections[pick(3)];
        switch (pick(6)) {
            case 0:
                reserve(first / 5 * 5, std::min<size_t>(first / 5 * 5 + pick(12), model.cells.size() - 1));
                break;
            case 1:
                commit_cells(first, std::min(last, first + pick(3)), protection);
                break;
            case 2:
                protect(first, std::min(last, first + pick(3)), protection);
                break;
            case 3:
                if (pick(3) == 0) give_back(first, last, pick(2) ? MEM_DECOMMIT : MEM_RELEASE);
                break;
            default:
                write(first);
        }
        compare(pick(model.cells.size()));
    }
    uint64_t committed = 0;
    for (const Model::Cell& cell : model.cells)
        if (cell.protection) committed += cell.size / kPage;
    EXPECT_EQ(space->counters().committed, committed);
    EXPECT_GT(committed, 0u);
}

// The free places against a look at every one of them.
TEST_F(Far, VacantPlacesAreTheLowestAndHighest) {
    std::mt19937 random(7);
    auto pick = [&random](uint64_t limit) { return (uint64_t{random()} << 16 ^ random()) % limit; };
    mm::Regions regions;
    std::map<uint64_t, uint64_t> taken;  // base, end
    std::vector<std::unique_ptr<mm::Region>> made;
    auto align = [](uint64_t value) { return (value + kBlock - 1) / kBlock * kBlock; };
    auto expected = [&](uint64_t size, uint64_t highest, bool top_down, uint64_t lowest) {
        uint64_t best = 0;
        uint64_t floor = lowest;
        auto look = [&](uint64_t ceiling) {
            if (ceiling > highest + 1) ceiling = highest + 1;
            if (floor < ceiling && ceiling - floor >= size) {
                if (top_down) best = (ceiling - size) / kBlock * kBlock;
                if (!top_down && !best) best = floor;
            }
        };
        for (auto [base, end] : taken) {
            look(base);
            floor = std::max(lowest, align(end));
        }
        look(ke::kHighestUserAddress + 1);
        return best;
    };
    for (int step = 0; step < 4000; ++step) {
        uint64_t size = (1 + pick(uint64_t{1} << pick(33))) * kPage;
        uint64_t highest = pick(3) ? ke::kHighestUserAddress : kBlock + pick(ke::kHighestUserAddress);
        bool top_down = pick(2);
        uint64_t lowest = kBlock;
        if (pick(2)) lowest += pick(uint64_t{1} << pick(47)) / kBlock * kBlock;
        auto found = regions.find_vacant(size, highest, top_down, lowest);
        ASSERT_EQ(found ? *found : 0, expected(size, highest, top_down, lowest)) << step;
        if (found && pick(3)) {
            auto region = std::make_unique<mm::Region>(0u);
            region->base = *found + (size > kBlock ? pick(16) * kPage : 0);
            region->pages = (*found + size - region->base) / kPage;
            ASSERT_TRUE(regions.vacant(region->base, region->pages * kPage));
            regions.insert(*region);
            ASSERT_FALSE(regions.vacant(region->base, kPage));
            taken[region->base] = region->end();
            made.push_back(std::move(region));
        } else if (!made.empty()) {
            size_t index = pick(made.size());
            regions.remove(*made[index]);
            taken.erase(made[index]->base);
            made[index] = std::move(made.back());
            made.pop_back();
        }
    }
    for (auto& region : made)
        regions.remove(*region);
}

}  // namespace
