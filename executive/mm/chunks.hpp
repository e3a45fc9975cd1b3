// SPDX-License-Identifier: GPL-3.0-only
//
// Chunks: pieces of RAM of 64 KiB to 2 MiB, taken one at a time, the pieces of small untypeds first (the
// first use of a big one may make the kernel clear all of it). A chunk lives on itself: its CNode, its window
// page table and the page with its records are of its own piece, so taking one never needs memory from
// elsewhere, and how many there can be is bounded by the machine's RAM alone. They are its first pages; but
// in an untyped of at least 4 MiB that nothing else is made of, those of all of its chunks lie at its
// beginning (its head), and the chunks' other pages follow each other without a gap, so that a device can
// have many megabytes in a run (neighbours.hpp).
//
// Chunk n has the page numbers from 512 n on and the 2 MiB of the window from kWindowBase + 2 MiB * n on. The
// page of its records is mapped at the first page of those: page 0 is part of the chunk's CNode and never a
// frame, so its place in the window is free.
#pragma once

#include "executive/mm/pages.hpp"

namespace mm {

struct PageInfo {
    union {
        uint32_t references;   // a frame in use
        PageNumber next_free;  // a free page: of its kind; 0 ends the list
    };
    uint32_t kind : 4;       // PageKind
    uint32_t listed : 1;     // Untyped: in the free list
    uint32_t previous : 27;  // Untyped, listed: the page before it there; a frame in use: was it promised?
};
static_assert(sizeof(PageInfo) == 8);

// In place of the first records: those of pages that are the chunk's own.
struct Chunk {
    uint64_t physical;      // bytes: where its page 0 is, or would be
    uint16_t first_page;    // behind the chunk's own structures, 3 to 20
    uint16_t free_untyped;  // pages in the list of untyped ones, up to 512
    uint8_t bits;           // log2 of the size in bytes, 16 to 21
    uint32_t page_count() const { return 1u << (bits - kPageBits); }
};
static_assert(sizeof(Chunk) <= 3 * sizeof(PageInfo));

// REQUIRES: a page of a chunk that is taken.
inline Chunk& chunk_of(PageNumber page) {
    return *reinterpret_cast<Chunk*>(kWindowBase +
                                     uint64_t{page >> kChunkPageBits} * kChunkPages * kPageSize);
}
inline PageInfo& page_info(PageNumber page) {
    return reinterpret_cast<PageInfo*>(&chunk_of(page))[page & (kChunkPages - 1)];
}
inline PageKind kind_of(const PageInfo& info) {
    return static_cast<PageKind>(info.kind);
}

// One bounded step towards more free pages: a part of taking the next chunk. False when all RAM is taken that
// is ready (sources.hpp); urgent, also that which is not, and then the step may be long.
bool grow(bool urgent);
// Chunks whose records are there.
uint32_t chunk_total();
// The same without one of which pages are still to come to the free list.
uint32_t listed_chunks();
// Pages that no one has yet: of the RAM not taken, and of the chunk that is being taken. Without the chunks'
// own structures.
uint64_t unused_pages();

// --- for who takes certain pages (neighbours.hpp)
// Is it free, without a type?
bool is_untyped(PageNumber page);
// It is no longer free; add_free_page() takes it back. REQUIRES: is_untyped().
void claim_untyped(PageNumber page);
// A page that was claimed becomes a frame with one reference. What fails leaves it claimed.
Result<void> make_claimed(PageNumber page);
// One free page loses its type; false: none has one.
bool untype_free_page();

}  // namespace mm
