// SPDX-License-Identifier: GPL-3.0-only
// The registry: keys, values, classes of information, enumeration, links, notifications, deletes, security.
#include "differ.h"

static HANDLE top;
static ULONG length;
static char buffer[400];

// A key of the program's own below the user's, made anew.
static void begin(const char* name) {
    char path[100];
    sprintf(path, "Software\\Differ\\%s", name);
    RegCreateKeyExA(HKEY_CURRENT_USER, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, (HKEY*)&top, NULL);
}

static NTSTATUS create(const char* label, HANDLE root, const wchar_t* name, ULONG options, HANDLE* key) {
    HANDLE own = NULL;
    ULONG disposition = 9;
    NTSTATUS status = QUIET(NtCreateKey, key ? key : &own, KEY_ALL_ACCESS,
                            attributes_in(root, name, OBJ_CASE_INSENSITIVE), 0, NULL, options, &disposition);
    if (label && status >= 0)
        line(label, "%08lx, disposition %lu", (ULONG)status, disposition);
    else if (label)
        line(label, "%08lx", (ULONG)status);
    return status;
}

static NTSTATUS set(const wchar_t* name, ULONG type, const void* data, ULONG size) {
    return QUIET(NtSetValueKey, top, name_of(name), 0, type, data, size);
}

PROGRAM(create_keys) {
    HANDLE key = NULL;
    begin("create");
    create("first", top, L"one", 0, &key);
    create("again", top, L"ONE", 0, NULL);
    create("two levels", top, L"a\\b", 0, NULL);
    create("below one", top, L"one\\two", 0, NULL);
    create("trailing backslash", top, L"three\\", 0, NULL);
    create("leading backslash", top, L"\\three", 0, NULL);
    create("doubled backslash", top, L"one\\\\four", 0, NULL);
    create("empty", top, L"", 0, NULL);
    create("unknown option", top, L"five", 0x100, NULL);
    create("volatile", top, L"volatile", REG_OPTION_VOLATILE, &key);
    create("stable below volatile", key, L"x", 0, NULL);
    create("volatile below volatile", key, L"y", REG_OPTION_VOLATILE, NULL);
    create("absolute, below the root", NULL, L"\\Registry\\Differ", 0, NULL);
    create("elsewhere", NULL, L"\\BaseNamedObjects\\Differ", 0, NULL);
    create("in Machine", NULL, L"\\Registry\\Machine\\Differ", 0, NULL);
    wchar_t name[300];
    wmemset(name, 'n', 299);
    name[256] = 0;
    create("256 characters", top, name, 0, NULL);
    name[255] = 0;
    create("255 characters", top, name, 0, NULL);
    create("star", top, L"*", 0, NULL);
    create("slash", top, L"a/b", 0, NULL);
    ST("no attributes", NtCreateKey, &key, KEY_READ, NULL, 0, NULL, 0, NULL);
    ST("bad root", NtOpenKey, &key, KEY_READ, attributes_in((HANDLE)0x9998, L"x", 0));
    ST("event as root", NtOpenKey, &key, KEY_READ, attributes_in(CreateEventA(NULL, 0, 0, NULL), L"x", 0));
}

PROGRAM(open_keys) {
    HANDLE key = NULL;
    begin("open");
    create(NULL, top, L"One", 0, NULL);
    ST("other case", NtOpenKey, &key, KEY_READ, attributes_in(top, L"oNE", 0));
    ST("absent", NtOpenKey, &key, KEY_READ, attributes_in(top, L"none", 0));
    ST("below absent", NtOpenKey, &key, KEY_READ, attributes_in(top, L"none\\x", 0));
    ST("empty", NtOpenKey, &key, KEY_READ, attributes_in(top, L"", 0));
    ST("no name", NtOpenKey, &key, KEY_READ, attributes_in(top, NULL, 0));
    ST("trailing", NtOpenKey, &key, KEY_READ, attributes_in(top, L"One\\", 0));
    ST("no access", NtOpenKey, &key, 0, attributes_in(top, L"One", 0));
    ST("root", NtOpenKey, &key, KEY_READ, attributes(L"\\Registry", 0));
    ST("other case of the root", NtOpenKey, &key, KEY_READ, attributes(L"\\REGISTRY\\machine", 0));
    ST("relative without a root", NtOpenKey, &key, KEY_READ, attributes(L"Registry", 0));
    ST("options", NtOpenKeyEx, &key, KEY_READ, attributes_in(top, L"One", 0), 0);
    ST("bad options", NtOpenKeyEx, &key, KEY_READ, attributes_in(top, L"One", 0), 0x100);
    ST("odd length", NtOpenKey, &key, KEY_READ, (OBJECT_ATTRIBUTES*)buffer);
    ST("maximum", NtOpenKey, &key, MAXIMUM_ALLOWED, attributes_in(top, L"One", 0));
    ST("wow64", NtOpenKey, &key, KEY_READ | KEY_WOW64_32KEY, attributes_in(top, L"One", 0));
    ST("both wow64", NtOpenKey, &key, KEY_READ | KEY_WOW64_32KEY | KEY_WOW64_64KEY,
       attributes_in(top, L"One", 0));
}

