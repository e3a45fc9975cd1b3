// SPDX-License-Identifier: GPL-3.0-only
// Cuts memory into untyped objects: aligned powers of two, in address order. There is room for a limited
// number; a machine with more pieces than that loses the least useful ones, never all of its RAM.
#pragma once
#include <cstdint>

#include "ranges.hpp"

namespace boot {

struct UntypedPiece {
    std::uint64_t address;
    std::uint8_t size_bits;
    bool device;
};

class UntypedList {
public:
    static constexpr unsigned kMinBits = 4;
    static constexpr unsigned kMaxBits = 47;
    static constexpr std::uint64_t kWindowSize = std::uint64_t{1} << 39;

    // Decides which pieces of both lists to use so that at most `capacity` remain.
    UntypedList(const RangeList& device, const RangeList& ram, unsigned capacity);

    unsigned min_device_bits() const { return min_bits_[1]; }
    unsigned min_ram_bits() const { return min_bits_[0]; }

    // Calls use(UntypedPiece) for every piece: device memory first, each kind in ascending order.
    template <typename Use>
    void for_each(Use use) const {
        for (const Range& range : device_.ranges())
            cut(range, true, use);
        for (const Range& range : ram_.ranges())
            cut(range, false, use);
    }

private:
    template <typename Use>
    void cut(Range range, bool device, Use use) const {
        while (range.begin < range.end) {
            const unsigned bits = piece_bits(range);
            if (bits < kMinBits) {
                range.begin = (range.begin | ((1u << kMinBits) - 1)) + 1;
                continue;
            }
            if (bits >= min_bits_[device ? 1 : 0]) {
                use(UntypedPiece{range.begin, static_cast<std::uint8_t>(bits), device});
            }
            range.begin += std::uint64_t{1} << bits;
        }
    }
    static unsigned piece_bits(const Range& range);
    unsigned count() const;

    const RangeList& device_;
    const RangeList& ram_;
    unsigned min_bits_[2] = {kMinBits, kMinBits};
};

}  // namespace boot
