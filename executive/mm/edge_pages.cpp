// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/edge_pages.hpp"

#include <string.h>

#include <algorithm>

namespace mm {

namespace {

// What a buffer has of one page.
struct Part {
    uint64_t page;
    size_t at;      // in the buffer
    size_t start;   // in the page
    size_t length;  // 0: no such page, or none of its own
    bool partial() const { return length % kPageSize != 0; }
};

Part first_part(const PinnedPages& pinned) {
    return {0, 0, pinned.offset(), std::min<size_t>(pinned.length(), kPageSize - pinned.offset())};
}

// A buffer of one page has only the first.
Part last_part(const PinnedPages& pinned) {
    uint64_t page = pinned.pages() - 1;
    if (page == 0) return {};
    size_t at = page * kPageSize - pinned.offset();
    return {page, at, 0, pinned.length() - at};
}

Result<FrameNumber> stand_in(const PinnedPages& pinned, const Part& part) {
    if (!part.partial()) return kNoFrame;
    FrameNumber frame = TRY(allocate_client_frame());
    memcpy(alias(frame) + part.start, alias(pinned.frame(part.page)) + part.start, part.length);
    return frame;
}

void move_home(const PinnedPages& pinned, const Part& part, FrameNumber frame, size_t length) {
    if (frame == kNoFrame || length <= part.at) return;
    memcpy(alias(pinned.frame(part.page)) + part.start, alias(frame) + part.start,
           std::min(part.length, length - part.at));
}

}  // namespace

EdgePages& EdgePages::operator=(const EdgePages& other) {
    for (FrameNumber frame : {other.first_, other.last_})
        if (frame != kNoFrame) add_frame(frame);
    drop();
    first_ = other.first_;
    last_ = other.last_;
    return *this;
}

void EdgePages::drop() {
    for (FrameNumber* frame : {&first_, &last_})
        if (*frame != kNoFrame) release_frame(std::exchange(*frame, kNoFrame));
}

Result<void> EdgePages::make(const PinnedPages& pinned) {
    drop();
    first_ = TRY(stand_in(pinned, first_part(pinned)));
    Result<FrameNumber> last = stand_in(pinned, last_part(pinned));
    if (!last) {
        drop();
        return last.failure();
    }
    last_ = *last;
    return {};
}

void EdgePages::bring_home(const PinnedPages& pinned, size_t length) const {
    move_home(pinned, first_part(pinned), first_, length);
    move_home(pinned, last_part(pinned), last_, length);
}

}  // namespace mm
