// SPDX-License-Identifier: GPL-3.0-only
//
// Registry values of great length, and many who wait for a change.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

HANDLE make_key(View name, HANDLE root = nullptr) {
    HANDLE key = nullptr;
    app::Attributes where(name, OBJ_CASE_INSENSITIVE, root);
    const NTSTATUS status =
        NtCreateKey(&key, KEY_ALL_ACCESS, where.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) fail(u"key", status);
    return key;
}

void delete_key(HANDLE key) {
    NtDeleteKey(key);
    NtClose(key);
}

void value_data() {
    constexpr ULONG kSize = 4 * kMegabyte;
    const HANDLE key = make_key(u"\\Registry\\Machine\\HostileData");
    auto* data = static_cast<UCHAR*>(memory(kSize + kMegabyte));
    for (ULONG i = 0; i < kSize; i += 4096)
        data[i] = static_cast<UCHAR>(i >> 12);
    UNICODE_STRING name = app::unicode(u"large");
    static const ULONG kSizes[] = {kSize, 70'000, kSize};
    for (const ULONG size : kSizes) {
        NTSTATUS status = NtSetValueKey(key, &name, 0, REG_BINARY, data, size);
        if (!NT_SUCCESS(status)) fail(u"set value", status);
        ULONG length = 0;
        status = NtQueryValueKey(key, &name, KeyValueFullInformation, data, kSize + kMegabyte, &length);
        if (!NT_SUCCESS(status) || length < size) fail(u"query value", status);
        NtQueryValueKey(key, &name, KeyValueBasicInformation, data, kMegabyte, &length);
        NtEnumerateValueKey(key, 0, KeyValuePartialInformation, data, kSize + kMegabyte, &length);
    }
    NtDeleteValueKey(key, &name);
    NtSetValueKey(key, &name, 0, REG_BINARY, data, kSize);
    delete_key(key);
    give_back(data);
}

void value_names() {
    constexpr ULONG kUnits = 16'383, kNames = 64;
    static WCHAR text[kUnits];
    static UCHAR buffer[2 * kUnits + 64];
    const HANDLE key = make_key(u"\\Registry\\Machine\\HostileNames");
    UNICODE_STRING name = {sizeof text, sizeof text, text};
    for (int round = 0; round < 3; ++round)
        for (ULONG i = 0; i < kNames; ++i) {
            for (WCHAR& unit : text)
                unit = round == 1 ? u'A' : round == 2 ? u'\u03b1' : u'a';
            text[kUnits - 1] = static_cast<WCHAR>(u'0' + i);
            NTSTATUS status = NtSetValueKey(key, &name, 0, REG_DWORD, &i, sizeof i);
            if (!NT_SUCCESS(status)) return fail(u"set long name", status);
            ULONG length = 0;
            NtQueryValueKey(key, &name, KeyValueFullInformation, buffer, sizeof buffer, &length);
            NtEnumerateValueKey(key, i, KeyValueFullInformation, buffer, sizeof buffer, &length);
        }
    NtDeleteValueKey(key, &name);
    delete_key(key);
}

// What a key far down is called, by both ways to ask.
void ask_name(HANDLE key) {
    static UCHAR buffer[0x10000];
    ULONG length = 0;
    NTSTATUS status = NtQueryKey(key, KeyNameInformation, buffer, sizeof buffer, &length);
    if (!NT_SUCCESS(status)) fail(u"a key's name", status);
    status = NtQueryObject(key, ObjectNameInformation, buffer, sizeof buffer, &length);
    if (!NT_SUCCESS(status)) fail(u"a key object's name", status);
}

// Links that each lead through hundreds of keys to the next.
void links() {
    constexpr ULONG kDepth = 500, kLinks = 30;
    constexpr ULONG kLongest = 32'000;
    static HANDLE keys[kDepth], made[kLinks];
    static WCHAR path[kLongest];
    View top(u"\\Registry\\Machine\\HostileLinks");
    ULONG length = 0;
    for (; length < top.size; ++length)
        path[length] = top[length];
    const HANDLE first = make_key(top);
    HANDLE last = first;
    // Their names together are almost as long as a path can be.
    static WCHAR name[60];
    for (WCHAR& unit : name)
        unit = u'k';
    for (HANDLE& key : keys) {
        last = key = make_key(View(name, 60), last);
        path[length++] = u'\\';
        for (const WCHAR unit : name)
            path[length++] = unit;
    }
    ask_name(last);
    for (ULONG i = 0; i < kLinks; ++i) {
        const app::Text link = numbered(u"link ", i);
        app::Attributes where(link.view(), OBJ_CASE_INSENSITIVE, last);
        NTSTATUS status = NtCreateKey(&made[i], KEY_ALL_ACCESS, where.get(), 0, nullptr,
                                      REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK, nullptr);
        if (!NT_SUCCESS(status)) return fail(u"link", status);
        app::Text target(View(path, length));
        target.append(numbered(u"\\link ", i + 1).view());
        UNICODE_STRING value = app::unicode(u"SymbolicLinkValue");
        const UNICODE_STRING text = target.unicode();
        status = NtSetValueKey(made[i], &value, 0, REG_LINK, text.Buffer, text.Length);
        if (!NT_SUCCESS(status)) return fail(u"link's value", status);
    }
    HANDLE opened;
    app::Attributes start(u"link 0", OBJ_CASE_INSENSITIVE, last);
    const NTSTATUS status = NtOpenKey(&opened, KEY_READ, start.get());
    if (status != STATUS_OBJECT_NAME_NOT_FOUND) fail(u"following the links", status);
    for (const HANDLE link : made)
        delete_key(link);
    for (ULONG i = kDepth; i > 0; --i)
        delete_key(keys[i - 1]);
    delete_key(first);
}

constexpr ULONG kWatches = 5'000;

void watch(HANDLE key, HANDLE event, IO_STATUS_BLOCK& io, BOOLEAN tree) {
    const NTSTATUS status = NtNotifyChangeKey(key, event, nullptr, nullptr, &io, REG_NOTIFY_CHANGE_LAST_SET,
                                              tree, nullptr, 0, TRUE);
    if (status != STATUS_PENDING) fail(u"watch", status);
}

void set_number(HANDLE key, ULONG number) {
    UNICODE_STRING name = app::unicode(u"number");
    NtSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number);
}

