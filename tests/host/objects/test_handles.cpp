// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "executive/ex/event.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using base::Ref;
using test::Fixture;

TEST(Handles, AreMultiplesOfFourAndReused) {
    Fixture f;
    std::set<uint64_t> seen;
    for (int i = 0; i < 100; ++i) {
        auto value = reinterpret_cast<uint64_t>(f.make_event(NotificationEvent, false));
        EXPECT_EQ(value % 4, 0u);
        EXPECT_NE(value, 0u);
        EXPECT_TRUE(seen.insert(value).second);
    }
    for (uint64_t value : seen)
        EXPECT_EQ(NtClose(f.call(), {reinterpret_cast<HANDLE>(value)}), STATUS_SUCCESS);
    EXPECT_EQ(f.client.table.count(), 0u);
    f.client.table.close_all();  // the table itself
    EXPECT_EQ(f.client.limit.used(), 0u);
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(seen.contains(reinterpret_cast<uint64_t>(f.make_event(NotificationEvent, false))));
}

TEST(Handles, ClosedAndWildOnesAreInvalid) {
    Fixture f;
    HANDLE handle = f.make_event(NotificationEvent, false);
    EXPECT_EQ(NtClose(f.call(), {handle}), STATUS_SUCCESS);
    EXPECT_EQ(NtClose(f.call(), {handle}), STATUS_INVALID_HANDLE);
    for (uint64_t wild : {uint64_t{0}, uint64_t{3}, uint64_t{0x4000}, uint64_t{0x7fffffffffff}, ~uint64_t{6}})
        EXPECT_EQ(NtClose(f.call(), {reinterpret_cast<HANDLE>(wild)}), STATUS_INVALID_HANDLE) << wild;
    EXPECT_EQ(NtSetEvent(f.call(), {handle, {}}), STATUS_INVALID_HANDLE);
}

TEST(Handles, AccessIsChecked) {
    Fixture f;
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtCreateEvent(f.call(), {out, EVENT_QUERY_STATE, {}, NotificationEvent, false}),
              STATUS_SUCCESS);
    EXPECT_EQ(NtSetEvent(f.call(), {f.get(out), {}}), STATUS_ACCESS_DENIED);
    EXPECT_EQ(NtReleaseSemaphore(f.call(), {f.get(out), 1, {}}), STATUS_OBJECT_TYPE_MISMATCH);
    // A right that events have not is not given.
    EXPECT_EQ(NtCreateEvent(f.call(), {out, 0x8000, {}, NotificationEvent, false}), STATUS_SUCCESS);
    EXPECT_EQ(f.client.table.find(f.get(out))->access, 0u);
}

