// SPDX-License-Identifier: GPL-3.0-only
// Keys saved as hives and restored from them; what is refused, and to whom.
#include "tests/system/hives.h"

TEST(save_is_for_backup) {
    HANDLE key = make_tree(), to = file(FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    REQUIRE(key && to);
    privilege(SE_BACKUP_PRIVILEGE, false);
    CHECK(NtSaveKey(key, to) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_BACKUP_PRIVILEGE, true);
    CHECK(NtSaveKeyEx(key, to, 0) == STATUS_INVALID_PARAMETER);
    CHECK(NtSaveKeyEx(key, to, 3) == STATUS_INVALID_PARAMETER);
    CHECK(NtSaveKeyEx(key, to, REG_NO_COMPRESSION) == STATUS_INVALID_PARAMETER);
    CHECK(NtSaveKey(to, to) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtSaveKey(key, key) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(NtSaveKey(nullptr, to) == STATUS_INVALID_HANDLE);
    HANDLE machine = open(u"\\Registry\\Machine");
    CHECK(NtSaveKey(machine, to) == STATUS_ACCESS_DENIED);
    NtClose(machine);
    HANDLE from = file(FILE_READ_DATA, FILE_OPEN_IF, u"\\SystemRoot\\hivetest.two");
    CHECK(NtSaveKey(key, from) == STATUS_ACCESS_DENIED);
    NtClose(from);
    NtDeleteFile(Named(u"\\SystemRoot\\hivetest.two"));
    CHECK(NtSaveKey(key, to) == STATUS_SUCCESS);
    char bytes[4096];
    IO_STATUS_BLOCK block;
    LARGE_INTEGER start = {};
    NtClose(to);
    to = file(FILE_READ_DATA, FILE_OPEN);
    CHECK(NtReadFile(to, nullptr, nullptr, nullptr, &block, bytes, sizeof bytes, &start, nullptr) ==
          STATUS_SUCCESS);
    CHECK(!memcmp(bytes, "regf", 4));
    NtClose(to);
    NtClose(key);
    remove_all();
}

TEST(restored_as_saved) {
    privilege(SE_BACKUP_PRIVILEGE, true);
    for (ULONG format = REG_STANDARD_FORMAT; format <= REG_LATEST_FORMAT; ++format) {
        HANDLE key = make_tree();
        REQUIRE(save(key, format));
        set(key, u"one", 7);
        set(key, u"more", 7);
        HANDLE later = create(u"later", key);
        HANDLE from = file(FILE_READ_DATA, FILE_OPEN);
        privilege(SE_RESTORE_PRIVILEGE, false);
        CHECK(NtRestoreKey(key, from, 0) == STATUS_PRIVILEGE_NOT_HELD);
        privilege(SE_RESTORE_PRIVILEGE, true);
        CHECK(NtRestoreKey(key, from, 0x100) == STATUS_INVALID_PARAMETER);
        CHECK(NtRestoreKey(key, from, REG_WHOLE_HIVE_VOLATILE) == STATUS_INVALID_PARAMETER);
        // It has a subkey that is open.
        CHECK(NtRestoreKey(key, from, 0) == STATUS_CANNOT_DELETE);
        CHECK(get(key, u"one") == 7);
        CHECK(NtRestoreKey(key, from, REG_FORCE_RESTORE) == STATUS_SUCCESS);
        CHECK(get(key, u"one") == 1);
        CHECK(get(key, u"more") == ~0u);
        CHECK(!open(u"\\Registry\\Machine\\Software\\HiveTest\\volatile"));
        CHECK(!open(u"\\Registry\\Machine\\Software\\HiveTest\\later"));
        moment();
        CHECK(set(later, u"x", 1) == STATUS_KEY_DELETED);
        NtClose(later);
        HANDLE b = open(u"\\Registry\\Machine\\Software\\HiveTest\\a\\b");
        CHECK(get(b, u"two") == 2);
        NtClose(b);
        CHECK(NtRestoreKey(key, from, 0) == STATUS_SUCCESS);
        CHECK(get(key, u"one") == 1);
        NtClose(from);
        from = file(FILE_WRITE_DATA, FILE_OPEN);
        CHECK(NtRestoreKey(key, from, 0) == STATUS_ACCESS_DENIED);
        NtClose(from);
        NtClose(key);
        remove_all();
    }
}

TEST(saved_one_over_the_other) {
    privilege(SE_BACKUP_PRIVILEGE, true);
    privilege(SE_RESTORE_PRIVILEGE, true);
    HANDLE low = make_tree();
    HANDLE high = create(u"\\Registry\\Machine\\Software\\HiveTestHigh");
    HANDLE a = create(u"A", high), c = create(u"c", high);
    set(high, u"ONE", 10);
    set(a, u"new", 3);
    HANDLE to = file(FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    privilege(SE_BACKUP_PRIVILEGE, false);
    CHECK(NtSaveMergedKeys(high, low, to) == STATUS_PRIVILEGE_NOT_HELD);
    privilege(SE_BACKUP_PRIVILEGE, true);
    CHECK(NtSaveMergedKeys(high, a, to) == STATUS_INVALID_PARAMETER);
    CHECK(NtSaveMergedKeys(high, low, to) == STATUS_SUCCESS);
    NtClose(to);
    const HANDLE made[] = {a, c, high};
    for (HANDLE key : made)
        NtDeleteKey(key), NtClose(key);
    REQUIRE(NtLoadKey(Named(kMounted), Named(kFile)) == STATUS_SUCCESS);
    HANDLE root = open(kMounted), both = open(u"\\Registry\\Machine\\HiveTest\\a");
    CHECK(get(root, u"one") == 10);
    CHECK(get(both, u"new") == 3);
    NtClose(both);
    both = open(u"\\Registry\\Machine\\HiveTest\\a\\b");
    CHECK(get(both, u"two") == 2);
    NtClose(both);
    CHECK(!open(u"\\Registry\\Machine\\HiveTest\\volatile"));
    both = open(u"\\Registry\\Machine\\HiveTest\\c");
    CHECK(both != nullptr);
    NtClose(both);
    NtClose(root);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    NtClose(low);
    remove_all();
}

TEST(back_to_the_last_flush) {
    privilege(SE_RESTORE_PRIVILEGE, true);
    REQUIRE(NtLoadKey2(Named(kMounted), Named(kFile), REG_NO_LAZY_FLUSH) == STATUS_SUCCESS);
    HANDLE key = open(kMounted, KEY_ALL_ACCESS);
    set(key, u"one", 1);
    CHECK(NtFlushKey(key) == STATUS_SUCCESS);
    set(key, u"one", 2);
    set(key, u"more", 2);
    HANDLE none = file(FILE_READ_DATA, FILE_OPEN_IF, u"\\SystemRoot\\hivetest.two");
    privilege(SE_TCB_PRIVILEGE, false);
    CHECK(NtRestoreKey(key, none, REG_REFRESH_HIVE) == STATUS_PRIVILEGE_NOT_HELD);
    if (NT_SUCCESS(privilege(SE_TCB_PRIVILEGE, true))) {
        CHECK(NtRestoreKey(key, none, REG_REFRESH_HIVE) == STATUS_SUCCESS);
        CHECK(get(key, u"one") == 1);
        CHECK(get(key, u"more") == ~0u);
    }
    // No hive at all.
    CHECK(NtRestoreKey(key, none, 0) == STATUS_NOT_REGISTRY_FILE);
    NtClose(none);
    NtClose(key);
    CHECK(NtUnloadKey(Named(kMounted)) == STATUS_SUCCESS);
    remove_all();
}

TEST(keys_restored_into_a_volatile_key_are_volatile) {
    privilege(SE_BACKUP_PRIVILEGE, true);
    privilege(SE_RESTORE_PRIVILEGE, true);
    HANDLE key = make_tree();
    REQUIRE(save(key));
    HANDLE into = create(u"volatile", key), from = file(FILE_READ_DATA, FILE_OPEN), stable = nullptr;
    CHECK(NtRestoreKey(into, from, 0) == STATUS_SUCCESS);
    HANDLE below = open(u"\\Registry\\Machine\\Software\\HiveTest\\volatile\\a", KEY_ALL_ACCESS);
    CHECK(below != nullptr);
    CHECK(NtCreateKey(&stable, KEY_READ, Named(u"x", below), 0, nullptr, 0, nullptr) ==
          STATUS_CHILD_MUST_BE_VOLATILE);
    HANDLE b = open(u"\\Registry\\Machine\\Software\\HiveTest\\volatile\\a\\b", KEY_ALL_ACCESS);
    HANDLE all[] = {b, below, into};
    for (HANDLE each : all) {
        CHECK(NtDeleteKey(each) == STATUS_SUCCESS);
        NtClose(each);
    }
    NtClose(from);
    NtClose(key);
    remove_all();
}
