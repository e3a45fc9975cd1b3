// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/device_memory.hpp"

#include "base/bits.hpp"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "base/vector.hpp"
#include "executive/mm/later.hpp"
#include "executive/mm/slots.hpp"

namespace mm {

namespace {

// A device untyped nobody has split, or (bits == 12, frame) a page in use.
struct Piece : TreeLink<Piece> {
    uint64_t physical;
    CPtr capability;
    uint8_t bits;
    bool frame = false;
};
struct PieceKey {
    uint64_t operator()(const Piece& piece) const { return piece.physical; }
};

[[clang::no_destroy]] constinit Tree<Piece, Piece, PieceKey> pieces;
constinit uint64_t next_address = kDeviceBase;

// A range mapped for the Executive before.
struct Window {
    uint64_t physical;
    uint64_t pages;
    uint64_t address;
};
[[clang::no_destroy]] constinit Vector<Window> windows;

Result<void> add_piece(uint64_t physical, CPtr capability, unsigned bits) {
    Own<Piece> piece = TRY(make_own<Piece>());
    piece->physical = physical;
    piece->capability = capability;
    piece->bits = static_cast<uint8_t>(bits);
    pieces.insert(*piece.leak());
    return {};
}

// Replaces a piece by its two halves.
Result<void> split(Piece& piece) {
    CPtr halves[2];
    unsigned bits = piece.bits - 1u;
    for (CPtr& half : halves) {
        half = TRY(ke::allocate_slot());
        if (seL4_Error error = cspace().retype_into(piece.capability, seL4_UntypedObject, bits, half))
            return fail(ke::from_kernel(error));
    }
    TRY(add_piece(piece.physical + (uint64_t{1} << bits), halves[1], bits));
    piece.capability = halves[0];
    piece.bits = static_cast<uint8_t>(bits);
    return {};
}

Piece* piece_at(uint64_t physical) {
    Piece* piece = pieces.find_at_or_before(physical);
    return piece && physical - piece->physical < uint64_t{1} << piece->bits ? piece : nullptr;
}

}  // namespace

Result<void> initialize_devices(const seL4_BootInfo& boot_info) {
    seL4_SlotRegion region = boot_info.untyped;
    for (CPtr slot = region.start; slot < region.end && slot - region.start < seL4_MaxBootInfoUntypeds;
         ++slot) {
        const seL4_UntypedDesc& description = boot_info.untypedList[slot - region.start];
        if (!description.isDevice || description.sizeBits < kPageBits) continue;
        TRY(add_piece(description.paddr, slot, description.sizeBits));
    }
    return {};
}

Result<CPtr> device_page(uint64_t physical, const ke::Slice* slice) {
    Piece* piece = piece_at(physical);
    while (piece && piece->bits > kPageBits) {
        if (slice && slice->over()) return fail(later());
        TRY(split(*piece));
        piece = piece_at(physical);
    }
    if (!piece) return fail(STATUS_INVALID_PARAMETER);
    if (piece->frame) return piece->capability;
    CPtr frame = TRY(ke::allocate_slot());
    if (seL4_Error error = cspace().retype_into(piece->capability, seL4_X86_4K, 0, frame)) {
        ke::free_slot(frame);
        return fail(ke::from_kernel(error));
    }
    piece->capability = frame;
    piece->frame = true;
    return frame;
}

seL4_Word cache_attributes(hal::Cache cache) {
    switch (cache) {
        case hal::Cache::Uncached:
            return seL4_X86_Uncacheable;
        case hal::Cache::WriteCombining:
            return seL4_X86_WriteCombining;
        default:
            return seL4_X86_Default_VMAttributes;
    }
}

namespace {

Result<void> map_device_page(uint64_t physical, uint64_t address, hal::Cache cache) {
    CPtr frame = TRY(device_page(physical, nullptr));
    CPtr copy = TRY(ke::allocate_slot());
    seL4_Error error = seL4_CNode_Copy(ke::cspace_root(), copy, ke::kDepth, ke::cspace_root(), frame,
                                       ke::kDepth, seL4_AllRights);
    if (error) return fail(ke::from_kernel(error));
    return map_own(copy, address, cache_attributes(cache));
}

}  // namespace

}  // namespace mm

namespace hal {

Result<std::span<uint8_t>> map_physical(uint64_t physical, size_t length, Cache cache) {
    constexpr size_t kLongest = size_t{64} << 20;
    if (length == 0 || length > kLongest || physical > UINT64_MAX - length)
        return fail(STATUS_INVALID_PARAMETER);
    uint64_t first = align_down(physical, mm::kPageSize);
    uint64_t pages = (align_up(physical + length, mm::kPageSize) - first) / mm::kPageSize;
    for (const mm::Window& window : mm::windows) {
        if (first < window.physical ||
            first + pages * mm::kPageSize > window.physical + window.pages * mm::kPageSize)
            continue;
        uint64_t address = window.address + (physical - window.physical);
        return std::span<uint8_t>(reinterpret_cast<uint8_t*>(address), length);
    }
    uint64_t address = mm::next_address;
    mm::next_address += (pages + 1) * mm::kPageSize;
    for (uint64_t page = 0; page < pages; ++page)
        TRY(mm::map_device_page(first + page * mm::kPageSize, address + page * mm::kPageSize, cache));
    TRY(mm::windows.push_back({first, pages, address}));
    return std::span<uint8_t>(reinterpret_cast<uint8_t*>(address + (physical - first)), length);
}

}  // namespace hal
