// SPDX-License-Identifier: GPL-3.0-only
//
// The RAM that the kernel gave at boot, as untypeds of any power of two, and how it is cut into the pieces
// that chunks are made of: each source from its base upwards, small sources first.
#pragma once

#include "executive/mm/pages.hpp"

namespace mm {

inline constexpr unsigned kChunkBits = 21;
inline constexpr unsigned kSmallestChunkBits = 16;

struct Piece {
    CPtr untyped;
    uint64_t physical;  // bytes
    unsigned bits;      // log2 of bytes, kSmallestChunkBits to kChunkBits
};

void collect_sources(const seL4_BootInfo& boot_info);
// Chunks that all of it makes.
uint64_t most_chunks();
// Takes 2^bits bytes off the smallest source that has room for twice that; for the CSpace's own top.
Result<CPtr> take_at_boot(unsigned bits);

// The next piece, or false when there is none. It is taken with take_piece().
bool next_piece(Piece& piece);
void take_piece(const Piece& piece);

// All RAM, taken or not, and what of the rest will be usable as pages. In pages.
uint64_t source_pages();
uint64_t untaken_pages();
// Pages of a chunk of this size that are not its CNode, page table or records.
uint32_t usable_pages(unsigned bits);

}  // namespace mm
