// SPDX-License-Identifier: GPL-3.0-only
// Several values of a key at one moment, changes of one key or another, names with several backslashes,
// links.
#include "tests/system/hives.h"

namespace {

class Values {
public:
    Values() {
        key = create(kKey);
        const UCHAR data[] = {1, 2, 3, 4, 5};
        NtSetValueKey(key, Named(u"five"), 0, REG_BINARY, data, 5);
        set(key, u"number", 0x11223344);
        NtSetValueKey(key, Named(u"nothing"), 0, REG_SZ, nullptr, 0);
        for (KEY_VALUE_ENTRY& entry : entries)
            memset(&entry, 0x55, sizeof entry);
        RtlInitUnicodeString(&five, u"FIVE");
        RtlInitUnicodeString(&number, u"number");
        RtlInitUnicodeString(&nothing, u"nothing");
        entries[0].ValueName = &five;
        entries[1].ValueName = &nothing;
        entries[2].ValueName = &number;
    }
    ~Values() {
        NtDeleteKey(key);
        NtClose(key);
    }
    NTSTATUS query(ULONG count, ULONG room) {
        length = room;
        required = 77;
        return NtQueryMultipleValueKey(key, entries, count, buffer, &length, &required);
    }
    HANDLE key;
    KEY_VALUE_ENTRY entries[3];
    UNICODE_STRING five, number, nothing;
    UCHAR buffer[64] = {};
    ULONG length = 0, required = 0;
};

}  // namespace

TEST(values_at_one_moment) {
    Values values;
    REQUIRE(values.query(3, 64) == STATUS_SUCCESS);
    CHECK(values.length == 12 && values.required == 12);
    CHECK(values.entries[0].DataLength == 5 && values.entries[0].DataOffset == 0 &&
          values.entries[0].Type == REG_BINARY);
    CHECK(values.entries[1].DataLength == 0 && values.entries[1].DataOffset == 8 &&
          values.entries[1].Type == REG_SZ);
    CHECK(values.entries[2].DataLength == 4 && values.entries[2].DataOffset == 8 &&
          values.entries[2].Type == REG_DWORD);
    CHECK(values.buffer[4] == 5 && values.buffer[8] == 0x44 && values.buffer[11] == 0x11);
    CHECK(values.query(3, 12) == STATUS_SUCCESS);
    CHECK(values.query(3, 11) == STATUS_BUFFER_OVERFLOW);
    CHECK(values.length == 5 + 3 && values.required == 12);
    CHECK(values.query(3, 0) == STATUS_BUFFER_OVERFLOW);
    CHECK(values.length == 0 && values.required == 12);
    CHECK(values.query(0, 64) == STATUS_SUCCESS);
    CHECK(values.length == 0 && values.required == 0);
}

TEST(values_that_are_refused) {
    Values values;
    CHECK(values.query(0x10001, 64) == STATUS_INSUFFICIENT_RESOURCES);
    RtlInitUnicodeString(&values.nothing, u"none");
    CHECK(values.query(3, 64) == STATUS_OBJECT_NAME_NOT_FOUND);
    values.nothing.Length = 3;
    CHECK(values.query(3, 64) == STATUS_INVALID_PARAMETER);
    values.entries[1].ValueName = nullptr;
    CHECK(values.query(3, 64) == STATUS_ACCESS_VIOLATION);
    values.length = 64;
    CHECK(NtQueryMultipleValueKey(values.key, nullptr, 1, values.buffer, &values.length, nullptr) ==
          STATUS_ACCESS_VIOLATION);
    CHECK(NtQueryMultipleValueKey(values.key, values.entries, 1, nullptr, &values.length, nullptr) ==
          STATUS_ACCESS_VIOLATION);
    CHECK(NtQueryMultipleValueKey(values.key, values.entries, 1, values.buffer, nullptr, nullptr) ==
          STATUS_ACCESS_VIOLATION);
    HANDLE weak = open(kKey, KEY_NOTIFY);
    CHECK(NtQueryMultipleValueKey(weak, values.entries, 1, values.buffer, &values.length, nullptr) ==
          STATUS_ACCESS_DENIED);
    NtClose(weak);
    HANDLE gone = create(u"gone", values.key);
    NtDeleteKey(gone);
    CHECK(NtQueryMultipleValueKey(gone, values.entries, 1, values.buffer, &values.length, nullptr) ==
          STATUS_KEY_DELETED);
    NtClose(gone);
}

