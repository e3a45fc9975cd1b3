// SPDX-License-Identifier: GPL-3.0-only
//
// The registry as a program sees it: what the seed brought, keys, values, changes.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

class Named {
public:
    explicit Named(PCWSTR name, HANDLE root = nullptr) {
        RtlInitUnicodeString(&name_, name);
        InitializeObjectAttributes(&attributes_, &name_, OBJ_CASE_INSENSITIVE, root, nullptr);
    }
    operator POBJECT_ATTRIBUTES() { return &attributes_; }

private:
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

UNICODE_STRING text(PCWSTR from) {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, from);
    return string;
}

void seed() {
    HANDLE key = nullptr;
    Named path(u"\\Registry\\Machine\\SYSTEM\\currentcontrolset\\Control\\Session Manager\\Environment");
    expect("open the environment", NtOpenKey(&key, KEY_READ, path), STATUS_SUCCESS);
    alignas(8) UCHAR buffer[256];
    ULONG length = 0;
    UNICODE_STRING name = text(u"Path");
    expect("read the path",
           NtQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof buffer, &length),
           STATUS_SUCCESS);
    auto* value = reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    check("its type", value->Type == REG_EXPAND_SZ, "type", value->Type);
    UNICODE_STRING wanted = text(u"\\SystemRoot\\System32");
    UNICODE_STRING found = {static_cast<USHORT>(value->DataLength - 2), 0,
                            reinterpret_cast<PWSTR>(value->Data)};
    check("its text", RtlEqualUnicodeString(&found, &wanted, TRUE));
    NtClose(key);
}

void keys_and_values() {
    HANDLE key = nullptr, sub = nullptr, other = nullptr;
    ULONG disposition = 0;
    Named path(u"\\Registry\\Machine\\Software\\SystemTest");
    expect("create", NtCreateKey(&key, KEY_ALL_ACCESS, path, 0, nullptr, 0, &disposition), STATUS_SUCCESS);
    check("it is new", disposition == REG_CREATED_NEW_KEY);
    Named below(u"Sub", key), deep(u"No\\Such", key);
    expect("create below", NtCreateKey(&sub, KEY_ALL_ACCESS, below, 0, nullptr, 0, &disposition),
           STATUS_SUCCESS);
    expect("missing parent", NtCreateKey(&other, KEY_ALL_ACCESS, deep, 0, nullptr, 0, nullptr),
           STATUS_OBJECT_NAME_NOT_FOUND);
    ULONG number = 42, length = 0;
    UNICODE_STRING name = text(u"Number");
    expect("set", NtSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    alignas(8) UCHAR buffer[128];
    expect("query too short", NtQueryValueKey(key, &name, KeyValuePartialInformation, buffer, 12, &length),
           STATUS_BUFFER_OVERFLOW);
    expect("query", NtQueryValueKey(key, &name, KeyValuePartialInformation, buffer, length, &length),
           STATUS_SUCCESS);
    expect("enumerate keys", NtEnumerateKey(key, 0, KeyBasicInformation, buffer, sizeof buffer, &length),
           STATUS_SUCCESS);
    expect("no more keys", NtEnumerateKey(key, 1, KeyBasicInformation, buffer, sizeof buffer, &length),
           STATUS_NO_MORE_ENTRIES);
    expect("full information", NtQueryKey(key, KeyFullInformation, buffer, sizeof buffer, &length),
           STATUS_SUCCESS);
    auto* full = reinterpret_cast<KEY_FULL_INFORMATION*>(buffer);
    check("one subkey, one value", full->SubKeys == 1 && full->Values == 1);
    expect("bad data pointer", NtSetValueKey(key, &name, 0, REG_BINARY, reinterpret_cast<PVOID>(16), 64),
           STATUS_ACCESS_VIOLATION);
    expect("key with subkeys", NtDeleteKey(key), STATUS_CANNOT_DELETE);
    expect("delete value", NtDeleteValueKey(key, &name), STATUS_SUCCESS);
    expect("delete subkey", NtDeleteKey(sub), STATUS_SUCCESS);
    expect("delete it again", NtDeleteKey(sub), STATUS_SUCCESS);
    expect("create without attributes", NtCreateKey(&other, KEY_READ, nullptr, 0, nullptr, 0, nullptr),
           STATUS_ACCESS_VIOLATION);
    expect("open without attributes", NtOpenKey(&other, KEY_READ, nullptr), STATUS_ACCESS_VIOLATION);
    expect("deleted", NtSetValueKey(sub, &name, 0, REG_DWORD, &number, sizeof number), STATUS_KEY_DELETED);
    expect("delete", NtDeleteKey(key), STATUS_SUCCESS);
    NtClose(sub);
    NtClose(key);
}

void changes() {
    HANDLE key = nullptr, event = nullptr, sub = nullptr;
    Named path(u"\\Registry\\Machine\\Software\\SystemTestWatched");
    NtCreateKey(&key, KEY_ALL_ACCESS, path, 0, nullptr, 0, nullptr);
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    IO_STATUS_BLOCK block = {};
    expect("watch",
           NtNotifyChangeKey(key, event, nullptr, nullptr, &block, REG_NOTIFY_CHANGE_NAME, TRUE, nullptr, 0,
                             TRUE),
           STATUS_PENDING);
    LARGE_INTEGER now = {};
    expect("quiet", NtWaitForSingleObject(event, FALSE, &now), STATUS_TIMEOUT);
    Named below(u"Sub", key);
    NtCreateKey(&sub, KEY_ALL_ACCESS, below, 0, nullptr, 0, nullptr);
    expect("told", NtWaitForSingleObject(event, FALSE, &now), STATUS_SUCCESS);
    expect("by the status block", block.Status, STATUS_NOTIFY_ENUM_DIR);
    NtDeleteKey(sub);
    NtDeleteKey(key);
    NtClose(sub);
    NtClose(key);
    NtClose(event);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    seed();
    keys_and_values();
    changes();
    test::end();
}
