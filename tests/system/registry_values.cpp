// SPDX-License-Identifier: GPL-3.0-only
// RtlQueryRegistryValues and its relatives: each flag of a table's entry, each type, defaults and errors.
#include "abi/nt/ntrtl_registry.h"
#include "tests/system/test.h"

namespace {

const WCHAR kPath[] = u"\\Registry\\Machine\\Software\\ValuesTest";
const WCHAR kBelow[] = u"\\Registry\\Machine\\Software\\ValuesTest\\Below";
const WCHAR kMissing[] = u"\\Registry\\Machine\\Software\\ValuesTest\\Missing";

NTSTATUS query(PRTL_QUERY_REGISTRY_TABLE table, PVOID context = nullptr, PVOID environment = nullptr) {
    return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, kPath, table, context, environment);
}
PWSTR name_of(const WCHAR* text) {
    return const_cast<PWSTR>(text);
}
NTSTATUS put(const WCHAR* name, ULONG type, const void* data, ULONG bytes, const WCHAR* path = kPath) {
    return RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, path, name, type, const_cast<PVOID>(data), bytes);
}

// What a routine was given.
struct Given {
    unsigned calls;
    WCHAR names[8];  // their first characters
    ULONG types[8];
    ULONG lengths[8];
    WCHAR texts[8][32];
    NTSTATUS answer;
};

NTSTATUS NTAPI note(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context, PVOID entry_context) {
    auto& given = *static_cast<Given*>(entry_context ? entry_context : context);
    if (given.calls == 8) return STATUS_BUFFER_OVERFLOW;
    given.names[given.calls] = name ? *name : 0;
    given.types[given.calls] = type;
    given.lengths[given.calls] = length;
    if (data) memcpy(given.texts[given.calls], data, length < 62 ? length : 62);
    ++given.calls;
    return given.answer;
}

bool is(const WCHAR* text, const WCHAR* other) {
    UNICODE_STRING one, two;
    RtlInitUnicodeString(&one, text);
    RtlInitUnicodeString(&two, other);
    return RtlEqualUnicodeString(&one, &two, FALSE);
}

bool fill() {
    const ULONG number = 77;
    const ULONGLONG large = 0x1122334455667788;
    const UCHAR bytes[] = {1, 2, 3, 4, 5, 6, 7};
    const WCHAR open[] = {'o', 'p', 'e', 'n'};  // without an end
    return NT_SUCCESS(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, kPath)) &&
           NT_SUCCESS(RtlCreateRegistryKey(RTL_REGISTRY_ABSOLUTE, kBelow)) &&
           NT_SUCCESS(put(u"Number", REG_DWORD, &number, sizeof(number))) &&
           NT_SUCCESS(put(u"Large", REG_QWORD, &large, sizeof(large))) &&
           NT_SUCCESS(put(u"Bytes", REG_BINARY, bytes, sizeof(bytes))) &&
           NT_SUCCESS(put(u"Text", REG_SZ, u"text", 10)) &&
           NT_SUCCESS(put(u"Open", REG_SZ, open, sizeof(open))) &&
           NT_SUCCESS(put(u"Expand", REG_EXPAND_SZ, u"<%Word%>", 18)) &&
           NT_SUCCESS(put(u"List", REG_MULTI_SZ, u"one\0two\0", 18)) &&
           NT_SUCCESS(put(u"Deep", REG_SZ, u"deep", 10, kBelow));
}

}  // namespace

TEST(keys) {
    REQUIRE(fill());
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, kPath) == STATUS_SUCCESS);
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, kMissing) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_MAXIMUM, u"") == STATUS_INVALID_PARAMETER);
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_CONTROL, u"Session Manager") == STATUS_SUCCESS);
    CHECK(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, u"") == STATUS_SUCCESS);
}

