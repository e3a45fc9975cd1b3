// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/token_arguments.hpp"

#include "executive/ke/call.hpp"

namespace services {

Result<Sid> read_sid(ke::Call& call, uint64_t address) {
    uint8_t bytes[SECURITY_MAX_SID_SIZE] = {};
    TRY(call.memory().copy_in(bytes, address, 8));
    if (bytes[1] > SID_MAX_SUB_AUTHORITIES) return fail(STATUS_INVALID_SID);
    TRY(call.memory().copy_in(bytes + 8, address + 8, 4u * bytes[1]));
    return Sid::parse(bytes);
}

Result<Vector<ListedSid>> read_groups(ke::Call& call, uint64_t address) {
    Vector<ListedSid> list;
    if (address == 0) return list;
    ULONG count = TRY(call.read(ke::UserIn<ULONG>(address)));
    if (count > kMostListed) return fail(STATUS_INVALID_PARAMETER);
    TRY(list.reserve(count));
    ke::UserIn<SID_AND_ATTRIBUTES> entries(address + offsetof(TOKEN_GROUPS, Groups));
    for (ULONG i = 0; i < count; ++i) {
        SID_AND_ATTRIBUTES entry = TRY(call.read(entries, i));
        TRY(list.push_back({TRY(read_sid(call, reinterpret_cast<uint64_t>(entry.Sid))), entry.Attributes}));
    }
    return list;
}

Result<Vector<ListedPrivilege>> read_privileges(ke::Call& call, uint64_t address) {
    Vector<ListedPrivilege> list;
    if (address == 0) return list;
    constexpr ULONG kMost = 64;
    ULONG count = TRY(call.read(ke::UserIn<ULONG>(address)));
    if (count > kMost) return fail(STATUS_INVALID_PARAMETER);
    ke::UserIn<LUID_AND_ATTRIBUTES> entries(address + offsetof(TOKEN_PRIVILEGES, Privileges));
    for (ULONG i = 0; i < count; ++i) {
        LUID_AND_ATTRIBUTES item = TRY(call.read(entries, i));
        TRY(list.push_back({se::Privileges::bit(item.Luid), item.Luid, item.Attributes}));
    }
    return list;
}

Result<ke::Call::Attributes> capture_token_attributes(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.name.empty()) return fail(STATUS_OBJECT_NAME_INVALID);
    return attributes;
}

Result<Quality> read_quality(ke::Call& call, uint64_t address) {
    if (address == 0) return Quality();
    auto given = TRY(call.read(ke::UserIn<SECURITY_QUALITY_OF_SERVICE>(address)));
    if (given.Length != sizeof given || static_cast<ULONG>(given.ImpersonationLevel) > SecurityDelegation)
        return fail(STATUS_INVALID_PARAMETER);
    return Quality{true, given.ImpersonationLevel, given.EffectiveOnly != FALSE};
}

}  // namespace services
