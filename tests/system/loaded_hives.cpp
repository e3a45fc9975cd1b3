// SPDX-License-Identifier: GPL-3.0-only
// Hives loaded from files, flushed, unloaded, repaired, replaced; and what there is beside them.
#include "tests/system/hives.h"

TEST(loaded_changed_and_unloaded) {
    privilege(SE_BACKUP_PRIVILEGE, true);
    privilege(SE_RESTORE_PRIVILEGE, true);
    HANDLE key = make_tree();
    REQUIRE(save(key));
    NtClose(key);
    Named target(kMounted), source(kFile);
    privilege(SE_RESTORE_PRIVILEGE, false);
    CHECK(NtLoadKey(target, source) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtUnloadKey(target) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_RESTORE_PRIVILEGE, true);
    CHECK(NtUnloadKey(target) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NtUnloadKey(Named(u"\\Registry\\Machine\\Software")) == STATUS_INVALID_PARAMETER);
    CHECK(NtLoadKey(Named(u"\\Registry\\Machine\\Software\\x"), source) == STATUS_ACCESS_DENIED);
    CHECK(NtLoadKey(Named(u"\\Registry\\Machine\\Software"), source) == STATUS_ACCESS_DENIED);
    CHECK(NtLoadKey(target, Named(u"\\SystemRoot\\System32\\config\\seed.reg")) == STATUS_NOT_REGISTRY_FILE);
    CHECK(NtLoadKey(target, source) == STATUS_SUCCESS);
    CHECK(NtLoadKey(Named(u"\\Registry\\User\\HiveTest"), source) == STATUS_SHARING_VIOLATION);
    key = open(u"\\Registry\\Machine\\HiveTest\\a\\b", KEY_ALL_ACCESS);
    CHECK(get(key, u"two") == 2);
    ULONG count = 77;
    CHECK(NtQueryOpenSubKeys(target, &count) == STATUS_SUCCESS);
    CHECK(count == 1);
    CHECK(set(key, u"two", 22) == STATUS_SUCCESS);
    CHECK(NtFlushKey(key) == STATUS_SUCCESS);
    HANDLE top = open(kMounted, DELETE);
    CHECK(NtDeleteKey(top) == STATUS_CANNOT_DELETE);
    NtClose(top);
    CHECK(set(key, u"three", 3) == STATUS_SUCCESS);
    CHECK(NtUnloadKey(target) == STATUS_CANNOT_DELETE);
    NtClose(key);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    CHECK(!open(kMounted));
    CHECK(NtLoadKey2(target, source, REG_NO_LAZY_FLUSH) == STATUS_SUCCESS);
    key = open(u"\\Registry\\Machine\\HiveTest\\a\\b", KEY_ALL_ACCESS);
    CHECK(get(key, u"two") == 22);
    CHECK(get(key, u"three") == 3);
    CHECK(NtUnloadKey2(target, 2) == STATUS_INVALID_PARAMETER);
    CHECK(NtUnloadKey2(target, REG_FORCE_UNLOAD) == STATUS_SUCCESS);
    moment();
    CHECK(set(key, u"three", 4) == STATUS_KEY_DELETED);
    NtClose(key);
    remove_all();
}

TEST(a_hive_is_made_where_there_is_no_file) {
    privilege(SE_RESTORE_PRIVILEGE, true);
    Named target(kMounted), source(kFile);
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    HANDLE key = open(kMounted, KEY_ALL_ACCESS);
    CHECK(set(key, u"one", 1) == STATUS_SUCCESS);
    NtClose(key);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    key = open(kMounted);
    CHECK(get(key, u"one") == 1);
    NtClose(key);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    CHECK(NtLoadKey(nullptr, source) == STATUS_ACCESS_VIOLATION);
    CHECK(NtLoadKey(target, nullptr) == STATUS_ACCESS_VIOLATION);
    CHECK(NtUnloadKey(nullptr) == STATUS_ACCESS_VIOLATION);
    remove_all();
}

