// SPDX-License-Identifier: GPL-3.0-only
//
// What stands in for the pages that a pinned buffer fills only in part, its first and its last, where another
// space is shown the buffer: pages with the buffer's bytes among zeros. So nobody who is shown a buffer sees
// or changes what lies beside it. What he writes to the buffer's own bytes is with the buffer once it has
// been brought home, and nowhere before. A copy shares the pages; they go with the last.
#pragma once

#include "executive/mm/address_space.hpp"

namespace mm {

class EdgePages {
public:
    EdgePages() = default;
    EdgePages(const EdgePages& other) { *this = other; }
    EdgePages& operator=(const EdgePages& other);
    ~EdgePages() { drop(); }

    // With the buffer's bytes as they are now, in place of any it had. STATUS_NO_MEMORY: it has none then.
    // REQUIRES: complete.
    Result<void> make(const PinnedPages& pinned);
    void drop();
    // Pages that stand in, 0 to 2.
    unsigned count() const { return (first_ != kNoFrame) + (last_ != kNoFrame); }
    // What stands in for this page, or kNoFrame. REQUIRES: made for these; page < pinned.pages().
    FrameNumber at(const PinnedPages& pinned, uint64_t page) const {
        if (page == 0) return first_;
        return page == pinned.pages() - 1 ? last_ : kNoFrame;
    }
    // Moves what has been written among the first `length` bytes of the buffer, or all if that is more, into
    // its own pages. REQUIRES: made for these, which are pinned for writing.
    void bring_home(const PinnedPages& pinned, size_t length) const;

private:
    FrameNumber first_ = kNoFrame;
    FrameNumber last_ = kNoFrame;
};

}  // namespace mm
