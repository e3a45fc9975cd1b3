// SPDX-License-Identifier: GPL-3.0-only
#include "untyped_list.hpp"

namespace boot {
namespace {

// What to give up first, in this order: scraps of device memory below a page, small scraps of RAM, then
// larger and larger ones of both. Devices keep their pages longest: RAM is replaceable, a register page is
// not.
struct Concession {
    bool device;
    std::uint8_t min_bits;
};
constexpr Concession kConcessions[] = {
    {true, 10}, {false, 13}, {true, 12}, {false, 15}, {false, 17}, {false, 19}, {true, 13}, {false, 20},
    {true, 14}, {true, 15},  {true, 16}, {false, 21}, {true, 18},  {false, 22}, {true, 20}, {false, 24},
    {true, 22}, {false, 26}, {true, 26}, {false, 28}, {true, 30},  {true, 47},
};

}  // namespace

UntypedList::UntypedList(const RangeList& device, const RangeList& ram, unsigned capacity)
    : device_(device), ram_(ram) {
    for (const Concession& concession : kConcessions) {
        if (count() <= capacity) return;
        min_bits_[concession.device ? 1 : 0] = concession.min_bits;
    }
}

unsigned UntypedList::piece_bits(const Range& range) {
    const auto size_bits = static_cast<unsigned>(63 - __builtin_clzll(range.size()));
    // seL4 aligns addresses of the kernel's window, which wrap to 0 at its end: from there on, a piece may be
    // larger than the physical address is aligned.
    const std::uint64_t alias = range.begin - kWindowSize;
    const unsigned alignment = alias == 0 ? kMaxBits : static_cast<unsigned>(__builtin_ctzll(alias));
    const unsigned bits = size_bits < alignment ? size_bits : alignment;
    return bits < kMaxBits ? bits : kMaxBits;
}

unsigned UntypedList::count() const {
    unsigned pieces = 0;
    for_each([&pieces](UntypedPiece) { ++pieces; });
    return pieces;
}

}  // namespace boot
