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

Result<Own<GroupLists>> GroupLists::read(ke::Call& call, uint64_t first, uint64_t second) {
    ke::Slice slice;
    Own<GroupLists> lists = call.take_kept<GroupLists>();
    if (!lists || !lists->is_of(first, second)) lists = TRY(make_own<GroupLists>(first, second));
    if (TRY(lists->go_on(call, slice))) return lists;
    TRY(lists->charge(call));
    call.keep(std::move(lists));
    return fail(call.again(call.progress()));
}

Result<void> GroupLists::charge(ke::Call& call) {
    constexpr size_t kMostBytes = sizeof(GroupLists) + 3 * kMostListed * sizeof(ListedSid);
    if (!charged_) charge_ = TRY(ob::Charge::take(call.client(), kMostBytes));
    charged_ = true;
    return {};
}

// True when all are read.
Result<bool> GroupLists::go_on(ke::Call& call, const ke::Slice& slice) {
    for (; at_ < 2; ++at_, begun_ = false) {
        Vector<ListedSid>& list = lists_[at_];
        if (addresses_[at_] == 0) continue;
        if (!begun_) count_ = TRY(call.read(ke::UserIn<ULONG>(addresses_[at_])));
        if (count_ > kMostListed) return fail(STATUS_INVALID_PARAMETER);
        begun_ = true;
        TRY(list.reserve(count_));
        ke::UserIn<SID_AND_ATTRIBUTES> entries(addresses_[at_] + offsetof(TOKEN_GROUPS, Groups));
        while (list.size() < count_) {
            if (slice.over()) return false;
            SID_AND_ATTRIBUTES entry = TRY(call.read(entries, list.size()));
            Sid sid = TRY(read_sid(call, reinterpret_cast<uint64_t>(entry.Sid)));
            TRY(list.push_back({sid, entry.Attributes}));
        }
    }
    return true;
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
