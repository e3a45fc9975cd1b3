// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>
#include <string.h>

#include <vector>

#include "base/descriptor.hpp"
#include "executive/se/access_check.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using test::Fixture;

constexpr se::Sid kStranger{5, {21, 1, 2, 3}};

void append_ace(std::vector<uint8_t>& acl, UCHAR type, ACCESS_MASK mask, const se::Sid& sid) {
    ACE_HEADER header{type, 0, static_cast<USHORT>(8 + sid.size())};
    auto add = [&](const void* data, size_t size) {
        auto* bytes = static_cast<const uint8_t*>(data);
        acl.insert(acl.end(), bytes, bytes + size);
    };
    add(&header, sizeof(header));
    add(&mask, sizeof(mask));
    add(sid.bytes().data(), sid.size());
    acl[2] = static_cast<uint8_t>(acl.size());
    acl[3] = static_cast<uint8_t>(acl.size() >> 8);
    ++acl[4];
}

base::Vector<uint8_t> with_dacl(const std::vector<uint8_t>& acl, const se::Sid& owner) {
    se::Parts parts;
    parts.owner = owner.bytes();
    parts.has_dacl = true;
    parts.dacl = acl;
    return MUST(se::build_descriptor(parts));
}

std::vector<uint8_t> empty_acl() {
    return {ACL_REVISION, 0, 8, 0, 0, 0, 0, 0};
}

constexpr ob::GenericMapping kMapping{EVENT_QUERY_STATE, EVENT_MODIFY_STATE, SYNCHRONIZE, EVENT_ALL_ACCESS};

base::Result<ACCESS_MASK> check(std::span<const uint8_t> descriptor, ACCESS_MASK desired) {
    MUST(se::initialize());
    se::AccessAnswer answer = se::access_check({se::system_token(), descriptor, desired, kMapping});
    if (answer.status != STATUS_SUCCESS) return base::fail(answer.status);
    return answer.granted;
}

TEST(Security, TheFirstEntryThatSpeaksDecides) {
    auto acl = empty_acl();
    append_ace(acl, ACCESS_DENIED_ACE_TYPE, EVENT_MODIFY_STATE, se::kEveryone);
    append_ace(acl, ACCESS_ALLOWED_ACE_TYPE, EVENT_ALL_ACCESS, se::kAdministrators);
    auto descriptor = with_dacl(acl, kStranger);
    EXPECT_TRUE(check(descriptor.span(), EVENT_QUERY_STATE));
    EXPECT_EQ(check(descriptor.span(), EVENT_MODIFY_STATE).error(), STATUS_ACCESS_DENIED);
    ACCESS_MASK most = MUST(check(descriptor.span(), MAXIMUM_ALLOWED));
    EXPECT_EQ(most, EVENT_ALL_ACCESS & ~ACCESS_MASK{EVENT_MODIFY_STATE});
}

TEST(Security, TheUserIsAMemberOfItself) {
    auto acl = empty_acl();
    append_ace(acl, ACCESS_ALLOWED_ACE_TYPE, EVENT_ALL_ACCESS, se::kLocalSystem);
    auto descriptor = with_dacl(acl, kStranger);
    EXPECT_EQ(MUST(check(descriptor.span(), EVENT_ALL_ACCESS)), ACCESS_MASK{EVENT_ALL_ACCESS});
    EXPECT_TRUE(se::anonymous_token().grants_by(se::kAnonymous));
}

TEST(Security, AnEmptyListGrantsNothingAndNoneEverything) {
    auto closed = with_dacl(empty_acl(), kStranger);
    EXPECT_FALSE(check(closed.span(), EVENT_QUERY_STATE));
    auto owned = with_dacl(empty_acl(), se::kAdministrators);
    EXPECT_TRUE(check(owned.span(), READ_CONTROL | WRITE_DAC));
    EXPECT_TRUE(check({}, EVENT_ALL_ACCESS));
    EXPECT_EQ(check({}, ACCESS_SYSTEM_SECURITY).error(), STATUS_PRIVILEGE_NOT_HELD);
}

TEST(Security, CorruptDescriptorsAreRefused) {
    auto acl = empty_acl();
    append_ace(acl, ACCESS_ALLOWED_ACE_TYPE, EVENT_ALL_ACCESS, se::kAdministrators);
    auto good = with_dacl(acl, se::kLocalSystem);
    ASSERT_TRUE(se::check_descriptor(good.span()));
    // Cut short, and with each byte changed: an error or a descriptor that can be used, never a crash.
    for (size_t length = 0; length < good.size(); ++length) {
        std::vector<uint8_t> cut(good.begin(), good.begin() + length);
        EXPECT_FALSE(se::check_descriptor(cut)) << length;
    }
    for (size_t at = 0; at < good.size(); ++at) {
        for (unsigned value : {0u, 1u, 0x7fu, 0xffu}) {
            std::vector<uint8_t> bad(good.begin(), good.end());
            bad[at] = static_cast<uint8_t>(value);
            if (se::check_descriptor(bad)) (void)static_cast<bool>(check(bad, EVENT_ALL_ACCESS));
        }
    }
}

TEST(Security, DescriptorsOfObjects) {
    Fixture f;
    HANDLE event = f.make_event(NotificationEvent, false, f.named(u"\\BaseNamedObjects\\Guarded"));
    auto acl = empty_acl();
    append_ace(acl, ACCESS_ALLOWED_ACE_TYPE, EVENT_QUERY_STATE, se::kEveryone);
    auto foreign = with_dacl(acl, kStranger);
    uint64_t strangers = f.client.user.allocate(foreign.size());
    ASSERT_TRUE(f.client.user.copy_out(strangers, foreign.data(), foreign.size()));
    auto descriptor = with_dacl(acl, se::kAdministrators);
    uint64_t address = f.client.user.allocate(descriptor.size());
    ASSERT_TRUE(f.client.user.copy_out(address, descriptor.data(), descriptor.size()));
    ULONG both = DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION;
    // An owner whom the caller's token does not let it name.
    EXPECT_EQ(test::finish(NtSetSecurityObject(f.call(), {event, both, reinterpret_cast<PVOID>(strangers)})),
              STATUS_INVALID_OWNER);
    EXPECT_EQ(test::finish(NtSetSecurityObject(f.call(), {event, both, reinterpret_cast<PVOID>(address)})),
              STATUS_SUCCESS);
    auto out = f.out<HANDLE>();
    auto name = f.named(u"\\BaseNamedObjects\\Guarded");
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_MODIFY_STATE, name}), STATUS_ACCESS_DENIED);
    EXPECT_EQ(NtOpenEvent(f.call(), {out, EVENT_QUERY_STATE, name}), STATUS_SUCCESS);
    auto needed = f.out<ULONG>();
    EXPECT_EQ(test::finish(NtQuerySecurityObject(f.call(), {event, both, {0, 0}, 0, needed})),
              STATUS_BUFFER_TOO_SMALL);
    uint64_t back = f.client.user.allocate(f.get(needed));
    EXPECT_EQ(test::finish(NtQuerySecurityObject(
                  f.call(), {event, both, {back, f.get(needed)}, f.get(needed), needed})),
              STATUS_SUCCESS);
    EXPECT_EQ(
        test::finish(NtSetSecurityObject(f.call(), {event, both, reinterpret_cast<PVOID>(test::kUnmapped)})),
        STATUS_ACCESS_VIOLATION);
}

}  // namespace
