// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/sources.hpp"

#include "base/bits.hpp"
#include "executive/hal/log.hpp"

namespace mm {

namespace {

struct Source {
    CPtr untyped;
    uint64_t physical;
    uint64_t size;
    uint64_t used;
    bool ready = false;   // its first Retype will not be long, or is over
    bool headed = false;  // begun with the structures of all its chunks
    uint64_t pieces() const { return size >> kChunkBits; }
};

constinit Source sources[seL4_MaxBootInfoUntypeds] = {};
constinit unsigned source_count;
constinit Source* priming;
constinit CPtr spare_slot;
constinit void (*wait_for_source)(CPtr untyped);
constinit uint64_t all_pages;
constinit uint64_t pages_untaken;

// Clearing no more than this is not long.
constexpr uint64_t kSmallSource = uint64_t{1} << kChunkBits;

// The largest piece at the first place that is free.
bool piece_of(const Source& source, uint64_t& offset, unsigned& bits) {
    for (bits = kChunkBits; bits >= kSmallestChunkBits; --bits) {
        offset = align_up(source.used, uint64_t{1} << bits);
        if (range_fits(offset, uint64_t{1} << bits, source.size)) return true;
    }
    return false;
}

// What will be usable of a source from `used` on. Pieces of less than the full size come only before the
// first full one and behind the last: a handful.
void count_source(Source source, uint64_t& chunks, uint64_t& usable) {
    uint64_t offset;
    unsigned bits;
    while (piece_of(source, offset, bits)) {
        uint64_t count = bits == kChunkBits ? (source.size - offset) >> kChunkBits : 1;
        chunks += count;
        usable += count * usable_pages(bits);
        source.used = offset + (count << bits);
    }
}

// What was made of it for the purpose goes; the next Retype begins at its base again.
void finish_priming() {
    if (!priming) return;
    priming->ready = true;
    seL4_CNode_Delete(ke::cspace_root(), spare_slot, ke::kDepth);
    log.trace("{} MiB of RAM at {x} are ready", priming->size >> 20, priming->physical);
    priming = nullptr;
}

}  // namespace

uint32_t usable_pages(unsigned bits) {
    uint32_t pages = 1u << (bits - kPageBits);
    uint64_t node = align_up(uint64_t{pages} << (kSlotsPerPageBits + seL4_SlotBits), kPageSize) / kPageSize;
    return pages - static_cast<uint32_t>(node) - 2;
}

void collect_sources(const seL4_BootInfo& boot_info) {
    seL4_SlotRegion region = boot_info.untyped;
    uint64_t chunks = 0;
    for (CPtr slot = region.start; slot < region.end && slot - region.start < seL4_MaxBootInfoUntypeds;
         ++slot) {
        const seL4_UntypedDesc& description = boot_info.untypedList[slot - region.start];
        if (description.isDevice || description.sizeBits < kSmallestChunkBits) continue;
        Source source{slot, description.paddr, uint64_t{1} << description.sizeBits, 0};
        source.ready = source.size <= kSmallSource;
        unsigned at = source_count++;
        for (; at > 0 && sources[at - 1].size > source.size; --at)
            sources[at] = sources[at - 1];
        sources[at] = source;
        all_pages += source.size / kPageSize;
        count_source(source, chunks, pages_untaken);
    }
}

unsigned source_total() {
    return source_count;
}

uint64_t most_chunks() {
    uint64_t chunks = 0;
    uint64_t usable = 0;
    for (unsigned i = 0; i < source_count; ++i)
        count_source(sources[i], chunks, usable);
    // What take_at_boot() takes may cut one large piece into small ones.
    return chunks + (kChunkBits - kSmallestChunkBits);
}

Result<CPtr> take_at_boot(unsigned bits) {
    uint64_t size = uint64_t{1} << bits;
    for (unsigned i = 0; i < source_count; ++i) {
        Source& source = sources[i];
        if (source.size < 2 * size) continue;
        uint64_t chunks = 0;
        uint64_t before = 0;
        uint64_t behind = 0;
        count_source(source, chunks, before);
        source.used = size;
        source.ready = true;
        count_source(source, chunks, behind);
        pages_untaken -= before - behind;
        return source.untyped;
    }
    return fail(STATUS_NO_MEMORY);
}

namespace {

// 512 pages each as well: the head's and its own.
void find_head(Piece& piece, const Source& source) {
    bool first = source.used == 0 && source.pieces() > 1;
    piece.headed = source.headed || first;
    piece.head_pieces = first ? source.pieces() : 0;
    if (!piece.headed) return;
    uint64_t own = uint64_t{kOwnPages} * kPageSize;
    uint64_t number = (piece.physical - source.physical) >> kChunkBits;
    piece.physical = source.physical + source.pieces() * own + number * ((uint64_t{1} << kChunkBits) - own);
}

}  // namespace

bool next_piece(Piece& piece, bool urgent) {
    for (bool ready : {true, false}) {
        for (unsigned i = 0; i < source_count && (ready || urgent); ++i) {
            uint64_t offset;
            if (sources[i].ready != ready || !piece_of(sources[i], offset, piece.bits)) continue;
            piece.untyped = sources[i].untyped;
            piece.physical = sources[i].physical + offset;
            piece.source = i;
            find_head(piece, sources[i]);
            return true;
        }
    }
    return false;
}

void take_piece(const Piece& piece) {
    Source& source = sources[piece.source];
    if (&source == priming) {
        wait_for_source(source.untyped);
        finish_priming();
    }
    source.ready = true;
    source.headed = piece.headed;
    source.used = piece.headed ? source.used + (uint64_t{1} << kChunkBits)
                               : piece.physical - source.physical + (uint64_t{1} << piece.bits);
    pages_untaken -= usable_pages(piece.bits);
}

CPtr prime_next() {
    finish_priming();
    for (unsigned i = 0; i < source_count && !priming; ++i)
        if (!sources[i].ready) priming = &sources[i];
    return priming ? priming->untyped : 0;
}

CPtr priming_slot() {
    return spare_slot;
}

void set_priming_slot(CPtr slot) {
    spare_slot = slot;
}

void set_source_waiter(void (*waiter)(CPtr untyped)) {
    wait_for_source = waiter;
}

uint64_t source_pages() {
    return all_pages;
}

uint64_t untaken_pages() {
    return pages_untaken;
}

}  // namespace mm
