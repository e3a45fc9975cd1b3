// SPDX-License-Identifier: GPL-3.0-only
//
// Alignment and bit arithmetic. Alignments are powers of two.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <bit>

namespace base {

template <typename T>
constexpr T align_down(T value, uint64_t alignment) {
    return static_cast<T>(value & ~static_cast<T>(alignment - 1));
}

// Wraps to a small number when the result does not fit: check with align_up_fits first where input decides.
template <typename T>
constexpr T align_up(T value, uint64_t alignment) {
    return static_cast<T>((value + static_cast<T>(alignment - 1)) & ~static_cast<T>(alignment - 1));
}

template <typename T>
constexpr bool align_up_fits(T value, uint64_t alignment) {
    return align_up(value, alignment) >= value;
}

constexpr bool is_aligned(uint64_t value, uint64_t alignment) {
    return (value & (alignment - 1)) == 0;
}

// REQUIRES: value > 0.
constexpr unsigned log2_floor(uint64_t value) {
    return 63u - static_cast<unsigned>(std::countl_zero(value));
}

constexpr unsigned log2_ceil(uint64_t value) {
    return value <= 1 ? 0 : log2_floor(value - 1) + 1;
}

// offset + length <= size, without overflow.
constexpr bool range_fits(uint64_t offset, uint64_t length, uint64_t size) {
    return offset <= size && length <= size - offset;
}

}  // namespace base