PROGRAM(values) {
    begin("values");
    NUM("set", set(L"one", REG_SZ, L"text", 10));
    NUM("of no type", set(L"none", 0, NULL, 0));
    NUM("odd text", set(L"odd", REG_SZ, "abc", 3));
    HEX("type 77", set(L"77", 77, "abcd", 4));
    HEX("type huge", set(L"huge", 0xffffffff, "abcd", 4));
    HEX("short number", set(L"short", REG_DWORD, "ab", 2));
    HEX("default", set(L"", REG_SZ, L"d", 4));
    ST("no name", NtSetValueKey, top, NULL, 0, REG_SZ, L"d", 4);
    HEX("title ignored", QUIET(NtSetValueKey, top, name_of(L"title"), 5, REG_SZ, L"d", 4));
    HEX("bad data", set(L"bad", REG_SZ, (void*)8, 4));
    HEX("null data", set(L"bad", REG_SZ, NULL, 4));
    wchar_t name[17000];
    wmemset(name, 'v', 16999);
    name[16383] = 0;
    HEX("16383 characters", set(name, REG_SZ, L"d", 4));
    name[16383] = 'v';
    name[16384] = 0;
    HEX("16384 characters", set(name, REG_SZ, L"d", 4));
    HEX("backslash", set(L"a\\b", REG_SZ, L"d", 4));
    ST("delete", NtDeleteValueKey, top, name_of(L"ONE"));
    ST("delete again", NtDeleteValueKey, top, name_of(L"one"));
    ST("query it", NtQueryValueKey, top, name_of(L"one"), 2, buffer, 100, &length);
}

PROGRAM(value_queries) {
    begin("queries");
    set(L"name", REG_SZ, L"text", 10);
    static const ULONG sizes[] = {0, 8, 11, 12, 15, 16, 20, 21, 22, 23, 24, 28, 30, 39, 40, 60};
    for (ULONG number = 0; number < 3; number++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char label[40];
            sprintf(label, "class %lu, %lu bytes", number, sizes[i]);
            length = 999;
            NTSTATUS status =
                QUIET(NtQueryValueKey, top, name_of(L"name"), number, buffer, sizes[i], &length);
            line(label, "%08lx, %lu", (ULONG)status, length);
        }
    ST("absent", NtQueryValueKey, top, name_of(L"none"), 2, buffer, 60, &length);
    ST("no buffer", NtQueryValueKey, top, name_of(L"name"), 2, NULL, 60, &length);
    ST("class 9", NtQueryValueKey, top, name_of(L"name"), 9, buffer, 60, &length);
    memset(buffer, 0xcc, sizeof buffer);
    QUIET(NtQueryValueKey, top, name_of(L"NAME"), 1, buffer, 60, &length);
    say_bytes("full", buffer, length);
    QUIET(NtQueryValueKey, top, name_of(L"NAME"), 0, buffer, 60, &length);
    say_bytes("basic", buffer, length);
    ST("no length", NtQueryValueKey, top, name_of(L"name"), 2, buffer, 60, NULL);
}

PROGRAM(key_queries) {
    HANDLE key = NULL;
    begin("keys");
    HEX("with class", QUIET(NtCreateKey, &key, KEY_ALL_ACCESS, attributes_in(top, L"Inner", 0), 0,
                            name_of(L"Cls"), 0, NULL));
    create(NULL, key, L"longest-one", 0, NULL);
    QUIET(NtSetValueKey, key, name_of(L"value"), 0, REG_SZ, L"text", 10);
    static const ULONG whole[] = {22, 34, 50, 0, 0, 40, 4, 4, 4};
    for (ULONG number = 0; number < 10; number++) {
        char label[40];
        sprintf(label, "class %lu", number);
        if (number == 3) continue;  // its length is that of the user's name
        length = 999;
        NTSTATUS status = QUIET(NtQueryKey, key, number, buffer, 400, &length);
        line(label, "%08lx, %lu", (ULONG)status, length);
        length = 999;
        status = QUIET(NtQueryKey, key, number, buffer, 4, &length);
        line(label, "in 4 bytes %08lx, %lu", (ULONG)status, length);
        status = QUIET(NtQueryKey, key, number, buffer, number < 9 && whole[number] ? whole[number] - 1 : 3,
                       &length);
        line(label, "one too few %08lx", (ULONG)status);
    }
    QUIET(NtQueryKey, key, 2, buffer, 400, &length);
    say_bytes("full", buffer + 8, length - 8);
    QUIET(NtQueryKey, key, 4, buffer, 400, &length);
    say_bytes("cached", buffer + 8, 32);
    QUIET(NtQueryKey, key, 1, buffer, 400, &length);
    say_bytes("node", buffer + 8, length - 8);
}

