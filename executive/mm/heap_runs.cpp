// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/heap_runs.hpp"

#include <algorithm>
#include <utility>

#include "base/bits.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/shortage.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/commitment.hpp"

namespace mm {

namespace {

constexpr unsigned kOrders = 15;
struct LargeHeader {
    uint64_t order;
    uint64_t pages;  // that are mapped, from the start
};
static_assert(sizeof(LargeHeader) == 16);

// The frame at each page of the heap's range, for giving it back. Of a free range, which has no frames, the
// first record leads to the next free one of its order.
constexpr uint64_t kHeapPages = uint64_t{1} << 20;
constexpr uint64_t kFramesPerPage = kPageSize / sizeof(FrameNumber);
constinit FrameNumber* heap_frames[kHeapPages / kFramesPerPage];
constinit uint64_t next_range = kHeapBase;
constinit FrameNumber free_ranges[kOrders] = {};  // page in the heap's range, plus one; 0: none

// Null where none was made.
FrameNumber* frame_record(uint64_t address) {
    uint64_t page = (address - kHeapBase) / kPageSize;
    FrameNumber* table = heap_frames[page / kFramesPerPage];
    return table ? &table[page % kFramesPerPage] : nullptr;
}

// Null without memory.
FrameNumber* make_frame_record(uint64_t address) {
    uint64_t page = (address - kHeapBase) / kPageSize;
    if (page >= kHeapPages) return nullptr;
    FrameNumber*& table = heap_frames[page / kFramesPerPage];
    if (!table) {
        Result<FrameNumber> frame = heap_frame();
        if (!frame) return nullptr;
        table = reinterpret_cast<FrameNumber*>(alias(*frame));
    }
    return frame_record(address);
}

void unmap_run(uint64_t address, uint64_t pages) {
    for (uint64_t page = 0; page < pages; ++page) {
        FrameNumber* record = frame_record(address + page * kPageSize);
        if (!record || *record == kNoFrame) continue;
        seL4_X86_Page_Unmap(frame_capability(*record));
        release_frame(*record);
        *record = kNoFrame;
    }
}

bool map_run(uint64_t address, uint64_t pages) {
    for (uint64_t page = 0; page < pages; ++page) {
        uint64_t at = address + page * kPageSize;
        FrameNumber* record = make_frame_record(at);
        Result<FrameNumber> frame = heap_frame();
        if (record && frame && map_own(frame_capability(*frame), at, seL4_X86_Default_VMAttributes)) {
            *record = *frame;
            continue;
        }
        if (frame) release_frame(*frame);
        unmap_run(address, page);
        return false;
    }
    return true;
}

// Pages that may be mapped or unmapped in the midst of something else.
constexpr uint64_t kAtOnce = 4;

bool add_pages(LargeHeader& run, uint64_t count) {
    if (!map_run(reinterpret_cast<uint64_t>(&run) + run.pages * kPageSize, count)) return false;
    run.pages += count;
    return true;
}

LargeHeader* make_run(unsigned order, uint64_t pages) {
    FrameNumber reused = free_ranges[order];
    uint64_t address = reused ? kHeapBase + (reused - 1) * kPageSize : next_range;
    FrameNumber next_free = reused ? *frame_record(address) : 0;
    if (!map_run(address, pages)) {
        if (reused) *frame_record(address) = next_free;
        return nullptr;
    }
    if (reused) {
        free_ranges[order] = next_free;
    } else {
        next_range += kPageSize << order;
    }
    auto* header = reinterpret_cast<LargeHeader*>(address);
    *header = {order, pages};
    return header;
}

void give_run(LargeHeader* header) {
    uint64_t order = header->order;
    auto address = reinterpret_cast<uint64_t>(header);
    unmap_run(address, header->pages);
    *frame_record(address) =
        std::exchange(free_ranges[order], static_cast<FrameNumber>((address - kHeapBase) / kPageSize + 1));
}

// Runs that nothing needs any more. They lose their pages in slices, the last first, unless somebody wants
// such a run before.
class Leftovers final : public ke::PacedWork {
public:
    void add(LargeHeader& run) {
        auto& left = static_cast<Left&>(run);
        left.next = std::exchange(first_[run.order], &left);
        if (!linked()) ke::Pacer::instance().add_idle(*this);
    }
    LargeHeader* take(unsigned order) {
        Left* left = first_[order];
        if (left) first_[order] = left->next;
        return left;
    }
    // False: there are none.
    bool shrink() {
        for (Left* left : first_) {
            if (!left) continue;
            if (left->pages <= kAtOnce) {
                give_run(take(static_cast<unsigned>(left->order)));
            } else {
                left->pages -= kAtOnce;
                unmap_run(reinterpret_cast<uint64_t>(left) + left->pages * kPageSize, kAtOnce);
            }
            return true;
        }
        return false;
    }
    bool slice() override {
        for (ke::Slice slice; !slice.over();)
            if (!shrink()) return true;
        return false;
    }
    bool gives_memory() const override { return true; }

private:
    struct Left : LargeHeader {
        Left* next;
    };
    Left* first_[kOrders] = {};
};
[[clang::no_destroy]] constinit Leftovers leftovers;

void let_go(LargeHeader* run) {
    run->pages > kAtOnce ? leftovers.add(*run) : give_run(run);
}

// Runs that were freed and are kept: the names of calls are large blocks that come and go all the time. Those
// for the longest are there from the start, for a first call by such a path is a turn like any other.
constexpr unsigned kKeptOrders = 6;
constexpr unsigned kKeptRuns = 4;  // of each order
constexpr size_t kLongestName = 0xfffe + sizeof(char16_t);
constexpr unsigned kNameOrder = kKeptOrders - 1;
constexpr uint64_t kNamePages = (kLongestName + sizeof(LargeHeader) + kPageSize - 1) / kPageSize;
static_assert(kNamePages <= uint64_t{1} << kNameOrder);
constinit LargeHeader* kept_runs[kKeptOrders][kKeptRuns] = {};

bool keep(LargeHeader* header) {
    if (header->order >= kKeptOrders) return false;
    for (LargeHeader*& kept : kept_runs[header->order]) {
        if (kept) continue;
        kept = header;
        return true;
    }
    return false;
}

// Makes up for runs of the longest names that something else holds for long, a large table for one: a page a
// slice, as what is mapped here is nobody's yet.
class Refill final : public ke::PacedWork {
public:
    bool slice() override {
        if (!wanted()) return true;
        if (!run_) return !(run_ = make_run(kNameOrder, 1));
        auto address = reinterpret_cast<uint64_t>(run_);
        if (run_->pages < kNamePages) {
            if (map_run(address + run_->pages * kPageSize, 1)) {
                ++run_->pages;
                return false;
            }
            give_run(std::exchange(run_, nullptr));
            return true;
        }
        (void)keep(std::exchange(run_, nullptr));
        return false;
    }

private:
    // Nothing is wanted any more when all places are taken: what was begun goes back.
    bool wanted() {
        for (LargeHeader* kept : kept_runs[kNameOrder])
            if (!kept) return true;
        if (run_) give_run(std::exchange(run_, nullptr));
        return false;
    }

