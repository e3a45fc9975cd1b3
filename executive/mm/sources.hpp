// SPDX-License-Identifier: GPL-3.0-only
//
// The RAM that the kernel gave at boot, as untypeds of any power of two, and how it is cut into the pieces
// that chunks are made of: each source from its base upwards, small sources first.
#pragma once

#include "executive/mm/pages.hpp"

namespace mm {

inline constexpr unsigned kChunkBits = 21;
inline constexpr unsigned kSmallestChunkBits = 16;
// Of a chunk of full size: its CNode, then its page table and its records.
inline constexpr unsigned kNodeBits = kChunkBits - kPageBits + kSlotsPerPageBits + seL4_SlotBits;
inline constexpr unsigned kTablePages = 2;
inline constexpr unsigned kOwnPages = (1u << (kNodeBits - kPageBits)) + kTablePages;

struct Piece {
    CPtr untyped;
    uint64_t physical;  // bytes
    unsigned bits;      // log2 of bytes, kSmallestChunkBits to kChunkBits
    unsigned source;
    // The chunk's structures lie in the source's head, and `physical` is where its first usable page is.
    bool headed = false;
    uint64_t head_pieces = 0;  // the source's first piece: so many will follow, this one included; else 0
};

void collect_sources(const seL4_BootInfo& boot_info);
unsigned source_total();
// Chunks that all of it makes.
uint64_t most_chunks();
// Takes 2^bits bytes off the smallest source that has room for twice that; for the CSpace's own top.
Result<CPtr> take_at_boot(unsigned bits);

// The next piece, of the smallest source that is ready and has one; of another only when it is urgent. False
// when there is none. It is taken with take_piece().
bool next_piece(Piece& piece, bool urgent);
void take_piece(const Piece& piece);

// --- making sources ready, one at a time, the smallest first (primer.hpp)
// The one begun last is ready, and the next is begun: its untyped, or 0 when all are ready.
CPtr prime_next();
// An empty slot for an object that is made of a source and goes again.
CPtr priming_slot();
void set_priming_slot(CPtr slot);
// How to wait for the source that is being made ready.
void set_source_waiter(void (*waiter)(CPtr untyped));

// All RAM, taken or not, and what of the rest will be usable as pages. In pages.
uint64_t source_pages();
uint64_t untaken_pages();
// Pages of a chunk of this size that are not its CNode, page table or records.
uint32_t usable_pages(unsigned bits);

}  // namespace mm
