// SPDX-License-Identifier: GPL-3.0-only
//
// Security identifiers as values. The bytes are NT's SID structure: revision, count, authority,
// sub-authorities.
#pragma once

#include <span>

#include "abi/nt/ntseapi.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace se {

class Sid {
public:
    constexpr Sid() = default;
    constexpr Sid(uint8_t authority, std::initializer_list<uint32_t> parts)
        : count_(static_cast<uint8_t>(parts.size())), authority_{0, 0, 0, 0, 0, authority} {
        size_t index = 0;
        for (uint32_t part : parts)
            parts_[index++] = part;
    }
    // The SID at the beginning of these bytes. STATUS_INVALID_SID.
    static Result<Sid> parse(std::span<const uint8_t> bytes);

    size_t size() const { return 8 + 4 * size_t{count_}; }
    std::span<const uint8_t> bytes() const { return {&revision_, size()}; }
    bool operator==(const Sid& other) const;

private:
    uint8_t revision_ = SID_REVISION;
    uint8_t count_ = 0;
    uint8_t authority_[6] = {};
    uint32_t parts_[SID_MAX_SUB_AUTHORITIES] = {};
};
static_assert(sizeof(Sid) == SECURITY_MAX_SID_SIZE);

inline constexpr Sid kEveryone{1, {0}};
inline constexpr Sid kLocalSystem{5, {SECURITY_LOCAL_SYSTEM_RID}};
inline constexpr Sid kAuthenticatedUsers{5, {11}};
inline constexpr Sid kAdministrators{5, {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS}};
inline constexpr Sid kSystemIntegrity{16, {0x4000}};

}  // namespace se
