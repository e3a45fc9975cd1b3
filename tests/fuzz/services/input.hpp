// SPDX-License-Identifier: GPL-3.0-only
//
// The bytes that decide everything in one play. When they are used up it ends.
#pragma once

#include <stdint.h>

#include <span>

#include "tests/torture/services/random.hpp"

namespace fuzz {

class Input {
public:
    explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}
    bool over() const { return at_ >= bytes_.size(); }
    // Two bytes spread over 64 bits, so that each decision has a place of its own in the input.
    uint64_t next() {
        uint64_t low = byte();
        return torture::Random::mixed(low | byte() << 8);
    }
    // REQUIRES: bound > 0.
    uint64_t below(uint64_t bound) { return bound <= 256 ? byte() % bound : next() % bound; }
    bool chance(unsigned of_hundred) { return below(100) < of_hundred; }

private:
    uint64_t byte() { return over() ? 0 : bytes_[at_++]; }

    std::span<const uint8_t> bytes_;
    size_t at_ = 0;
};

}  // namespace fuzz
