// SPDX-License-Identifier: GPL-3.0-only
//
// Chunks: pieces of RAM of 64 KiB to 2 MiB, taken from the boot untypeds one at a time, the small ones first
// (the first use of a big untyped makes the kernel clear all of it). A chunk holds its own CNode, its window
// page table and its page records, so taking one never needs memory from elsewhere.
#pragma once

#include "executive/mm/pages.hpp"

namespace mm {

struct PageInfo {
    union {
        uint32_t references;
        PageNumber next_free;
    };
    PageKind kind;
    bool free_untyped;
    uint16_t reserved;
};
static_assert(sizeof(PageInfo) == 8);

struct Chunk {
    uint64_t physical;
    PageInfo* pages;
    uint32_t page_count;
    uint32_t first_page;  // behind the chunk's own structures
    uint8_t bits;         // log2 of the size in bytes
};

Chunk& chunk_of(PageNumber page);
inline PageInfo& page_info(PageNumber page) {
    return chunk_of(page).pages[page & (kChunkPages - 1)];
}

// Takes one more chunk; false when all RAM is taken.
bool add_chunk();
uint32_t chunk_total();
void add_free_page(PageNumber page);
void unlink_untyped(PageNumber page);
PageNumber find_untyped_run(size_t count);
uint64_t total_pages();
uint64_t untaken_pages();
void set_boot_image(uint64_t start, uint64_t first_frame);

}  // namespace mm
