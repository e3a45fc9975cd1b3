// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/data.hpp"

#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr uint8_t kZeros[mm::kPageSize] = {};
// Names and times of so many files may take the Executive's memory, for each page of content.
constexpr uint64_t kFewestNodes = 256;
constexpr uint64_t kNodesPerPage = 2;
constexpr uint64_t kLargestFile = uint64_t{1} << 40;

uint64_t pages_of(uint64_t size) {
    return align_up(size, mm::kPageSize) / mm::kPageSize;
}

}  // namespace

bool Allowance::have(uint64_t pages) {
    while (pages > free_ && ke::Pacer::instance().relieve()) {
    }
    return pages <= free_;
}

Result<mm::FrameNumber> Allowance::take() {
    if (!have(1)) return fail(STATUS_DISK_FULL);
    auto frame = mm::allocate_frame();
    if (!frame) return fail(STATUS_DISK_FULL);
    --free_;
    return *frame;
}

Result<void> Allowance::add_node() {
    if (nodes_ >= kFewestNodes + total_ * kNodesPerPage) return fail(STATUS_DISK_FULL);
    ++nodes_;
    return {};
}

void Allowance::give_back(mm::FrameNumber frame) {
    if (frame == mm::kNoFrame) return;
    mm::release_frame(frame);
    ++free_;
}

namespace {

// Pages that were cut off, given back in slices.
class CutPages final : public ke::PacedWork {
public:
    CutPages(Vector<mm::FrameNumber> frames, Allowance& allowance)
        : frames_(std::move(frames)), allowance_(allowance) {}
    bool gives_memory() const override { return true; }
    bool slice() override {
        for (ke::Slice slice; !frames_.empty(); frames_.pop_back()) {
            if (slice.over()) return false;
            allowance_.give_back(frames_.back());
        }
        delete this;
        return true;
    }

private:
    Vector<mm::FrameNumber> frames_;
    Allowance& allowance_;  // of a volume, which is there for good
};

}  // namespace

FileData::~FileData() {
    drop(std::move(frames_));
}

void FileData::drop(Vector<mm::FrameNumber> frames) {
    constexpr size_t kAtOnce = 64;
    if (frames.size() > kAtOnce) {
        if (auto* cut = new (std::nothrow) CutPages(std::move(frames), allowance_))
            return ke::Pacer::instance().add_idle(*cut);
    }
    for (mm::FrameNumber frame : frames)
        allowance_.give_back(frame);
}

void FileData::set_archive(std::span<const uint8_t> bytes) {
    archive_ = bytes;
    size_ = bytes.size();
}

uint64_t FileData::allocated() const {
    return align_up(size_, mm::kPageSize);
}

std::span<const uint8_t> FileData::read(uint64_t offset) const {
    if (offset >= size_) return {};
    if (in_archive()) return archive_.subspan(offset);
    size_t within = offset % mm::kPageSize;
    size_t length = std::min<uint64_t>(mm::kPageSize - within, size_ - offset);
    mm::FrameNumber frame = frames_[offset / mm::kPageSize];
    const uint8_t* bytes = frame == mm::kNoFrame ? kZeros : mm::alias(frame);
    return {bytes + within, length};
}

Result<uint8_t*> FileData::page(uint64_t index) {
    mm::FrameNumber& frame = frames_[index];
    if (frame == mm::kNoFrame) frame = TRY(allowance_.take());
    return mm::alias(frame);
}

Result<void> FileData::leave_archive() {
    if (!in_archive()) return {};
    uint64_t pages = pages_of(size_);
    if (!allowance_.have(pages)) return fail(STATUS_DISK_FULL);
    TRY(frames_.resize(pages));
    for (uint64_t i = 0; i < pages; ++i) {
        uint64_t offset = i * mm::kPageSize;
        memcpy(TRY(page(i)), archive_.data() + offset, std::min<uint64_t>(mm::kPageSize, size_ - offset));
    }
    archive_ = {};
    return {};
}

Result<std::span<uint8_t>> FileData::writable(uint64_t offset) {
    ASSERT(offset < size_);
    TRY(leave_archive());
    size_t within = offset % mm::kPageSize;
    return std::span<uint8_t>(TRY(page(offset / mm::kPageSize)) + within, mm::kPageSize - within);
}

Result<void> FileData::resize(uint64_t size) {
    if (size == size_) return {};
    if (size > kLargestFile) return fail(STATUS_DISK_FULL);
    if (size == 0) archive_ = {};
    TRY(leave_archive());
    uint64_t pages = pages_of(size);
    if (pages > frames_.size() && !allowance_.have(pages - frames_.size())) return fail(STATUS_DISK_FULL);
    Vector<mm::FrameNumber> cut;
    if (frames_.size() > pages) TRY(cut.append(frames_.span().subspan(pages)));
    TRY(frames_.resize(pages));
    drop(std::move(cut));
    // Bytes behind the end of the last page must read as zeros when the file grows again.
    size_t tail = size % mm::kPageSize;
    if (size < size_ && tail != 0 && frames_.back() != mm::kNoFrame)
        memset(mm::alias(frames_.back()) + tail, 0, mm::kPageSize - tail);
    size_ = size;
    return {};
}

mm::FrameNumber FileData::frame(uint64_t index) {
    if (index >= pages_of(size_)) return mm::kNoFrame;
    if (in_archive()) return mm::boot_frame(archive_.data() + index * mm::kPageSize);
    auto bytes = page(index);
    return bytes ? frames_[index] : mm::kNoFrame;
}

}  // namespace io::ramfs
