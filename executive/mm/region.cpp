// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/region.hpp"

#include <algorithm>

#include "executive/mm/image_pages.hpp"

namespace mm {

namespace {

// The most that one set() or cut() can add: a region without runs becomes three.
constexpr unsigned kMostAdded = Region::kMostAddedBytes / sizeof(Run);
constexpr unsigned kMostSpare = 16;

// Runs ready to be used, for all regions.
constinit Run* spare_runs[kMostSpare];
constinit unsigned spare_count;

Run& take_run(uint64_t first, uint64_t pages, uint32_t protection) {
    ASSERT(spare_count > 0);
    Run& run = *spare_runs[--spare_count];
    run.first = first;
    run.pages = pages;
    run.protection = protection;
    return run;
}

void give_run(Run& run) {
    if (spare_count < kMostSpare) {
        spare_runs[spare_count++] = &run;
    } else {
        delete &run;
    }
}

}  // namespace

bool RunSummary::operator()(Run& run, const Run* left, const Run* right) const {
    uint64_t before = run.committed;
    run.committed =
        (run.protection ? run.pages : 0) + (left ? left->committed : 0) + (right ? right->committed : 0);
    uint64_t count = 1 + (left ? left->count : 0) + (right ? right->count : 0);
    bool same = run.committed == before && run.count == count;
    run.count = count;
    return !same;
}

uint64_t Region::copied_pages() const {
    if (kind == Kind::Data) return copy_on_write(allocation_protection) ? pages : 0;
    if (kind != Kind::Image) return 0;
    uint64_t count = 0;
    for (const ImagePart& part : section->image()->parts())
        if (copy_on_write(part.protection)) count += part.pages;
    return count;
}

uint64_t Region::table_pages(uint64_t committed_pages) const {
    constexpr unsigned kTableBits = 21;
    constexpr unsigned kDirectoryBits = 30;
    constexpr uint64_t kLeavesPerPage = 16;  // records of ours beside the tables
    if (kind == Kind::Data && partial) return 0;
    uint64_t last = end() - 1;
    uint64_t tables = std::min((last >> kTableBits) - (base >> kTableBits) + 1, committed_pages);
    uint64_t directories = std::min((last >> kDirectoryBits) - (base >> kDirectoryBits), tables);
    return 2 * tables + tables / kLeavesPerPage + directories;
}

Result<FrameNumber> Region::take_page() {
    if (kind == Kind::Private) return allocate_promised_frame();
    bool promised = copies_left > 0;
    FrameNumber frame = TRY(promised ? allocate_promised_frame() : allocate_client_frame());
    promised ? --copies_left : ++more_copies;
    return frame;
}

uint64_t Region::bytes() const {
    uint64_t bytes = sizeof(Region) + (view ? sizeof(AreaView) : 0) + frames.size() * sizeof(FrameNumber);
    if (!runs_.empty()) bytes += runs_.root()->count * sizeof(Run);
    return bytes + (more_copies + (image ? image->committed() : 0)) * kPageSize;
}

Region::~Region() {
    if (view) section->area().views().remove(*view);
    drop_runs(SIZE_MAX);
}

uint64_t Region::shown_pages() const {
    if (idle) return 0;
    if (run) return run->count();
    return pinned ? pinned->pages() : frames.size();
}

void Region::make_uniform(uint32_t protection) {
    drop_runs(SIZE_MAX);
    uniform_ = protection;
}

FrameNumber Region::shown_frame(uint64_t page) const {
    if (run) return run->frame(page);
    if (!pinned) return frames[page];
    FrameNumber edge = edges.at(*pinned, page);
    return edge != kNoFrame ? edge : pinned->frame(page);
}

uint64_t Region::commitment() const {
    if (kind == Kind::Frames) return edges.count();
    return kind == Kind::Private ? committed() : copied_pages();
}

bool Region::drop_runs(size_t count) {
    for (; count > 0; --count) {
        Run* run = runs_.first();
        if (!run) return true;
        runs_.remove(*run);
        give_run(*run);
    }
    return runs_.empty();
}

Result<void> Region::reserve_change() {
    while (spare_count < kMostAdded)
        spare_runs[spare_count++] = TRY(make_own<Run>()).leak();
    return {};
}

// Committed pages below `page`, in runs.
uint64_t Region::committed_below(uint64_t page) const {
    uint64_t count = 0;
    for (Run* run = runs_.root(); run;) {
        if (page <= run->first) {
            run = runs_.child(*run, 0);
            continue;
        }
        Run* right = runs_.child(*run, 1);
        count += run->committed - (right ? right->committed : 0);
        if (page < run->end()) return count - (run->protection ? run->end() - page : 0);
        run = right;
    }
    return count;
}

uint64_t Region::committed(uint64_t first, uint64_t end) const {
    if (runs_.empty()) return uniform_ ? end - first : 0;
    return committed_below(end) - committed_below(first);
}

uint64_t Region::committed() const {
    if (runs_.empty()) return uniform_ ? pages : 0;
    return runs_.root()->committed;
}

uint64_t Region::runs_end(uint64_t first, uint64_t end, unsigned count) const {
    if (runs_.empty()) return end;
    Run* run = runs_.find_at_or_before(first);
    for (; count > 1 && run->end() < end; --count)
        run = runs_.next(*run);
    return run->end() < end ? run->end() : end;
}

// Makes a run begin at this page, which may be the region's end. REQUIRES: there are runs.
void Region::begin_run(uint64_t page) {
    if (page >= end_page()) return;
    Run& run = *runs_.find_at_or_before(page);
    if (run.first == page) return;
    Run& upper = take_run(page, run.end() - page, run.protection);
    run.pages = page - run.first;
    runs_.refresh(run);
    runs_.insert(upper);
}

// Joins a run with the one before it when both have the same protection.
void Region::merge(Run& run) {
    Run* before = runs_.previous(run);
    if (!before || before->protection != run.protection) return;
    runs_.remove(run);
    before->pages += run.pages;
    runs_.refresh(*before);
    give_run(run);
}

// A single run needs none.
void Region::settle() {
    Run* run = runs_.root();
    if (!run || runs_.child(*run, 0) || runs_.child(*run, 1)) return;
    uniform_ = run->protection;
    runs_.remove(*run);
    give_run(*run);
}

void Region::set(uint64_t first, uint64_t end, uint32_t protection) {
    if (runs_.empty()) {
        if (protection == uniform_) return;
        if (first == first_page() && end == end_page()) {
            uniform_ = protection;
            return;
        }
        runs_.insert(take_run(first_page(), pages, uniform_));
    }
    begin_run(first);
    begin_run(end);
    Run& run = *runs_.find_at_or_before(first);
    while (run.end() < end) {
        Run& next = *runs_.next(run);
        run.pages += next.pages;
        runs_.remove(next);
        give_run(next);
    }
    run.protection = protection;
    runs_.refresh(run);
    if (Run* behind = runs_.next(run)) merge(*behind);
    merge(run);
    settle();
}

void Region::append(uint64_t first, uint64_t count, uint32_t protection) {
    if (count == 0) return;
    Run* last = runs_.last();
    if (last && last->protection == protection) {
        last->pages += count;
        runs_.refresh(*last);
    } else {
        runs_.insert(take_run(first, count, protection));
    }
    if (first + count == end_page()) settle();
}

void Region::cut(uint64_t page, Region& upper) {
    upper.base = page * kPageSize;
    upper.pages = end_page() - page;
    upper.uniform_ = uniform_;
    if (!runs_.empty()) {
        begin_run(page);
        runs_.split(page, upper.runs_);
    }
    pages -= upper.pages;
    settle();
    upper.settle();
}

bool compatible_protection(uint32_t limit, uint32_t protection) {
    limit &= 0xff;
    protection &= 0xff;
    if (protection == PAGE_NOACCESS) return true;
    if (can_execute(protection) && !can_execute(limit)) return false;
    if (protection != PAGE_EXECUTE && (limit == PAGE_NOACCESS || limit == PAGE_EXECUTE)) return false;
    if (!can_write(protection) || copy_on_write(protection)) return true;
    return can_write(limit) && !copy_on_write(limit);
}

bool valid_protection(uint32_t protection) {
    uint32_t access = protection & 0xff;
    uint32_t modifiers = protection & ~0xffu;
    if (access == 0 || (access & (access - 1)) != 0) return false;
    if (modifiers & ~(PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE)) return false;
    return access != PAGE_NOACCESS || modifiers == 0;
}

}  // namespace mm
