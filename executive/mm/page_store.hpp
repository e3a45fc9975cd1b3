// SPDX-License-Identifier: GPL-3.0-only
//
// Frames by page number, sparse: a tree of nodes of 1,024 entries, each node a frame. What it takes is in
// proportion to the pages that are there, not to the numbers they have; a look costs a step for each factor
// of 1,024. Page numbers are 0 to 2^40 - 1. A store holds a reference to each of its frames. The four bits of
// an entry above its frame (kFrameBits) are the owner's, to say what is with the page.
#pragma once

#include <span>

#include "executive/mm/frames.hpp"

namespace mm {

inline constexpr FrameNumber kFrameBits = (FrameNumber{1} << 28) - 1;

class PageStore {
public:
    // Instead of frames it may hold numbers, none of them 0, and then refers to nothing.
    enum class Of : uint8_t { Frames, Numbers };
    explicit constexpr PageStore(Of kind = Of::Frames) : lowest_(kind == Of::Frames ? 0 : 1) {}
    PageStore(const PageStore&) = delete;
    PageStore& operator=(const PageStore&) = delete;
    ~PageStore();

    // Its nodes are promised (frames.hpp): node_pages() of them are committed.
    void promise_nodes() { promised_ = true; }
    // How many nodes a store of pages below this one can have.
    static uint64_t node_pages(uint64_t pages);
    // The entry of a page, 0 (kNoFrame) where none is.
    FrameNumber find(uint64_t page) const {
        if (levels_ == 1 && page < kEntries) [[likely]]
            return entries(root_)[page];
        return find_deep(page);
    }
    // The place of a page's entry, made if need be. STATUS_NO_MEMORY. Good until the store's next change.
    Result<FrameNumber*> make(uint64_t page);
    // The same with those of the pages behind it that lie behind it in its node.
    Result<std::span<FrameNumber>> make_many(uint64_t page) {
        return std::span(TRY(make(page)), kEntries - page % kEntries);
    }
    // The first page >= `from` and < `end` that may be there, or `end`. It looks at one node of each level at
    // most: what it names may still be empty, but at least a node's worth of emptiness lies before it.
    uint64_t next(uint64_t from, uint64_t end) const;
    // Moves all pages from `page` on to an empty store. STATUS_NO_MEMORY, with nothing changed.
    Result<void> split(uint64_t page, PageStore& upper);
    // Lets go of at most `count` frames and nodes; true when nothing is left.
    bool drop(size_t count);
    bool empty() const { return root_ == kNoFrame; }

private:
    static constexpr unsigned kBits = 10;
    static constexpr uint64_t kEntries = uint64_t{1} << kBits;
    static constexpr unsigned kMostLevels = 4;
    static_assert(kEntries * sizeof(FrameNumber) == kPageSize);

    static FrameNumber* entries(FrameNumber node) { return reinterpret_cast<FrameNumber*>(alias(node)); }
    uint64_t capacity() const { return uint64_t{1} << (kBits * levels_); }
    FrameNumber find_deep(uint64_t page) const;
    Result<void> grow();
    Result<FrameNumber> make_node() const;

    FrameNumber root_ = kNoFrame;
    unsigned lowest_;      // the level of entries that are released: 0 pages, 1 their nodes
    unsigned levels_ = 0;  // of nodes: 1 to kMostLevels, 0 when empty
    bool promised_ = false;
};

}  // namespace mm
