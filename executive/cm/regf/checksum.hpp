// SPDX-License-Identifier: GPL-3.0-only
//
// The checksum of a base block, and the hash of a key's name in a list.
#pragma once

#include <string.h>

#include "base/string.hpp"
#include "executive/cm/regf/format.hpp"

namespace cm::regf {

inline uint32_t checksum(const BaseBlock& block) {
    uint32_t words[offsetof(BaseBlock, checksum) / sizeof(uint32_t)];
    memcpy(words, &block, sizeof words);
    uint32_t sum = 0;
    for (uint32_t word : words)
        sum ^= word;
    // What stands for no checksum is none.
    if (sum == 0) return 1;
    return sum == ~uint32_t{0} ? ~uint32_t{1} : sum;
}

inline uint32_t name_hash(std::u16string_view name) {
    uint32_t hash = 0;
    for (char16_t unit : name)
        hash = hash * 37 + base::upcase(unit);
    return hash;
}

}  // namespace cm::regf