PROGRAM(enumeration) {
    static const wchar_t* names[] = {L"b", L"A", L"c1", L"C", L"_", L"Z", L"a-b", L"a_b"};
    begin("enumeration");
    for (int i = 0; i < 8; i++) {
        create(NULL, top, names[i], 0, NULL);
        set(names[i], REG_DWORD, &i, 4);
    }
    for (ULONG i = 0; i < 9; i++) {
        struct {
            ULONGLONG time;
            ULONG title, length;
            WCHAR name[20];
        } key = {0};
        NTSTATUS status = QUIET(NtEnumerateKey, top, i, 0, &key, sizeof key, &length);
        line("key", "%08lx, [%ls]", (ULONG)status, key.name);
    }
    for (ULONG i = 0; i < 9; i++) {
        struct {
            ULONG title, type, length;
            WCHAR name[20];
        } value = {0};
        NTSTATUS status = QUIET(NtEnumerateValueKey, top, i, 0, &value, sizeof value, &length);
        line("value", "%08lx, [%ls]", (ULONG)status, value.name);
    }
    ST("class 2", NtEnumerateKey, top, 0, 2, buffer, 400, &length);
    ST("class 3", NtEnumerateKey, top, 0, 3, buffer, 400, &length);
    ST("class 4", NtEnumerateKey, top, 0, 4, buffer, 400, &length);
    ST("short", NtEnumerateKey, top, 0, 0, buffer, 17, &length);
    NUM("wants", length);
    ST("nothing", NtEnumerateKey, top, 0, 0, buffer, 0, &length);
    ST("far", NtEnumerateKey, top, 0xffffffff, 0, buffer, 100, &length);
}

PROGRAM(deletes) {
    HANDLE key = NULL, inner = NULL;
    begin("deletes");
    create(NULL, top, L"one", 0, &key);
    create(NULL, key, L"two", 0, &inner);
    ST("with a child", NtDeleteKey, key);
    ST("child", NtDeleteKey, inner);
    ST("child again", NtDeleteKey, inner);
    ST("query deleted", NtQueryKey, inner, 0, buffer, 100, &length);
    ST("set in deleted", NtSetValueKey, inner, name_of(L"x"), 0, REG_SZ, L"x", 4);
    create("create below deleted", inner, L"x", 0, NULL);
    ST("enumerate deleted", NtEnumerateKey, inner, 0, 0, buffer, 100, &length);
    ST("open below deleted", NtOpenKey, &inner, KEY_READ, attributes_in(inner, L"", 0));
    ST("now it", NtDeleteKey, key);
    create("made again", top, L"one", 0, &inner);
    ST("old one is deleted", NtQueryKey, key, 0, buffer, 100, &length);
    ST("without DELETE", NtOpenKey, &key, KEY_READ, attributes_in(top, L"one", 0));
    ST("refused", NtDeleteKey, key);
    ST("set refused", NtSetValueKey, key, name_of(L"x"), 0, REG_SZ, L"x", 4);
    ST("a root", NtOpenKey, &key, MAXIMUM_ALLOWED, attributes(L"\\Registry\\Machine", 0));
    ST("delete a root", NtDeleteKey, key);
    ST("bad", NtDeleteKey, 0x9998);
    NUM("win32 absent", RegDeleteKeyA(top, "none"));
    NUM("win32 absent value", RegDeleteValueA(top, "none"));
}

PROGRAM(renames) {
    HANDLE key = NULL;
    begin("renames");
    create(NULL, top, L"one", 0, &key);
    create(NULL, top, L"other", 0, NULL);
    ST("rename", NtRenameKey, key, name_of(L"two"));
    ST("old name", NtOpenKey, &key, KEY_READ, attributes_in(top, L"one", 0));
    ST("new name", NtOpenKey, &key, KEY_ALL_ACCESS, attributes_in(top, L"two", 0));
    ST("onto another", NtRenameKey, key, name_of(L"other"));
    ST("path", NtRenameKey, key, name_of(L"a\\b"));
    ST("empty", NtRenameKey, key, name_of(L""));
    ST("no name", NtRenameKey, key, NULL);
    ST("case", NtRenameKey, key, name_of(L"TWO"));
    ST("read handle", NtOpenKey, &key, KEY_READ, attributes_in(top, L"two", 0));
    ST("without right", NtRenameKey, key, name_of(L"three"));
}

