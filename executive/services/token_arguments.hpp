// SPDX-License-Identifier: GPL-3.0-only
//
// What services on tokens read from their callers.
#pragma once

#include "executive/ke/slice.hpp"
#include "executive/ob/charge.hpp"
#include "executive/se/token.hpp"

namespace services {

using namespace base;

// Of both kinds of list, as many as a token can hold.
inline constexpr ULONG kMostListed = se::SidSet::kMost;

struct ListedSid {
    Sid sid;
    ULONG attributes;
};
// The lists of a call, each a TOKEN_GROUPS; a null address is an empty list. They are read in slices of the
// call, since every SID may lie on two pages that have to be brought. STATUS_INVALID_PARAMETER when one is
// too long, STATUS_INVALID_SID.
class GroupLists final : public ke::Kept {
public:
    static Result<Own<GroupLists>> read(ke::Call& call, uint64_t first, uint64_t second = 0);
    GroupLists(uint64_t first, uint64_t second) : addresses_{first, second} {}
    const Vector<ListedSid>& first() const { return lists_[0]; }
    const Vector<ListedSid>& second() const { return lists_[1]; }
    // They, and a list made of them, last beyond this turn. STATUS_QUOTA_EXCEEDED.
    Result<void> charge(ke::Call& call);

private:
    bool is_of(uint64_t first, uint64_t second) const {
        return addresses_[0] == first && addresses_[1] == second;
    }
    Result<bool> go_on(ke::Call& call, const ke::Slice& slice);

    uint64_t addresses_[2];
    size_t at_ = 0;       // the list that is being read
    ULONG count_ = 0;     // of its entries
    bool begun_ = false;  // they are counted
    Vector<ListedSid> lists_[2];
    bool charged_ = false;
    ob::Charge charge_;
};
Result<Sid> read_sid(ke::Call& call, uint64_t address);

struct ListedPrivilege {
    uint64_t bit;  // 0: no privilege
    LUID luid;
    ULONG attributes;
};
// TOKEN_PRIVILEGES; a null address is an empty list.
Result<Vector<ListedPrivilege>> read_privileges(ke::Call& call, uint64_t address);

// The quality of service that an OBJECT_ATTRIBUTES names, or that stands at `address`.
// STATUS_INVALID_PARAMETER.
struct Quality {
    bool given = false;
    SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation;
    bool effective_only = false;
};
Result<Quality> read_quality(ke::Call& call, uint64_t address);
// Those of a new token, which has no name: no service could open it by one. STATUS_OBJECT_NAME_INVALID.
Result<ke::Call::Attributes> capture_token_attributes(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in);

}  // namespace services
