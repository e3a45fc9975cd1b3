// SPDX-License-Identifier: GPL-3.0-only
//
// Functions on PCI buses, as their configuration space behaves: registers of ones and zeros that cannot be
// written, statuses cleared by ones, base addresses of their size, resets that lose what was written.
#pragma once

#include <array>
#include <functional>
#include <map>

#include "executive/hal/pci.hpp"

namespace fakes {

class PciFunction {
public:
    PciFunction();
    uint32_t word(unsigned offset) const { return words_[offset / 4]; }
    void set(unsigned offset, uint32_t value, uint32_t writable = 0);
    // A memory range of this size and place (of the kind of its low bits).
    void range(unsigned number, uint32_t start, uint32_t size);
    // Another capability: it comes after those that are there. The next one is linked by it.
    void capability(uint8_t at, uint8_t kind, uint32_t rest_of_first_word = 0);
    void written(unsigned offset, uint32_t value);
    // As it was when it was first read or written, but for what sticks.
    void reset();

    unsigned resets = 0;
    // Asked after each write; true: that resets it.
    std::function<bool(unsigned offset, uint32_t value)> resets_at;

private:
    std::array<uint32_t, 64> words_{};
    std::array<uint32_t, 64> writable_{};
    std::array<uint32_t, 64> at_reset_{};
    uint8_t last_capability_ = 0;
};

// By bus << 8 | device << 3 | function.
std::map<unsigned, PciFunction>& pci();

}  // namespace fakes