TEST(Handles, AFailingWriteLeavesNothingBehind) {
    Fixture f;
    ke::UserOut<HANDLE> bad(test::kUnmapped);
    EXPECT_EQ(NtCreateEvent(f.call(), {bad, EVENT_ALL_ACCESS, {}, NotificationEvent, false}),
              STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(NtCreateEvent(f.call(), {{}, EVENT_ALL_ACCESS, {}, NotificationEvent, false}),
              STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(f.client.table.count(), 0u);
    f.client.table.close_all();  // the table itself
    EXPECT_EQ(f.client.limit.used(), 0u);
    EXPECT_EQ(ex::Event::kType.handle_count, 0u);
}

TEST(Handles, ProtectedOnesStayUntilTheEnd) {
    Fixture f;
    HANDLE handle = f.make_event(NotificationEvent, false);
    OBJECT_HANDLE_FLAG_INFORMATION flags{TRUE, TRUE};
    ke::UserInBuffer in{f.client.user.put(flags), sizeof(flags)};
    EXPECT_EQ(NtSetInformationObject(f.call(), {handle, ObjectHandleFlagInformation, in, sizeof(flags)}),
              STATUS_SUCCESS);
    EXPECT_EQ(NtClose(f.call(), {handle}), STATUS_HANDLE_NOT_CLOSABLE);
    f.client.table.close_all();
    EXPECT_EQ(f.client.table.count(), 0u);
}

void inherit(ob::HandleTable& table, ob::HandleTable& parent) {
    size_t index = 0;
    for (;;) {
        auto all = table.inherit(parent, index);
        ASSERT_TRUE(all);
        if (*all) return;
    }
}

TEST(Handles, InheritedAtTheSameValue) {
    Fixture parent;
    HANDLE plain = parent.make_event(NotificationEvent, true);
    HANDLE inherited = parent.make_event(NotificationEvent, true, parent.named(u"", OBJ_INHERIT));
    test::Client child;
    inherit(child.table, parent.client.table);
    EXPECT_EQ(child.table.find(plain), nullptr);
    ASSERT_NE(child.table.find(inherited), nullptr);
    EXPECT_EQ(child.table.count(), 1u);
    EXPECT_EQ(child.table.find(inherited)->object->handle_count(), 2u);
    EXPECT_GE(child.limit.used(), ob::Object::kBaseCharge);
}

// One more handle costs the same however many there are: nothing that is there moves.
TEST(Handles, ATableGrowsInPlace) {
    constexpr unsigned kMany = 3000;
    Fixture f;
    HANDLE first = f.make_event(NotificationEvent, true);
    ob::HandleEntry* entry = f.client.table.find(first);
    HANDLE last = nullptr;
    for (unsigned i = 0; i < kMany; ++i)
        ASSERT_NE(last = *f.client.table.insert(Ref<ob::Object>(entry->object), 1, 0), nullptr);
    EXPECT_EQ(f.client.table.find(first), entry);
    ASSERT_NE(f.client.table.find(last), nullptr);
    EXPECT_EQ(f.client.table.find(last)->object, entry->object);
    EXPECT_EQ(reinterpret_cast<uint64_t>(last), reinterpret_cast<uint64_t>(first) + 4 * kMany);
    // It ends a few places at a time.
    EXPECT_FALSE(f.client.table.close_all(kMany));
    EXPECT_EQ(f.client.table.count(), 1u);
    for (unsigned rounds = 0; !f.client.table.close_all(16); ++rounds)
        ASSERT_LT(rounds, 100u);
    EXPECT_EQ(f.client.table.find(first), nullptr);
}

// A slice may end between any two places, and the parent's table may change meanwhile.
TEST(Handles, ManyAreInheritedInSlices) {
    Fixture parent;
    HANDLE event = parent.make_event(NotificationEvent, true);
    Ref<ob::Object> object(parent.client.table.find(event)->object);
    std::vector<HANDLE> handles;
    for (int i = 0; i < 300; ++i)
        handles.push_back(*parent.client.table.insert(object, 1, i % 100 == 99 ? OBJ_INHERIT : 0));
    test::Client child;
    uint64_t kept = std::exchange(ke::slice_ticks, 0);
    size_t index = 0;
    unsigned slices = 1;
    for (bool closed = false; !*child.table.inherit(parent.client.table, index); ++slices)
        if (index >= 150 && !std::exchange(closed, true))
            ASSERT_TRUE(parent.client.table.close(handles[199]));
    ke::slice_ticks = kept;
    // One or two places each.
    EXPECT_GT(slices, 150u);
    EXPECT_EQ(child.table.count(), 2u);
    EXPECT_NE(child.table.find(handles[99]), nullptr);
    EXPECT_EQ(child.table.find(handles[199]), nullptr);
    EXPECT_NE(child.table.find(handles[299]), nullptr);
    // The places between are free, and used before there are more.
    EXPECT_LT(*child.table.insert(object, 1, 0), handles[299]);
}

TEST(Handles, QuotaEndsGreed) {
    Fixture f;
    auto out = f.out<HANDLE>();
    NTSTATUS status = STATUS_SUCCESS;
    for (int i = 0; i < 100000 && status == STATUS_SUCCESS; ++i)
        status = NtCreateEvent(f.call(), {out, EVENT_ALL_ACCESS, {}, NotificationEvent, false});
    EXPECT_EQ(status, STATUS_QUOTA_EXCEEDED);
    EXPECT_LE(f.client.limit.used(), f.client.limit.limit());
}

// The table keeps its size when handles are closed: so long its process pays for it.
TEST(Handles, TheTableIsCharged) {
    Fixture f;
    size_t before = f.client.limit.used();
    std::vector<HANDLE> handles;
    for (int i = 0; i < 1000; ++i)
        handles.push_back(f.make_event(NotificationEvent, false));
    for (HANDLE handle : handles)
        ASSERT_TRUE(f.client.table.close(handle));
    EXPECT_GE(f.client.limit.used() - before, 900 * sizeof(ob::HandleEntry));
    while (!f.client.table.close_all(10)) {
    }
    EXPECT_EQ(f.client.limit.used(), 0u);
}

TEST(Handles, ObjectInformation) {
    Fixture f;
    HANDLE handle = f.make_event(NotificationEvent, true, f.named(u"\\BaseNamedObjects\\Informed"));
    uint64_t buffer = f.client.user.allocate(256);
    auto length = f.out<ULONG>();
    ASSERT_EQ(NtQueryObject(f.call(), {handle, ObjectNameInformation, {buffer, 256}, 256, length}),
              STATUS_SUCCESS);
    auto name = f.client.user.get<UNICODE_STRING>(buffer);
    EXPECT_EQ(name.Length, 2 * std::u16string_view(u"\\BaseNamedObjects\\Informed").size());
    EXPECT_EQ(reinterpret_cast<uint64_t>(name.Buffer), buffer + sizeof(UNICODE_STRING));
    EXPECT_EQ(NtQueryObject(f.call(), {handle, ObjectNameInformation, {buffer, 4}, 4, length}),
              STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(f.get(length), sizeof(UNICODE_STRING) + name.Length + 2);
    ASSERT_EQ(NtQueryObject(f.call(), {handle, ObjectBasicInformation, {buffer, 0x38}, 0x38, length}),
              STATUS_SUCCESS);
    auto basic = f.client.user.get<OBJECT_BASIC_INFORMATION>(buffer);
    EXPECT_EQ(basic.HandleCount, 1u);
    EXPECT_EQ(basic.GrantedAccess, ACCESS_MASK{EVENT_ALL_ACCESS});
    EXPECT_EQ(NtQueryObject(f.call(), {handle, ObjectBasicInformation, {buffer, 0x30}, 0x30, length}),
              STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(NtQueryObject(f.call(), {handle, ObjectTypeInformation, {buffer, 256}, 256, length}),
              STATUS_SUCCESS);
    EXPECT_EQ(NtQueryObject(f.call(), {handle, ObjectSessionInformation, {buffer, 256}, 256, length}),
              STATUS_INVALID_INFO_CLASS);
    uint64_t large = f.client.user.allocate(8192);
    EXPECT_EQ(NtQueryObject(f.call(), {nullptr, ObjectTypesInformation, {large, 8192}, 8192, length}),
              STATUS_SUCCESS);
}

TEST(Handles, CompareObjects) {
    Fixture f;
    auto name = f.named(u"\\BaseNamedObjects\\Same", OBJ_CASE_INSENSITIVE | OBJ_OPENIF);
    HANDLE first = f.make_event(NotificationEvent, false, name);
    auto out = f.out<HANDLE>();
    ASSERT_EQ(NtOpenEvent(f.call(), {out, EVENT_ALL_ACCESS, name}), STATUS_SUCCESS);
    EXPECT_EQ(NtCompareObjects(f.call(), {first, f.get(out)}), STATUS_SUCCESS);
    HANDLE other = f.make_event(NotificationEvent, false);
    EXPECT_EQ(NtCompareObjects(f.call(), {first, other}), STATUS_NOT_SAME_OBJECT);
}

}  // namespace
