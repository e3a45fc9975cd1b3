// SPDX-License-Identifier: GPL-3.0-only
//
// Security identifiers: as values, and as what stands in somebody else's bytes. The bytes are NT's SID
// structure: revision, count, authority (6 bytes), sub-authorities; 8 to 68 of them.
#pragma once

#include <span>

#include "abi/nt/ntseapi.h"
#include "base/result.hpp"

namespace base {

class Sid;

// The bytes of a SID that have been checked; they are not owned. Null when there is none.
class SidView {
public:
    constexpr SidView() = default;
    SidView(const Sid& sid);
    // The SID at the beginning of these bytes. STATUS_INVALID_SID.
    static Result<SidView> at(std::span<const uint8_t> bytes);
    // The same for bytes that were checked when they came in.
    static SidView checked(const uint8_t* bytes) { return SidView(bytes); }

    bool null() const { return bytes_ == nullptr; }
    size_t size() const { return bytes_ ? 8 + 4 * size_t{bytes_[1]} : 0; }
    std::span<const uint8_t> bytes() const { return {bytes_, size()}; }
    // Not null ones only; a null one is equal to none.
    bool operator==(const SidView& other) const;
    // Differs with each boot when `seed` does.
    uint32_t hash(uint64_t seed) const;

private:
    explicit constexpr SidView(const uint8_t* bytes) : bytes_(bytes) {}
    const uint8_t* bytes_ = nullptr;
};

class Sid {
public:
    constexpr Sid() = default;
    constexpr Sid(uint8_t authority, std::initializer_list<uint32_t> parts)
        : count_(static_cast<uint8_t>(parts.size())), authority_{0, 0, 0, 0, 0, authority} {
        size_t index = 0;
        for (uint32_t part : parts)
            parts_[index++] = part;
    }
    explicit Sid(const SidView& view);
    // The SID at the beginning of these bytes. STATUS_INVALID_SID.
    static Result<Sid> parse(std::span<const uint8_t> bytes);

    size_t size() const { return 8 + 4 * size_t{count_}; }
    std::span<const uint8_t> bytes() const { return {&revision_, size()}; }
    bool operator==(const Sid& other) const { return SidView(*this) == SidView(other); }
    // Of a SID with at least one sub-authority; 0 else.
    uint32_t last_part() const { return count_ ? parts_[count_ - 1] : 0; }

private:
    uint8_t revision_ = SID_REVISION;
    uint8_t count_ = 0;
    [[maybe_unused]] uint8_t authority_[6] = {};  // read as bytes
    uint32_t parts_[SID_MAX_SUB_AUTHORITIES] = {};
};
static_assert(sizeof(Sid) == SECURITY_MAX_SID_SIZE);

inline SidView::SidView(const Sid& sid) : bytes_(sid.bytes().data()) {}

inline constexpr Sid kEveryone{1, {SECURITY_WORLD_RID}};
inline constexpr Sid kCreatorOwner{3, {SECURITY_CREATOR_OWNER_RID}};
inline constexpr Sid kCreatorGroup{3, {SECURITY_CREATOR_GROUP_RID}};
inline constexpr Sid kOwnerRights{3, {SECURITY_CREATOR_OWNER_RIGHTS_RID}};
inline constexpr Sid kService{5, {SECURITY_SERVICE_RID}};
inline constexpr Sid kAnonymous{5, {SECURITY_ANONYMOUS_LOGON_RID}};
inline constexpr Sid kPrincipalSelf{5, {SECURITY_PRINCIPAL_SELF_RID}};
inline constexpr Sid kAuthenticatedUsers{5, {SECURITY_AUTHENTICATED_USER_RID}};
inline constexpr Sid kLocalSystem{5, {SECURITY_LOCAL_SYSTEM_RID}};
inline constexpr Sid kAdministrators{5, {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS}};

}  // namespace base