TEST(changes_of_one_or_another) {
    HANDLE key = create(kKey), one = create(u"one", key), two = create(u"two", key), event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    IO_STATUS_BLOCK block = {};
    Named other(u"two", key);
    LARGE_INTEGER none = {};
    auto watch = [&](ULONG count, HANDLE master) {
        block.Status = STATUS_PENDING;
        return NtNotifyChangeMultipleKeys(
            master, count, count ? static_cast<POBJECT_ATTRIBUTES>(other) : nullptr, event, nullptr, nullptr,
            &block, REG_NOTIFY_CHANGE_LAST_SET, FALSE, nullptr, 0, TRUE);
    };
    HANDLE changed[] = {one, two};
    for (HANDLE which : changed) {
        REQUIRE(watch(1, one) == STATUS_PENDING);
        CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_TIMEOUT);
        CHECK(set(which, u"x", 1) == STATUS_SUCCESS);
        CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_SUCCESS);
        CHECK(block.Status == STATUS_NOTIFY_ENUM_DIR);
        // Once.
        CHECK(set(one, u"x", 1) == STATUS_SUCCESS && set(two, u"x", 1) == STATUS_SUCCESS);
        CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_TIMEOUT);
    }
    CHECK(watch(0, one) == STATUS_PENDING);
    CHECK(set(two, u"x", 1) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_TIMEOUT);
    CHECK(set(one, u"x", 1) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_SUCCESS);
    CHECK(watch(2, one) == STATUS_INVALID_PARAMETER);
    CHECK(NtNotifyChangeMultipleKeys(one, 1, nullptr, event, nullptr, nullptr, &block,
                                     REG_NOTIFY_CHANGE_LAST_SET, FALSE, nullptr, 0,
                                     TRUE) == STATUS_ACCESS_VIOLATION);
    CHECK(NtNotifyChangeMultipleKeys(one, 1, Named(u"three", key), event, nullptr, nullptr, &block,
                                     REG_NOTIFY_CHANGE_LAST_SET, FALSE, nullptr, 0,
                                     TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
    // The handle that it was asked by ends it.
    REQUIRE(watch(1, one) == STATUS_PENDING);
    NtClose(one);
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_SUCCESS);
    CHECK(block.Status == STATUS_NOTIFY_CLEANUP);
    CHECK(set(two, u"x", 1) == STATUS_SUCCESS);
    one = open(u"\\Registry\\Machine\\Software\\HiveTest\\one", DELETE);
    // So does the end of the process; nothing is left of this one.
    REQUIRE(watch(1, two) == STATUS_PENDING);
    HANDLE all[] = {one, two, key};
    for (HANDLE each : all) {
        NtDeleteKey(each);
        NtClose(each);
    }
    NtClose(event);
}

TEST(backslashes_follow_each_other) {
    HANDLE key = create(u"\\Registry\\Machine\\\\Software\\\\\\HiveTest\\\\");
    REQUIRE(key != nullptr);
    HANDLE below = create(u"one\\\\", key);
    HANDLE deep = create(u"one\\\\\\two", key);
    CHECK(below && deep);
    HANDLE same = open(u"\\Registry\\Machine\\Software\\HiveTest\\one\\two");
    CHECK(same != nullptr);
    CHECK(!create(u"\\one", key));
    NtClose(same);
    HANDLE all[] = {deep, below, key};
    for (HANDLE each : all) {
        CHECK(NtDeleteKey(each) == STATUS_SUCCESS);
        NtClose(each);
    }
}

TEST(no_keys_below_a_link) {
    HANDLE key = create(kKey), link = create(u"link", key, REG_OPTION_CREATE_LINK), below = nullptr;
    REQUIRE(link != nullptr);
    CHECK(NtSetValueKey(link, Named(u"SymbolicLinkValue"), 0, REG_LINK, const_cast<WCHAR*>(kKey),
                        sizeof kKey - sizeof(WCHAR)) == STATUS_SUCCESS);
    CHECK(NtCreateKey(&below, KEY_READ, Named(u"x", link), 0, nullptr, 0, nullptr) == STATUS_ACCESS_DENIED);
    below = create(u"link\\through", key);
    HANDLE there = open(u"\\Registry\\Machine\\Software\\HiveTest\\through");
    CHECK(below && there);
    NtClose(there);
    HANDLE all[] = {below, link, key};
    for (HANDLE each : all) {
        CHECK(NtDeleteKey(each) == STATUS_SUCCESS);
        NtClose(each);
    }
}
