// SPDX-License-Identifier: GPL-3.0-only
// What the tests of hives share: a key with some below it, its file, where it is loaded.
#pragma once

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

[[maybe_unused]] NTSTATUS privilege(ULONG which, bool on) {
    BOOLEAN before;
    return RtlAdjustPrivilege(which, on, FALSE, &before);
}

[[maybe_unused]] HANDLE create(const WCHAR* name, HANDLE root = nullptr, ULONG options = 0) {
    HANDLE key = nullptr;
    Named attributes(name, root);
    NTSTATUS status = NtCreateKey(&key, KEY_ALL_ACCESS, attributes, 0, nullptr, options, nullptr);
    return NT_SUCCESS(status) ? key : nullptr;
}

[[maybe_unused]] HANDLE open(const WCHAR* name, ACCESS_MASK access = KEY_READ) {
    HANDLE key = nullptr;
    return NT_SUCCESS(NtOpenKey(&key, access, Named(name))) ? key : nullptr;
}

[[maybe_unused]] HANDLE file(ACCESS_MASK access, ULONG disposition, const WCHAR* name = kFile) {
    HANDLE handle = nullptr;
    IO_STATUS_BLOCK block;
    NTSTATUS status =
        NtCreateFile(&handle, access | SYNCHRONIZE, Named(name), &block, nullptr, FILE_ATTRIBUTE_NORMAL, 0,
                     disposition, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, nullptr, 0);
    return NT_SUCCESS(status) ? handle : nullptr;
}

[[maybe_unused]] NTSTATUS set(HANDLE key, const WCHAR* name, ULONG number) {
    return NtSetValueKey(key, Named(name), 0, REG_DWORD, &number, sizeof number);
}

[[maybe_unused]] ULONG get(HANDLE key, const WCHAR* name) {
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

[[maybe_unused]] void remove_all() {
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
[[maybe_unused]] HANDLE make_tree() {
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

[[maybe_unused]] void moment() {
    LARGE_INTEGER time = {};
    time.QuadPart = -1'000'000;
    NtDelayExecution(FALSE, &time);
}

[[maybe_unused]] bool save(HANDLE key, ULONG format = REG_LATEST_FORMAT) {
    HANDLE to = file(FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    NTSTATUS status = NtSaveKeyEx(key, to, format);
    NtClose(to);
    return status == STATUS_SUCCESS;
}

}  // namespace
