// SPDX-License-Identifier: GPL-3.0-only
//
// What services on tokens read from their callers.
#pragma once

#include "executive/se/token.hpp"

namespace services {

using namespace base;

// Of both kinds of list, as many as a token can hold.
inline constexpr ULONG kMostListed = se::SidSet::kMost;

struct ListedSid {
    Sid sid;
    ULONG attributes;
};
// TOKEN_GROUPS; a null address is an empty list. STATUS_INVALID_PARAMETER when it is too long,
// STATUS_INVALID_SID.
Result<Vector<ListedSid>> read_groups(ke::Call& call, uint64_t address);
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
