// SPDX-License-Identifier: GPL-3.0-only
//
// The ZeroBits argument of services that choose an address.
#pragma once

#include "executive/ke/user_memory.hpp"

namespace ps {

// A count of clear high bits of 32 (1 to 21; 0: anywhere) or, larger, a mask of the bits allowed. The highest
// address that a choice may contain. STATUS_INVALID_PARAMETER_3.
inline base::Result<uint64_t> highest_address(uint64_t zero_bits) {
    if (zero_bits == 0) return ke::kHighestUserAddress;
    if (zero_bits > 21 && zero_bits < 32) return base::fail(STATUS_INVALID_PARAMETER_3);
    uint64_t highest = zero_bits < 32 ? 0xffffffffu >> zero_bits : zero_bits;
    return highest < ke::kHighestUserAddress ? highest : ke::kHighestUserAddress;
}

}  // namespace ps