PROGRAM(links) {
    HANDLE link = NULL, key = NULL;
    WCHAR target[200] = L"";
    struct {
        UNICODE_STRING name;
        WCHAR text[200];
    } name = {0};
    begin("links");
    create(NULL, top, L"target", 0, &key);
    QUIET(NtQueryObject, key, 1, &name, sizeof name, NULL);
    wcscpy(target, name.name.Buffer);
    create("link", top, L"link", REG_OPTION_CREATE_LINK, &link);
    ST("without a target", NtOpenKey, &key, KEY_READ, attributes_in(top, L"link", 0));
    ST("as text", NtSetValueKey, link, name_of(L"SymbolicLinkValue"), 0, REG_SZ, target, wcslen(target) * 2);
    ST("other value", NtSetValueKey, link, name_of(L"x"), 0, REG_SZ, target, 4);
    ST("target", NtSetValueKey, link, name_of(L"SymbolicLinkValue"), 0, REG_LINK, target, wcslen(target) * 2);
    create("through", top, L"link\\inner", 0, NULL);
    ST("it is there", NtOpenKey, &key, KEY_READ, attributes_in(top, L"target\\inner", 0));
    ST("as such", NtOpenKey, &key, KEY_ALL_ACCESS, attributes_in(top, L"link", OBJ_OPENLINK));
    ST("its value", NtQueryValueKey, key, name_of(L"SymbolicLinkValue"), 2, buffer, 400, &length);
    create("create again", top, L"link", REG_OPTION_CREATE_LINK, NULL);
    ST("key below it", NtCreateKey, &link, KEY_ALL_ACCESS, attributes_in(key, L"x", 0), 0, NULL, 0, NULL);
    ST("delete", NtDeleteKey, key);
    ST("gone", NtOpenKey, &key, KEY_READ, attributes_in(top, L"link", 0));
    ST("target stays", NtOpenKey, &key, KEY_READ, attributes_in(top, L"target", 0));
}

PROGRAM(notifications) {
    HANDLE key = NULL, event = CreateEventA(NULL, FALSE, FALSE, NULL);
    IO_STATUS_BLOCK io = {{0xee}, 0xee};
    begin("notifications");
    create(NULL, top, L"one", 0, &key);
    ST("values", NtNotifyChangeKey, top, event, NULL, NULL, &io, REG_NOTIFY_CHANGE_LAST_SET, 0, NULL, 0, 1);
    NUM("nothing yet", WaitForSingleObject(event, 0));
    set(L"v", REG_SZ, L"x", 4);
    NUM("set", WaitForSingleObject(event, 1000));
    set(L"v", REG_SZ, L"y", 4);
    NUM("once only", WaitForSingleObject(event, 50));
    QUIET(NtNotifyChangeKey, top, event, NULL, NULL, &io, REG_NOTIFY_CHANGE_LAST_SET, 0, NULL, 0, 1);
    NUM("between", WaitForSingleObject(event, 50));
    QUIET(NtSetValueKey, key, name_of(L"v"), 0, REG_SZ, L"x", 4);
    NUM("in a child, not below", WaitForSingleObject(event, 50));
    create(NULL, top, L"two", 0, NULL);
    NUM("a new child", WaitForSingleObject(event, 50));
    HANDLE other = NULL;
    QUIET(NtOpenKey, &other, KEY_ALL_ACCESS, attributes_in(top, L"", 0));
    ST("tree", NtNotifyChangeKey, other, event, NULL, NULL, &io,
       REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, 1, NULL, 0, 1);
    QUIET(NtSetValueKey, key, name_of(L"w"), 0, REG_SZ, L"x", 4);
    NUM("below", WaitForSingleObject(event, 1000));
    HANDLE third = NULL;
    QUIET(NtOpenKey, &third, KEY_ALL_ACCESS, attributes_in(top, L"", 0));
    QUIET(NtNotifyChangeKey, third, event, NULL, NULL, &io, REG_NOTIFY_CHANGE_NAME, 0, NULL, 0, 1);
    NtClose(third);
    NUM("closed", WaitForSingleObject(event, 1000));
    HEX("status", io.Status);
    ST("no filter", NtNotifyChangeKey, key, event, NULL, NULL, &io, 0, 0, NULL, 0, 1);
    ST("unknown filter", NtNotifyChangeKey, key, event, NULL, NULL, &io, 0x100, 0, NULL, 0, 1);
    QUIET(NtOpenKey, &third, KEY_QUERY_VALUE, attributes_in(top, L"", 0));
    ST("without the right", NtNotifyChangeKey, third, event, NULL, NULL, &io, 4, 0, NULL, 0, 1);
}

