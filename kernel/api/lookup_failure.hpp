// SPDX-License-Identifier: GPL-3.0-only
//
// How far the resolution of a capability pointer came before it failed.
#pragma once
#include "abi/sel4/types.h"
#include "kernel/object/cap.hpp"

namespace kernel {

struct LookupFailure {
    std::uint8_t type = seL4_NoFailure;  // seL4_LookupFailureType
    std::uint8_t bits_left = 0;
    std::uint8_t bits_found = 0;
    Word guard_found = 0;

    static LookupFailure invalid_root() { return {.type = seL4_InvalidRoot}; }
    static LookupFailure missing_capability(Word bits_left) {
        return {.type = seL4_MissingCapability, .bits_left = static_cast<std::uint8_t>(bits_left)};
    }
    static LookupFailure depth_mismatch(Word bits_left, Word bits_found) {
        return {.type = seL4_DepthMismatch,
                .bits_left = static_cast<std::uint8_t>(bits_left),
                .bits_found = static_cast<std::uint8_t>(bits_found)};
    }
    static LookupFailure guard_mismatch(Word bits_left, Word guard, Word guard_size) {
        return {.type = seL4_GuardMismatch,
                .bits_left = static_cast<std::uint8_t>(bits_left),
                .bits_found = static_cast<std::uint8_t>(guard_size),
                .guard_found = guard};
    }
};

}  // namespace kernel