TEST(stored_at_once) {
    REQUIRE(fill());
    ULONG number = 0;
    struct {
        LONG size = -8;
        ULONG rest = 0;
    } large;
    struct {
        LONG size = 24;
        ULONG type = 0;
        UCHAR bytes[16] = {};
    } bytes;
    UNICODE_STRING text = {}, open = {}, list = {};
    WCHAR room[16];
    open.Buffer = room;
    open.MaximumLength = sizeof(room);
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"number"), &number, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Large"), &large, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Bytes"), &bytes, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Text"), &text, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Open"), &open, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_NOEXPAND, name_of(u"List"), &list, 0,
         nullptr, 0},
        {},
    };
    CHECK(query(table) == STATUS_SUCCESS);
    CHECK(number == 77);
    CHECK(static_cast<ULONG>(large.size) == 0x55667788 && large.rest == 0x11223344);
    CHECK(bytes.size == 7 && bytes.type == REG_BINARY && bytes.bytes[0] == 1 && bytes.bytes[6] == 7);
    CHECK(text.Buffer && text.Length == 8 && text.MaximumLength >= 10 && is(text.Buffer, u"text"));
    CHECK(open.Buffer == room && open.Length == 8 && is(room, u"open"));
    CHECK(list.Buffer && list.Length == 16 && is(list.Buffer, u"one") && is(list.Buffer + 4, u"two"));
    RtlFreeUnicodeString(&text);
    RtlFreeUnicodeString(&list);
}

TEST(no_room) {
    REQUIRE(fill());
    WCHAR room[4];
    UNICODE_STRING text = {0, sizeof(room), room};
    LONG size = 4;
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Text"), &text, 0, nullptr, 0}, {}};
    CHECK(query(table) == STATUS_BUFFER_TOO_SMALL);
    table[0].Name = name_of(u"Bytes");
    table[0].EntryContext = &size;
    constexpr LONG too_small[] = {4, 7, 14, -6, 0};
    for (const LONG room_for : too_small) {
        size = room_for;
        CHECK(query(table) == STATUS_BUFFER_TOO_SMALL && size == room_for);
    }
}

TEST(routines) {
    REQUIRE(fill());
    Given one = {}, all = {}, none = {};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {note, 0, name_of(u"Number"), nullptr, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_NOVALUE, name_of(u"Number"), &none, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_NOEXPAND, nullptr, &all, 0, nullptr, 0},
        {},
    };
    CHECK(query(table, &one) == STATUS_SUCCESS);
    CHECK(one.calls == 1 && one.types[0] == REG_DWORD && one.lengths[0] == 4 && one.texts[0][0] == 77);
    CHECK(none.calls == 1 && none.types[0] == REG_NONE && !none.lengths[0]);
    CHECK(all.calls == 7);
    // What the routine says ends the query.
    one = {};
    one.answer = STATUS_CANCELLED;
    CHECK(query(table, &one) == STATUS_CANCELLED && one.calls == 1);
}

TEST(expansion) {
    REQUIRE(fill());
    WCHAR environment[] = u"Word=value\0";
    Given list = {}, raw_list = {}, text = {}, raw_text = {};
    UNICODE_STRING stored = {};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {note, 0, name_of(u"List"), &list, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_NOEXPAND, name_of(u"List"), &raw_list, 0, nullptr, 0},
        {note, 0, name_of(u"Expand"), &text, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_NOEXPAND, name_of(u"Expand"), &raw_text, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Expand"), &stored, 0, nullptr, 0},
        {},
    };
    CHECK(query(table, nullptr, environment) == STATUS_SUCCESS);
    CHECK(list.calls == 2 && list.types[1] == REG_SZ && is(list.texts[0], u"one") &&
          is(list.texts[1], u"two"));
    CHECK(list.lengths[0] == 8);
    CHECK(raw_list.calls == 1 && raw_list.types[0] == REG_MULTI_SZ && raw_list.lengths[0] == 18);
    CHECK(text.calls == 1 && text.types[0] == REG_SZ && is(text.texts[0], u"<value>") &&
          text.lengths[0] == 16);
    CHECK(raw_text.calls == 1 && raw_text.types[0] == REG_EXPAND_SZ && is(raw_text.texts[0], u"<%Word%>"));
    CHECK(stored.Length == 14 && is(stored.Buffer, u"<value>"));
    RtlFreeUnicodeString(&stored);
}

TEST(defaults) {
    REQUIRE(fill());
    ULONG number = 0, five = 5, untouched = 9;
    UNICODE_STRING text = {};
    Given list = {};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"No"), &number, REG_DWORD, &five, sizeof(five)},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"No"), &untouched, REG_NONE, &five, sizeof(five)},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"No"), &text, REG_SZ, name_of(u"default"), 0},
        {note, 0, name_of(u"No"), &list, REG_MULTI_SZ, name_of(u"a\0b\0"), 0},
        {},
    };
    CHECK(query(table) == STATUS_SUCCESS);
    CHECK(number == 5 && untouched == 9 && text.Length == 14 && is(text.Buffer, u"default"));
    CHECK(list.calls == 2 && is(list.texts[1], u"b"));
    RtlFreeUnicodeString(&text);
    table[0].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    CHECK(query(table) == STATUS_OBJECT_NAME_NOT_FOUND);
    // A key that may be missing has nothing but defaults.
    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[1] = {};
    number = 0;
    CHECK(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, kMissing, table, nullptr, nullptr) ==
          STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(number == 0);
    CHECK(NT_SUCCESS(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE | RTL_REGISTRY_OPTIONAL, kMissing, table,
                                            nullptr, nullptr)));
    CHECK(number == 5);
}

