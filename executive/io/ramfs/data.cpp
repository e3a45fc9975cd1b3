// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/data.hpp"

#include <algorithm>

#include "base/bits.hpp"
#include "executive/ke/claim.hpp"
#include "executive/mm/commitment.hpp"

namespace io::ramfs {

namespace {

// Names and times of so many files may take the Executive's memory, for each page of content.
constexpr uint64_t kFewestNodes = 256;
constexpr uint64_t kNodesPerPage = 2;
// And so many bytes of descriptors for each of these, as its name may have.
constexpr uint64_t kDescriptorBytes = 512;
// Of the room and of the files, the last 1/kKeptShare and kKeptNodes are no program's: whoever uses up a
// volume can be found and ended, and what was taken put in order, from a shell.
constexpr uint64_t kKeptShare = 32;
constexpr uint64_t kKeptNodes = 64;

bool is_for_a_program() {
    return ke::present_claim() == ke::Claim::Program;
}

uint64_t pages_of(uint64_t size) {
    return align_up(size, mm::kPageSize) / mm::kPageSize;
}

}  // namespace

Result<void> Allowance::take(uint64_t pages) {
    uint64_t kept = is_for_a_program() ? total_ / kKeptShare : 0;
    if (pages + kept > free_ || !mm::commit_pages(pages)) return fail(STATUS_DISK_FULL);
    free_ -= pages;
    return {};
}

void Allowance::give_back(uint64_t pages) {
    mm::uncommit_pages(pages);
    free_ += pages;
}

Result<void> Allowance::add_node() {
    uint64_t kept = is_for_a_program() ? kKeptNodes : 0;
    if (nodes_ + kept >= kFewestNodes + total_ * kNodesPerPage) return fail(STATUS_DISK_FULL);
    ++nodes_;
    return {};
}

Result<void> Allowance::add_descriptor(size_t bytes) {
    if (descriptors_ + bytes > (kFewestNodes + total_ * kNodesPerPage) * kDescriptorBytes)
        return fail(STATUS_DISK_FULL);
    descriptors_ += bytes;
    return {};
}

Result<Ref<mm::ControlArea>> FileRoom::create(Allowance& allowance, std::span<const uint8_t> archived) {
    Own<mm::Backing> room(TRY(make_own<FileRoom>(allowance, archived)).leak());
    return mm::ControlArea::create(std::move(room), archived.size());
}

FileRoom::FileRoom(Allowance& allowance, std::span<const uint8_t> archived)
    : allowance_(allowance), archive_(archived), size_(archived.size()) {}

mm::FrameNumber FileRoom::resident(uint64_t page) const {
    uint64_t offset = page * mm::kPageSize;
    return offset < archive_.size() ? mm::boot_frame(archive_.data() + offset) : mm::kNoFrame;
}

// All of the file's pages, or, with 0, none.
Result<void> FileRoom::take(uint64_t pages) {
    if (pages > taken_) TRY(allowance_.take(pages - taken_));
    if (pages < taken_) allowance_.give_back(taken_ - pages);
    taken_ = pages;
    return {};
}

Result<void> FileRoom::begin_writing() {
    return take(pages_of(size_));
}

// What is cut off the archived bytes is gone; a file that only became shorter still takes nothing.
Result<void> FileRoom::resize(uint64_t bytes) {
    if (bytes > size_ || taken_ > 0) TRY(take(pages_of(bytes)));
    archive_ = archive_.first(std::min<uint64_t>(archive_.size(), bytes));
    size_ = bytes;
    return {};
}

[[clang::coro_wrapper]] Task<NTSTATUS> FileRoom::extend(mm::ControlArea& area, uint64_t bytes) {
    Result<bool> resized = area.resize(bytes);
    return resized ? STATUS_SUCCESS : resized.error();
}

}  // namespace io::ramfs
