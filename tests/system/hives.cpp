// SPDX-License-Identifier: GPL-3.0-only
// Keys as hives in files: saved, restored, loaded, flushed, unloaded; what is refused, and to whom.
#include "tests/system/test.h"

namespace {

const WCHAR kKey[] = u"\\Registry\\Machine\\Software\\HiveTest";
const WCHAR kFile[] = u"\\SystemRoot\\hivetest.hiv";
const WCHAR kMounted[] = u"\\Registry\\Machine\\HiveTest";

class Named {
public:
    explicit Named(const WCHAR* name, HANDLE root = nullptr) {
        RtlInitUnicodeString(&name_, name);
        InitializeObjectAttributes(&attributes_, &name_, OBJ_CASE_INSENSITIVE, root, nullptr);
    }
    operator POBJECT_ATTRIBUTES() { return &attributes_; }
    operator PUNICODE_STRING() { return &name_; }

private:
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

NTSTATUS privilege(ULONG which, bool on) {
    BOOLEAN before;
    return RtlAdjustPrivilege(which, on, FALSE, &before);
}

HANDLE create(const WCHAR* name, HANDLE root = nullptr, ULONG options = 0) {
    HANDLE key = nullptr;
    Named attributes(name, root);
    NTSTATUS status = NtCreateKey(&key, KEY_ALL_ACCESS, attributes, 0, nullptr, options, nullptr);
    return NT_SUCCESS(status) ? key : nullptr;
}

HANDLE open(const WCHAR* name, ACCESS_MASK access = KEY_READ) {
    HANDLE key = nullptr;
    return NT_SUCCESS(NtOpenKey(&key, access, Named(name))) ? key : nullptr;
}

HANDLE file(ACCESS_MASK access, ULONG disposition, const WCHAR* name = kFile) {
    HANDLE handle = nullptr;
    IO_STATUS_BLOCK block;
    NTSTATUS status =
        NtCreateFile(&handle, access | SYNCHRONIZE, Named(name), &block, nullptr, FILE_ATTRIBUTE_NORMAL, 0,
                     disposition, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, nullptr, 0);
    return NT_SUCCESS(status) ? handle : nullptr;
}

NTSTATUS set(HANDLE key, const WCHAR* name, ULONG number) {
    return NtSetValueKey(key, Named(name), 0, REG_DWORD, &number, sizeof number);
}

ULONG get(HANDLE key, const WCHAR* name) {
    struct {
        KEY_VALUE_PARTIAL_INFORMATION head;
        UCHAR more[16];
    } value;
    ULONG length, number = 0;
    if (!NT_SUCCESS(
            NtQueryValueKey(key, Named(name), KeyValuePartialInformation, &value, sizeof value, &length)))
        return ~0u;
    memcpy(&number, value.head.Data, sizeof number);
    return number;
}

void remove_all() {
    const WCHAR* const names[] = {u"\\Registry\\Machine\\Software\\HiveTest\\a\\b",
                                  u"\\Registry\\Machine\\Software\\HiveTest\\a",
                                  u"\\Registry\\Machine\\Software\\HiveTest\\volatile",
                                  u"\\Registry\\Machine\\Software\\HiveTest\\later", kKey};
    for (const WCHAR* name : names) {
        HANDLE key = open(name, DELETE);
        if (key) NtDeleteKey(key);
        if (key) NtClose(key);
    }
    const WCHAR* const files[] = {kFile,
                                  u"\\SystemRoot\\hivetest.hiv.LOG1",
                                  u"\\SystemRoot\\hivetest.hiv.LOG2",
                                  u"\\SystemRoot\\hivetest.two",
                                  u"\\SystemRoot\\hivetest.two.LOG1",
                                  u"\\SystemRoot\\hivetest.two.LOG2"};
    for (const WCHAR* name : files)
        NtDeleteFile(Named(name));
}

// The key, a\b below it with a value, and a volatile one; in a file too.
HANDLE make_tree() {
    HANDLE key = create(kKey);
    HANDLE a = create(u"a", key);
    HANDLE b = create(u"b", a);
    set(key, u"one", 1);
    set(b, u"two", 2);
    NtClose(b);
    NtClose(a);
    NtClose(create(u"volatile", key, REG_OPTION_VOLATILE));
    return key;
}

void moment() {
    LARGE_INTEGER time = {};
    time.QuadPart = -1'000'000;
    NtDelayExecution(FALSE, &time);
}

bool save(HANDLE key, ULONG format = REG_LATEST_FORMAT) {
    HANDLE to = file(FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    NTSTATUS status = NtSaveKeyEx(key, to, format);
    NtClose(to);
    return status == STATUS_SUCCESS;
}

}  // namespace

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

NTSTATUS load_app(HANDLE* root, const WCHAR* name, ULONG flags = REG_APP_HIVE, HANDLE event = nullptr,
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
bool tear() {
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
