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
    NtDeleteFile(Named(kFile));
    NtDeleteFile(Named(u"\\SystemRoot\\hivetest.hiv.LOG1"));
    NtDeleteFile(Named(u"\\SystemRoot\\hivetest.hiv.LOG2"));
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
        LARGE_INTEGER moment = {};
        moment.QuadPart = -1'000'000;
        NtDelayExecution(FALSE, &moment);
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
    CHECK(NtLoadKey(target, Named(u"\\SystemRoot\\no.hiv")) == STATUS_OBJECT_NAME_NOT_FOUND);
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
    LARGE_INTEGER moment = {};
    moment.QuadPart = -1'000'000;
    NtDelayExecution(FALSE, &moment);
    CHECK(set(key, u"three", 4) == STATUS_KEY_DELETED);
    NtClose(key);
    remove_all();
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