TEST(unloaded_when_closed) {
    privilege(SE_RESTORE_PRIVILEGE, true);
    Named target(kMounted), source(kFile);
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE);
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    HANDLE key = open(kMounted, KEY_ALL_ACCESS);
    CHECK(NtUnloadKeyEx(target, nullptr) == STATUS_CANNOT_DELETE);
    CHECK(NtUnloadKeyEx(target, key) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtUnloadKeyEx(target, event) == STATUS_PENDING);
    LARGE_INTEGER none = {};
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_TIMEOUT);
    // Who waits for it is not forgotten for another.
    HANDLE other = nullptr;
    NtCreateEvent(&other, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    CHECK(NtUnloadKeyEx(target, other) == STATUS_INVALID_PARAMETER);
    NtClose(other);
    CHECK(set(key, u"one", 11) == STATUS_SUCCESS);
    NtClose(key);
    LARGE_INTEGER second = {};
    second.QuadPart = -10'000'000;
    CHECK(NtWaitForSingleObject(event, FALSE, &second) == STATUS_SUCCESS);
    CHECK(!open(kMounted));
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    key = open(kMounted);
    CHECK(get(key, u"one") == 11);
    NtClose(key);
    CHECK(NtUnloadKeyEx(target, event) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_SUCCESS);
    CHECK(NtUnloadKeyEx(target, event) == STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(event);
    remove_all();
}

static NTSTATUS load_app(HANDLE* root, const WCHAR* name, ULONG flags = REG_APP_HIVE, HANDLE event = nullptr,
                         const WCHAR* from = kFile) {
    return NtLoadKeyEx(Named(name), Named(from), flags, nullptr, event, KEY_ALL_ACCESS, root, nullptr);
}

TEST(hives_of_applications) {
    // Anybody may.
    privilege(SE_RESTORE_PRIVILEGE, false);
    const WCHAR name[] = u"\\Registry\\A\\HiveTest";
    HANDLE root = nullptr, event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    CHECK(load_app(&root, kMounted) == STATUS_ACCESS_DENIED);
    CHECK(load_app(&root, name, 0) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(load_app(&root, name, REG_PROCESS_PRIVATE) == STATUS_INVALID_PARAMETER);
    CHECK(load_app(&root, name, 0x80000000) == STATUS_INVALID_PARAMETER);
    CHECK(load_app(nullptr, name) == STATUS_INVALID_PARAMETER);
    REQUIRE(load_app(&root, name, REG_APP_HIVE, event) == STATUS_SUCCESS);
    CHECK(set(root, u"one", 1) == STATUS_SUCCESS);
    HANDLE below = create(u"below", root);
    CHECK(below && set(below, u"two", 2) == STATUS_SUCCESS);
    // By handles alone.
    HANDLE other = nullptr;
    CHECK(NtOpenKey(&other, KEY_READ, Named(name)) == STATUS_ACCESS_DENIED);
    CHECK(NtOpenKey(&other, KEY_READ, Named(u"\\Registry\\A\\HiveTest\\below")) == STATUS_ACCESS_DENIED);
    CHECK(NtOpenKey(&other, KEY_READ, Named(u"below", root)) == STATUS_SUCCESS);
    NtClose(other);
    privilege(SE_RESTORE_PRIVILEGE, true);
    CHECK(NtUnloadKey(Named(name)) == STATUS_ACCESS_DENIED);
    CHECK(load_app(&other, u"\\Registry\\A\\HiveTest2") == STATUS_SHARING_VIOLATION);
    NtClose(root);
    LARGE_INTEGER none = {}, second = {};
    second.QuadPart = -10'000'000;
    CHECK(NtWaitForSingleObject(event, FALSE, &none) == STATUS_TIMEOUT);
    CHECK(get(below, u"two") == 2);
    NtClose(below);
    CHECK(NtWaitForSingleObject(event, FALSE, &second) == STATUS_SUCCESS);
    REQUIRE(load_app(&root, name) == STATUS_SUCCESS);
    CHECK(get(root, u"one") == 1);
    NtClose(root);
    moment();
    REQUIRE(NtLoadKeyEx(Named(kMounted), Named(kFile), REG_LOAD_HIVE_OPEN_HANDLE, nullptr, nullptr, KEY_READ,
                        &root, nullptr) == STATUS_SUCCESS);
    CHECK(get(root, u"one") == 1);
    NtClose(root);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    NtClose(event);
    remove_all();
}

TEST(another_file_in_its_place) {
    privilege(SE_BACKUP_PRIVILEGE, true);
    privilege(SE_RESTORE_PRIVILEGE, true);
    const WCHAR kOld[] = u"\\SystemRoot\\hivetest.old", kTwo[] = u"\\SystemRoot\\hivetest.two";
    HANDLE key = make_tree();
    HANDLE to = file(FILE_WRITE_DATA, FILE_OVERWRITE_IF, kTwo);
    CHECK(NtReplaceKey(Named(kTwo), key, Named(kOld)) == STATUS_INVALID_PARAMETER);
    CHECK(NtSaveKey(key, to) == STATUS_SUCCESS);
    NtClose(to);
    NtClose(key);
    REQUIRE(NtLoadKey(Named(kMounted), Named(kFile)) == STATUS_SUCCESS);
    key = open(kMounted, KEY_ALL_ACCESS);
    set(key, u"mine", 5);
    privilege(SE_RESTORE_PRIVILEGE, false);
    CHECK(NtReplaceKey(Named(kTwo), key, Named(kOld)) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_RESTORE_PRIVILEGE, true);
    CHECK(NtReplaceKey(Named(u"\\SystemRoot\\no.hiv"), key, Named(kOld)) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NtReplaceKey(Named(kTwo), key, Named(kFile)) == STATUS_OBJECT_NAME_COLLISION);
    CHECK(NtReplaceKey(Named(kTwo), key, Named(kOld)) == STATUS_SUCCESS);
    CHECK(get(key, u"mine") == 5);
    set(key, u"later", 6);
    NtClose(key);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    REQUIRE(NtLoadKey(Named(kMounted), Named(kFile)) == STATUS_SUCCESS);
    key = open(kMounted);
    CHECK(get(key, u"one") == 1);
    NtClose(key);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    REQUIRE(NtLoadKey(Named(kMounted), Named(kOld)) == STATUS_SUCCESS);
    key = open(kMounted);
    CHECK(get(key, u"mine") == 5);
    CHECK(get(key, u"later") == 6);
    NtClose(key);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    const WCHAR* const files[] = {kOld, u"\\SystemRoot\\hivetest.old.LOG1",
                                  u"\\SystemRoot\\hivetest.old.LOG2"};
    for (const WCHAR* name : files)
        NtDeleteFile(Named(name));
    remove_all();
}

// The base block says that the file was being written, and a page is not what it should be.
static bool tear() {
    HANDLE handle = file(FILE_READ_DATA | FILE_WRITE_DATA, FILE_OPEN);
    static ULONG block[1024];
    IO_STATUS_BLOCK io;
    LARGE_INTEGER at = {};
    if (!NT_SUCCESS(NtReadFile(handle, nullptr, nullptr, nullptr, &io, block, sizeof block, &at, nullptr)))
        return false;
    block[2] = block[1] - 1;
    ULONG sum = 0;
    for (int i = 0; i < 127; ++i)
        sum ^= block[i];
    block[127] = sum;
    NTSTATUS status = NtWriteFile(handle, nullptr, nullptr, nullptr, &io, block, sizeof block, &at, nullptr);
    at.QuadPart = 4096;
    memset(block, 0xaa, sizeof block);
    if (NT_SUCCESS(status))
        status = NtWriteFile(handle, nullptr, nullptr, nullptr, &io, block, sizeof block, &at, nullptr);
    NtClose(handle);
    return NT_SUCCESS(status);
}

TEST(repaired_by_its_logs) {
    privilege(SE_RESTORE_PRIVILEGE, true);
    Named target(kMounted), source(kFile);
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    HANDLE key = open(kMounted, KEY_ALL_ACCESS);
    set(key, u"one", 1);
    CHECK(NtFlushKey(key) == STATUS_SUCCESS);
    set(key, u"one", 2);
    NtClose(key);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    REQUIRE(tear());
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    key = open(kMounted);
    CHECK(get(key, u"one") == 2);
    NtClose(key);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    // The file is whole again: it does not need them any more.
    NtDeleteFile(Named(u"\\SystemRoot\\hivetest.hiv.LOG1"));
    NtDeleteFile(Named(u"\\SystemRoot\\hivetest.hiv.LOG2"));
    REQUIRE(NtLoadKey(target, source) == STATUS_SUCCESS);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    REQUIRE(tear());
    CHECK(NtLoadKey(target, source) == STATUS_REGISTRY_CORRUPT);
    CHECK(!open(kMounted));
    remove_all();
}

TEST(who_has_keys_open) {
    privilege(SE_RESTORE_PRIVILEGE, true);
    Named target(kMounted);
    REQUIRE(NtLoadKey(target, Named(kFile)) == STATUS_SUCCESS);
    HANDLE root = open(kMounted, KEY_ALL_ACCESS), a = create(u"a", root), b = create(u"b", a);
    ULONG count = 0, size = 0;
    CHECK(NtQueryOpenSubKeys(target, &count) == STATUS_SUCCESS && count == 2);
    CHECK(NtQueryOpenSubKeys(target, nullptr) == STATUS_ACCESS_VIOLATION);
    CHECK(NtQueryOpenSubKeys(Named(u"\\Registry\\Machine\\HiveTest\\a"), &count) == STATUS_INVALID_PARAMETER);
    union {
        KEY_OPEN_SUBKEYS_INFORMATION list;
        UCHAR bytes[1000];
    } room = {};
    privilege(SE_RESTORE_PRIVILEGE, false);
    CHECK(NtQueryOpenSubKeysEx(target, sizeof room, &room, &size) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_RESTORE_PRIVILEGE, true);
    CHECK(NtQueryOpenSubKeysEx(target, 3, &room, &size) == STATUS_BUFFER_TOO_SMALL);
    CHECK(NtQueryOpenSubKeysEx(target, 8, &room, &size) == STATUS_BUFFER_OVERFLOW);
    const ULONG all = 8 + 2 * 24 + sizeof u"\\Registry\\Machine\\HiveTest\\a" +
                      sizeof u"\\Registry\\Machine\\HiveTest\\a\\b" - 4;
    CHECK(size == all && room.list.Count == 2);
    CHECK(NtQueryOpenSubKeysEx(target, all, &room, &size) == STATUS_SUCCESS);
    CHECK(size == all && room.list.Count == 2);
    UNICODE_STRING expected;
    RtlInitUnicodeString(&expected, u"\\Registry\\Machine\\HiveTest\\a\\b");
    CHECK(RtlEqualUnicodeString(&room.list.KeyArray[1].KeyName, &expected, TRUE));
    CHECK(room.list.KeyArray[0].PID == NtCurrentTeb()->ClientId.UniqueProcess);
    NtClose(b);
    NtClose(a);
    CHECK(NtQueryOpenSubKeys(target, &count) == STATUS_SUCCESS && count == 0);
    NtClose(root);
    CHECK(NtUnloadKey(target) == STATUS_SUCCESS);
    remove_all();
}

// No name of NT's can say where it is.
TEST(who_has_a_key_of_a_very_long_path_open) {
    constexpr ULONG kLevels = 140;
    Named target(kMounted);
    HANDLE keys[kLevels];
    WCHAR name[256];
    for (WCHAR& unit : name)
        unit = 'n';
    name[255] = 0;
    ULONG made = 0;
    const HANDLE root = create(kMounted);
    for (HANDLE above = root; made < kLevels; above = keys[made++])
        if (!(keys[made] = create(name, above))) break;
    CHECK(made == kLevels);
    static union {
        KEY_OPEN_SUBKEYS_INFORMATION list;
        UCHAR bytes[8 << 20];
    } room;
    ULONG size = 0;
    CHECK(NtQueryOpenSubKeysEx(target, sizeof room, &room, &size) == STATUS_SUCCESS);
    CHECK(room.list.Count == kLevels && size < sizeof room);
    CHECK(room.list.KeyArray[0].KeyName.Length == (sizeof u"\\Registry\\Machine\\HiveTest\\" + 254 * 2));
    CHECK(room.list.KeyArray[kLevels - 1].KeyName.Length == 0);
    while (made > 0) {
        NtDeleteKey(keys[--made]);
        NtClose(keys[made]);
    }
    NtDeleteKey(root);
    NtClose(root);
    remove_all();
}

TEST(what_there_is_no_more_to_do_for) {
    CHECK(NtInitializeRegistry(0) == STATUS_ACCESS_DENIED);
    CHECK(NtInitializeRegistry(1) == STATUS_ACCESS_DENIED);
    CHECK(NtInitializeRegistry(2000) == STATUS_INVALID_PARAMETER);
    HANDLE key = create(kKey), machine = open(u"\\Registry\\Machine\\Software", KEY_ALL_ACCESS);
    CHECK(NtLockRegistryKey(key) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_BACKUP_PRIVILEGE, false);
    CHECK(NtCompressKey(machine) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtCompactKeys(1, &key) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_BACKUP_PRIVILEGE, true);
    CHECK(NtCompressKey(machine) == STATUS_SUCCESS);
    CHECK(NtCompressKey(key) == STATUS_INVALID_PARAMETER);
    HANDLE keys[] = {key, machine, nullptr};
    CHECK(NtCompactKeys(2, keys) == STATUS_SUCCESS);
    CHECK(NtCompactKeys(3, keys) == STATUS_INVALID_HANDLE);
    CHECK(NtCompactKeys(0, nullptr) == STATUS_SUCCESS);
    NtClose(machine);
    NtDeleteKey(key);
    NtClose(key);
}

TEST(no_transactions) {
    HANDLE key = nullptr;
    Named name(u"\\Registry\\Machine\\Software");
    CHECK(NtOpenKeyTransacted(&key, KEY_READ, name, nullptr) == STATUS_INVALID_HANDLE);
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    CHECK(NtOpenKeyTransacted(&key, KEY_READ, name, event) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtOpenKeyTransactedEx(&key, KEY_READ, name, 0, event) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtCreateKeyTransacted(&key, KEY_READ, name, 0, nullptr, 0, event, nullptr) ==
          STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(event);
}
