// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// Hives of other tools and for them (tests/harness/test_hives.py): `save` makes ours.hiv, `load` tells of
// theirs.hiv and changes it.
#include <stdio.h>
#include <string.h>
#include <windows.h>

static void privilege(const char* name) {
    HANDLE token;
    TOKEN_PRIVILEGES change = {1, {{{0, 0}, SE_PRIVILEGE_ENABLED}}};
    OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token);
    LookupPrivilegeValueA(NULL, name, &change.Privileges[0].Luid);
    AdjustTokenPrivileges(token, FALSE, &change, 0, NULL, NULL);
    CloseHandle(token);
}

#define IS(call) printf("%s: %lu\n", #call, (unsigned long)(call))

static void save(void) {
    HKEY key, below;
    DWORD number = 42;
    static BYTE large[50000];
    for (unsigned i = 0; i < sizeof large; i++)
        large[i] = (BYTE)(i * 7 + i / 256);
    RegCreateKeyA(HKEY_LOCAL_MACHINE, "Software\\Hives", &key);
    RegSetValueExA(key, NULL, 0, REG_SZ, (BYTE*)"default", 8);
    RegSetValueExA(key, "number", 0, REG_DWORD, (BYTE*)&number, 4);
    RegSetValueExW(key, L"\x3b1\x3b2", 0, REG_SZ, (BYTE*)L"\x416", 4);
    RegSetValueExA(key, "large", 0, REG_BINARY, large, sizeof large);
    RegSetValueExA(key, "many", 0, REG_MULTI_SZ, (BYTE*)"one\0two\0", 9);
    for (int i = 0; i < 600; i++) {
        char name[16];
        sprintf(name, "key%03d", i);
        RegCreateKeyA(key, name, &below);
        RegSetValueExA(below, "i", 0, REG_DWORD, (BYTE*)&i, 4);
        RegCloseKey(below);
    }
    IS(RegSaveKeyA(key, "ours.hiv", NULL));
    RegCloseKey(key);
}

static void tell(HKEY key, int depth) {
    char name[256];
    BYTE data[1000];
    DWORD size, length, type;
    for (DWORD i = 0;; i++) {
        size = sizeof name;
        length = sizeof data;
        DWORD error = RegEnumValueA(key, i, name, &size, NULL, &type, data, &length);
        if (error == ERROR_NO_MORE_ITEMS) break;
        printf("%*s[%s] type %lu, %lu bytes", depth, "", name, type, length);
        if (type == REG_SZ) printf(" %s", data);
        if (type == REG_DWORD) printf(" %lu", *(DWORD*)data);
        printf(error ? ", error %lu\n" : "\n", error);
    }
    for (DWORD i = 0; !RegEnumKeyA(key, i, name, sizeof name); i++) {
        HKEY below;
        printf("%*s%s\n", depth, "", name);
        if (RegOpenKeyA(key, name, &below)) continue;
        tell(below, depth + 1);
        RegCloseKey(below);
    }
}

static void load(void) {
    HKEY key;
    DWORD number = 7;
    IS(RegLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs", "theirs.hiv"));
    IS(RegOpenKeyA(HKEY_LOCAL_MACHINE, "Theirs", &key));
    tell(key, 0);
    IS(RegSetValueExA(key, "seven", 0, REG_DWORD, (BYTE*)&number, 4));
    IS(RegFlushKey(key));
    IS(RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs"));
    IS(RegSetValueExA(key, "later", 0, REG_SZ, (BYTE*)"later", 6));
    IS(RegCloseKey(key));
    IS(RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "Theirs"));
    IS(RegOpenKeyA(HKEY_LOCAL_MACHINE, "Theirs", &key));
}

int main(int count, char** words) {
    privilege(SE_BACKUP_NAME);
    privilege(SE_RESTORE_NAME);
    if (count > 1 && !strcmp(words[1], "load"))
        load();
    else
        save();
    return 0;
}