void watches() {
    static IO_STATUS_BLOCK io[kWatches];
    const HANDLE key = make_key(u"\\Registry\\Machine\\HostileWatches");
    HANDLE event = nullptr;
    NtCreateEvent(&event, kAccess, nullptr, NotificationEvent, FALSE);
    for (ULONG round = 0; round < 3; ++round) {
        for (IO_STATUS_BLOCK& block : io)
            watch(key, event, block, FALSE);
        if (round == 0) set_number(key, 1);
        if (round == 1) NtDeleteKey(key);
        if (round != 2) sleep(50);
        if (round == 1) break;
    }
    NtClose(key);
    const HANDLE other = make_key(u"\\Registry\\Machine\\HostileWatches");
    for (IO_STATUS_BLOCK& block : io)
        watch(other, event, block, FALSE);
    NtClose(other);
    sleep(50);
    delete_key(make_key(u"\\Registry\\Machine\\HostileWatches"));
    NtClose(event);
}

// One on each key of a path as deep as the registry allows.
void deep_watches() {
    constexpr ULONG kLevels = 500;
    static HANDLE key[kLevels];
    static IO_STATUS_BLOCK io[kLevels];
    HANDLE event = nullptr;
    NtCreateEvent(&event, kAccess, nullptr, NotificationEvent, FALSE);
    for (ULONG i = 0; i < kLevels; ++i) {
        key[i] = i == 0 ? make_key(u"\\Registry\\Machine\\HostileDepth") : make_key(u"a", key[i - 1]);
        for (int j = 0; j < 4; ++j)
            watch(key[i], event, io[i], TRUE);
    }
    set_number(key[kLevels - 1], 1);
    sleep(50);
    ask_name(key[kLevels - 1]);
    for (ULONG i = kLevels; i-- > 0;)
        delete_key(key[i]);
    NtClose(event);
}

