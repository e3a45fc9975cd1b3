// SPDX-License-Identifier: GPL-3.0-only
//
// The privileges of a token, a bit for each number (SE_*_PRIVILEGE: the low part of its LUID).
#pragma once

#include <initializer_list>

#include "abi/nt/ntseapi.h"

namespace se {

struct Privileges {
    uint64_t present = 0;
    uint64_t enabled = 0;     // a part of those present
    uint64_t by_default = 0;  // enabled when the token was made

    static constexpr ULONG kMost = SE_MAX_WELL_KNOWN_PRIVILEGE;
    static constexpr uint64_t bit(ULONG number) { return number <= kMost ? uint64_t{1} << number : 0; }
    static constexpr uint64_t bits(std::initializer_list<ULONG> numbers) {
        uint64_t all = 0;
        for (ULONG number : numbers)
            all |= bit(number);
        return all;
    }
    // 0 for what is no privilege.
    static constexpr uint64_t bit(const LUID& luid) { return luid.HighPart == 0 ? bit(luid.LowPart) : 0; }

    bool holds(ULONG number) const { return enabled & bit(number); }
    size_t count() const { return static_cast<size_t>(__builtin_popcountll(present)); }
    // SE_PRIVILEGE_*. REQUIRES: present.
    ULONG attributes(ULONG number) const {
        return (by_default & bit(number) ? SE_PRIVILEGE_ENABLED_BY_DEFAULT : 0u) |
               (enabled & bit(number) ? SE_PRIVILEGE_ENABLED : 0u);
    }
    void remove(uint64_t which) {
        present &= ~which;
        enabled &= ~which;
        by_default &= ~which;
    }
};

}  // namespace se
