// SPDX-License-Identifier: GPL-3.0-only
//
// Marvin32, the checksum that the entries of a hive's logs have.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

namespace cm::regf {

class Marvin {
public:
    // What hives use.
    static constexpr uint64_t kSeed = 14219357686671994754u;
    explicit Marvin(uint64_t seed = kSeed)
        : low_(static_cast<uint32_t>(seed)), high_(static_cast<uint32_t>(seed >> 32)) {}

    // REQUIRES: a multiple of 4 bytes, but for the last.
    void add(std::span<const uint8_t> bytes) {
        for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
            low_ += word(bytes.first(4));
            mix();
        }
        last_ = word(bytes) | 0x80u << (8 * bytes.size());
    }
    // REQUIRES: once.
    uint64_t value() {
        low_ += last_;
        mix();
        mix();
        return static_cast<uint64_t>(high_) << 32 | low_;
    }

private:
    static uint32_t word(std::span<const uint8_t> bytes) {
        uint32_t word = 0;
        for (size_t i = 0; i < bytes.size(); ++i)
            word |= uint32_t{bytes[i]} << (8 * i);
        return word;
    }
    static uint32_t rotate(uint32_t value, unsigned by) { return value << by | value >> (32 - by); }
    void mix() {
        high_ ^= low_;
        low_ = rotate(low_, 20) + high_;
        high_ = rotate(high_, 9) ^ low_;
        low_ = rotate(low_, 27) + high_;
        high_ = rotate(high_, 19);
    }

    uint32_t low_;
    uint32_t high_;
    uint32_t last_ = 0x80;
};

}  // namespace cm::regf