HANDLE hive_file(ACCESS_MASK access, ULONG disposition) {
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io;
    app::Attributes where(u"\\SystemRoot\\hostile.hiv");
    const NTSTATUS status =
        NtCreateFile(&file, access | SYNCHRONIZE, where.get(), &io, nullptr, FILE_ATTRIBUTE_NORMAL, 0,
                     disposition, FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) fail(u"hive's file", status);
    return file;
}

// A list of its own for each number.
void protect(HANDLE key, ULONG number) {
    UCHAR room[64];
    SID everyone = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}};
    auto* list = reinterpret_cast<ACL*>(room);
    RtlCreateAcl(list, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(list, ACL_REVISION, KEY_ALL_ACCESS, &everyone);
    RtlAddAccessDeniedAce(list, ACL_REVISION, number + 1, &everyone);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
    const NTSTATUS status = NtSetSecurityObject(key, DACL_SECURITY_INFORMATION, &descriptor);
    if (!NT_SUCCESS(status)) fail(u"protect", status);
}

// Saved, restored, loaded, flushed and unloaded: a key with much data, many values and many subkeys, each of
// which has another descriptor.
void hives() {
    constexpr ULONG kSize = 2 * kMegabyte, kMany = 2'000;
    BOOLEAN before;
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, TRUE, FALSE, &before);
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &before);
    const HANDLE key = make_key(u"\\Registry\\Machine\\Software\\HostileHive");
    auto* data = static_cast<UCHAR*>(memory(kSize));
    UNICODE_STRING name = app::unicode(u"large");
    NtSetValueKey(key, &name, 0, REG_BINARY, data, kSize);
    for (ULONG i = 0; i < kMany; ++i) {
        const app::Text text = numbered(u"a value or a key of a name that is not too short ", i);
        name = text.unicode();
        NtSetValueKey(key, &name, 0, REG_DWORD, &i, sizeof i);
    }
    HANDLE file = hive_file(FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    NTSTATUS status = NtSaveKeyEx(key, file, REG_LATEST_FORMAT);
    if (!NT_SUCCESS(status)) fail(u"save", status);
    NtClose(file);
    app::Attributes target(u"\\Registry\\Machine\\HostileHive"), source(u"\\SystemRoot\\hostile.hiv");
    status = NtLoadKey(target.get(), source.get());
    if (!NT_SUCCESS(status)) fail(u"load", status);
    HANDLE loaded = nullptr;
    NtOpenKey(&loaded, KEY_ALL_ACCESS, target.get());
    for (ULONG i = 0; i < kMany; ++i) {
        HANDLE below = nullptr;
        const app::Text text = numbered(u"key ", i);
        app::Attributes where(text.view(), OBJ_CASE_INSENSITIVE, loaded);
        status = NtCreateKey(&below, KEY_ALL_ACCESS, where.get(), 0, nullptr, 0, nullptr);
        if (!NT_SUCCESS(status)) fail(u"key below", status);
        protect(below, i);
        NtClose(below);
    }
    status = NtFlushKey(loaded);
    if (!NT_SUCCESS(status)) fail(u"flush", status);
    NtClose(loaded);
    status = NtUnloadKey(target.get());
    if (!NT_SUCCESS(status)) fail(u"unload", status);
    file = hive_file(FILE_READ_DATA, FILE_OPEN);
    for (int round = 0; round < 2; ++round) {
        status = NtRestoreKey(key, file, REG_FORCE_RESTORE);
        if (!NT_SUCCESS(status)) fail(u"restore", status);
    }
    NtClose(file);
    status = NtLoadKey(target.get(), source.get());
    if (!NT_SUCCESS(status)) fail(u"load again", status);
    status = NtUnloadKey2(target.get(), REG_FORCE_UNLOAD);
    if (!NT_SUCCESS(status)) fail(u"unload by force", status);
    sleep(50);
    give_back(data);
    NtClose(key);
}

constexpr Load kLoads[] = {
    {u"data", value_data}, {u"values", value_names},  {u"links", links},
    {u"watches", watches}, {u"climbs", deep_watches}, {u"hives", hives},
};

}  // namespace

Loads registry_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