TEST(types) {
    REQUIRE(fill());
    ULONG number = 0;
    constexpr ULONG flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    const ULONG dword = ULONG{REG_DWORD} << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {nullptr, flags, name_of(u"Number"), &number, dword | REG_NONE, nullptr, 0}, {}};
    CHECK(query(table) == STATUS_SUCCESS && number == 77);
    table[0].Name = name_of(u"Bytes");
    CHECK(query(table) == STATUS_OBJECT_TYPE_MISMATCH && number == 77);
    ULONG five = 5;
    table[0] = {nullptr, flags, name_of(u"No"), &number, dword | REG_DWORD, &five, sizeof(five)};
    CHECK(query(table) == STATUS_SUCCESS && number == 5);
}

TEST(subkeys) {
    REQUIRE(fill());
    Given below = {}, top = {};
    ULONG missing = 3;
    UNICODE_STRING deep = {};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {note, RTL_QUERY_REGISTRY_SUBKEY, name_of(u"Below"), &below, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Deep"), &deep, 0, nullptr, 0},
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Number"), &missing, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_TOPKEY, name_of(u"Number"), &top, 0, nullptr, 0},
        {},
    };
    CHECK(query(table) == STATUS_SUCCESS);
    CHECK(below.calls == 1 && below.names[0] == 'D' && is(deep.Buffer, u"deep") && missing == 3);
    CHECK(top.calls == 1 && top.types[0] == REG_DWORD);
    RtlFreeUnicodeString(&deep);
    table[0].Name = name_of(u"NotThere");
    CHECK(query(table) == STATUS_OBJECT_NAME_NOT_FOUND);
    table[0].Name = nullptr;
    CHECK(query(table) == STATUS_INVALID_PARAMETER);
    // What is stored at once has a name and no routine.
    table[0] = {note, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Number"), &missing, 0, nullptr, 0};
    CHECK(query(table) == STATUS_INVALID_PARAMETER);
    table[0] = {nullptr, RTL_QUERY_REGISTRY_DIRECT, nullptr, &missing, 0, nullptr, 0};
    CHECK(query(table) == STATUS_INVALID_PARAMETER);
}

TEST(deletion) {
    REQUIRE(fill());
    Given all = {}, left = {};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {note, RTL_QUERY_REGISTRY_DELETE | RTL_QUERY_REGISTRY_NOEXPAND, nullptr, &all, 0, nullptr, 0},
        {note, RTL_QUERY_REGISTRY_NOEXPAND, nullptr, &left, 0, nullptr, 0},
        {},
    };
    CHECK(query(table) == STATUS_SUCCESS);
    CHECK(all.calls == 7 && left.calls == 0);
    table[1].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    CHECK(query(table) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(RtlDeleteRegistryValue(RTL_REGISTRY_ABSOLUTE, kPath, u"Number") == STATUS_OBJECT_NAME_NOT_FOUND);
}

// A handle in the place of a path, which stays open.
TEST(by_handle) {
    REQUIRE(fill());
    UNICODE_STRING path;
    RtlInitUnicodeString(&path, kPath);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key = nullptr;
    REQUIRE(NT_SUCCESS(NtOpenKey(&key, KEY_READ, &attributes)));
    ULONG number = 0;
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {nullptr, RTL_QUERY_REGISTRY_DIRECT, name_of(u"Number"), &number, 0, nullptr, 0}, {}};
    for (unsigned twice = 0; twice < 2; ++twice)
        CHECK(NT_SUCCESS(
            RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, static_cast<PCWSTR>(key), table, nullptr, nullptr)));
    CHECK(number == 77);
    CHECK(NT_SUCCESS(NtClose(key)));
    CHECK(!NT_SUCCESS(
        RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, static_cast<PCWSTR>(key), table, nullptr, nullptr)));
}