PROGRAM(security) {
    begin("security");
    ST("length", NtQuerySecurityObject, top, 7, NULL, 0, &length);
    NUM("some", length > 20);
    ST("owner", NtQuerySecurityObject, top, 1, buffer, 400, &length);
    ST("sacl", NtQuerySecurityObject, top, 8, buffer, 400, &length);
    ST("nothing asked", NtQuerySecurityObject, top, 0, buffer, 400, &length);
    NUM("length", length);
    SECURITY_DESCRIPTOR empty;
    InitializeSecurityDescriptor(&empty, 1);
    ST("owner of none", NtSetSecurityObject, top, 1, &empty);
    ST("group of none", NtSetSecurityObject, top, 2, &empty);
    SetSecurityDescriptorDacl(&empty, TRUE, NULL, FALSE);
    ST("open to all", NtSetSecurityObject, top, 4, &empty);
    ST("read", NtQuerySecurityObject, top, 4, buffer, 400, &length);
    HEX("control", ((USHORT*)buffer)[1]);
    NUM("length", length);
    HANDLE weak = NULL;
    QUIET(NtOpenKey, &weak, KEY_QUERY_VALUE, attributes_in(top, L"", 0));
    ST("without the right", NtQuerySecurityObject, weak, 4, buffer, 400, &length);
    ST("set without", NtSetSecurityObject, weak, 4, &empty);
}

PROGRAM(multiple_values) {
    struct {
        UNICODE_STRING* name;
        ULONG length, offset, type;
    } entries[2] = {{name_of(L"one")}, {name_of(L"two")}};
    ULONG size = 100, wanted = 0;
    begin("multiple");
    set(L"one", REG_DWORD, "abcd", 4);
    set(L"two", REG_SZ, L"x", 4);
    ST("both", NtQueryMultipleValueKey, top, entries, 2, buffer, &size, &wanted);
    NUM("size", size);
    NUM("wanted", wanted);
    NUM("first", entries[0].length);
    NUM("second's offset", entries[1].offset);
    size = 5;
    ST("short", NtQueryMultipleValueKey, top, entries, 2, buffer, &size, &wanted);
    NUM("wanted", wanted);
    entries[1].name = name_of(L"none");
    size = 100;
    ST("one absent", NtQueryMultipleValueKey, top, entries, 2, buffer, &size, &wanted);
}

PROGRAM(win32_values) {
    DWORD type = 9, size = 3;
    char data[20] = "";
    begin("win32");
    NUM("set", RegSetValueExA(top, "text", 0, REG_SZ, (BYTE*)"hello", 5));
    NUM("short", RegQueryValueExA(top, "text", NULL, &type, (BYTE*)data, &size));
    NUM("size", size);
    size = 20;
    NUM("read", RegQueryValueExA(top, "text", NULL, &type, (BYTE*)data, &size));
    NUM("size", size);
    NUM("absent", RegQueryValueExA(top, "none", NULL, &type, (BYTE*)data, &size));
    NUM("size only", RegQueryValueExA(top, "text", NULL, NULL, NULL, &size));
    NUM("no size", RegQueryValueExA(top, "text", NULL, NULL, (BYTE*)data, NULL));
    size = 20;
    NUM("get string", RegGetValueA(top, NULL, "text", RRF_RT_REG_DWORD, &type, data, &size));
    NUM("name too short", RegEnumValueA(top, 0, data, &(DWORD){2}, NULL, NULL, NULL, NULL));
    NUM("no more", RegEnumValueA(top, 5, data, &(DWORD){20}, NULL, NULL, NULL, NULL));
    NUM("no more keys", RegEnumKeyA(top, 0, data, 20));
    NUM("flush", RegFlushKey(top));
    NUM("close", RegCloseKey(top));
    NUM("close again", RegCloseKey(top));
    NUM("open null", RegOpenKeyExA(NULL, "x", 0, KEY_READ, (HKEY*)&top));
    NUM("open absent", RegOpenKeyExA(HKEY_LOCAL_MACHINE, "None", 0, KEY_READ, (HKEY*)&top));
}
