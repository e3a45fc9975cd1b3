// SPDX-License-Identifier: GPL-3.0-only
// Words as strings of bits, for the reference models: capability pointers are resolved bit by bit.
#pragma once
#include <cstdint>
#include <string>

namespace model {

// The lowest `count` bits of a word, most significant first.
inline std::string bits_of(std::uint64_t word, std::uint64_t count) {
    std::string text;
    for (std::uint64_t i = count; i-- > 0;)
        text += (word >> i) & 1 ? '1' : '0';
    return text;
}

inline std::uint64_t number_of(const std::string& bits) {
    std::uint64_t word = 0;
    for (char bit : bits)
        word = word * 2 + (bit == '1');
    return word;
}

}  // namespace model