    LargeHeader* run_ = nullptr;
};
[[clang::no_destroy]] constinit Refill refill;

void refill_names() {
    if (!refill.linked()) ke::Pacer::instance().add_idle(refill);
}

// Makes runs of an order for calls, which are made again after each slice. What was begun for a call that
// does not come again is the next one's.
class Maker final : public ke::Making {
public:
    // At least `pages`, on from `begun` if there is such a run.
    void want(unsigned order, uint64_t pages, LargeHeader* begun) {
        order_ = order;
        wanted_ = std::max(pages, run_ ? wanted_ : 0);
        if (begun) run_ ? let_go(begun) : static_cast<void>(run_ = begun);
        ke::await_making(*this);
    }
    void slice() override {
        for (ke::Slice slice(ke::slice_ticks / 2); !slice.over() && (!run_ || run_->pages < wanted_);) {
            bool made = run_ ? add_pages(*run_, 1) : (run_ = make_run(order_, 1)) != nullptr;
            if (made || leftovers.shrink()) continue;
            failed_ = true;
            return give();
        }
    }
    LargeHeader* take(uint64_t pages) {
        return run_ && run_->pages >= pages ? std::exchange(run_, nullptr) : nullptr;
    }
    // Whether memory had run out since one asked last.
    bool failed() { return std::exchange(failed_, false); }
    void give() {
        if (run_) let_go(std::exchange(run_, nullptr));
    }

private:
    unsigned order_ = 0;
    uint64_t wanted_ = 0;
    LargeHeader* run_ = nullptr;
    bool failed_ = false;
};
[[clang::no_destroy]] constinit Maker makers[kOrders];

// What is mapped of an order, with more or fewer pages than are wanted.
LargeHeader* take_mapped(unsigned order) {
    if (order < kKeptOrders) {
        // One call may take three of the longest: the name, where it leads, what is left of it.
        if (order == kNameOrder && std::ranges::count(kept_runs[order], nullptr) >= 2) refill_names();
        for (LargeHeader*& kept : kept_runs[order])
            if (kept) return std::exchange(kept, nullptr);
    }
    return leftovers.take(order);
}

// Everything that is mapped and that nobody uses.
void give_all() {
    for (auto& runs : kept_runs)
        for (LargeHeader*& kept : runs)
            if (kept) give_run(std::exchange(kept, nullptr));
    for (Maker& maker : makers)
        maker.give();
    while (leftovers.shrink()) {
    }
}

LargeHeader* at_once(unsigned order, uint64_t pages, LargeHeader* begun) {
    if (begun && (begun->pages >= pages || add_pages(*begun, pages - begun->pages))) return begun;
    if (begun) let_go(begun);
    LargeHeader* run = begun ? nullptr : make_run(order, pages);
    if (run) return run;
    give_all();
    return make_run(order, pages);
}

LargeHeader* take_run(unsigned order, uint64_t pages) {
    Maker& maker = makers[order];
    if (LargeHeader* made = maker.take(pages)) return made;
    LargeHeader* begun = take_mapped(order);
    // Of the next order too: a name may end just below a power of two.
    if (!begun && order + 1 < kKeptOrders) begun = take_mapped(order + 1);
    uint64_t missing = begun ? pages - std::min(pages, begun->pages) : pages;
    if (missing <= kAtOnce || !ke::may_be_repeated()) return at_once(order, pages, begun);
    if (begun && begun->order != order) let_go(std::exchange(begun, nullptr));
    if (maker.failed()) {
        if (begun) let_go(begun);
    } else {
        maker.want(order, pages, begun);
    }
    return nullptr;
}

}  // namespace

Result<FrameNumber> heap_frame() {
    if (!may_take(1)) leftovers.shrink();
    return may_take(1) ? allocate_frame() : Result<FrameNumber>(fail(STATUS_INSUFFICIENT_RESOURCES));
}

void make_runs_for_names() {
    void* blocks[kKeptRuns];
    for (void*& block : blocks)
        block = allocate_run(kLongestName);
    for (void* block : blocks)
        free_run(block);
}

void* allocate_run(size_t size) {
    uint64_t pages = (size + sizeof(LargeHeader) + kPageSize - 1) / kPageSize;
    unsigned order = log2_ceil(pages);
    LargeHeader* header = order < kOrders ? take_run(order, pages) : nullptr;
    return header ? header + 1 : nullptr;
}

void free_run(void* block) {
    LargeHeader* header = static_cast<LargeHeader*>(block) - 1;
    if (!keep(header)) let_go(header);
}

bool is_run(const void* block) {
    auto address = reinterpret_cast<uint64_t>(block);
    return address >= kHeapBase && address < kHeapBase + kHeapPages * kPageSize;
}

}  // namespace mm
