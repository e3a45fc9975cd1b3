// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// Keys and values: made, read by all functions there are, counted, renamed, removed.
// Values are told in the order in which they were made; Wine 8.0 sorts them.
#include "say.h"

#define IS(call) printf("%s: %lu\n", #call, (unsigned long)(call))

static void values(HKEY key) {
    char text[64];
    wchar_t wide[64];
    DWORD size, type, number;
    IS(RegSetValueExA(key, "text", 0, REG_SZ, (BYTE*)"four", 5));
    IS(RegSetValueExA(key, "number", 0, REG_DWORD, (BYTE*)"\1\2\3\4", 4));
    IS(RegSetValueExA(key, "path", 0, REG_EXPAND_SZ, (BYTE*)"%SystemRoot%\\x", 15));
    IS(RegSetValueExA(key, NULL, 0, REG_BINARY, (BYTE*)"\0\1\2", 3));
    IS(RegSetValueExA(key, "none", 0, REG_NONE, NULL, 0));
    size = sizeof text;
    IS(RegQueryValueExA(key, "TEXT", NULL, &type, (BYTE*)text, &size));
    printf("[%s] type %lu, size %lu\n", text, type, size);
    size = 2;
    IS(RegQueryValueExA(key, "text", NULL, &type, (BYTE*)text, &size));
    NUM(size);
    IS(RegQueryValueExA(key, "text", NULL, NULL, NULL, &size));
    NUM(size);
    IS(RegQueryValueExA(key, "missing", NULL, NULL, NULL, &size));
    size = sizeof wide;
    IS(RegQueryValueExW(key, L"text", NULL, &type, (BYTE*)wide, &size));
    NUM(size);
    WSTR(wide);
    size = sizeof text;
    IS(RegGetValueA(key, NULL, "path", RRF_RT_REG_SZ, &type, text, &size));
    printf("[%s] type %lu, size %lu\n", text, type, size);
    size = sizeof number;
    IS(RegGetValueA(key, NULL, "number", RRF_RT_REG_DWORD, NULL, &number, &size));
    HEX(number);
    IS(RegGetValueA(key, NULL, "number", RRF_RT_REG_SZ, NULL, &number, &size));
    size = sizeof text;
    IS(RegGetValueA(key, NULL, "path", RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, &type, text, &size));
    STR(text);
    // Text without an end gets one from RegGetValue.
    IS(RegSetValueExW(key, L"open", 0, REG_SZ, (BYTE*)L"ab", 4));
    size = sizeof wide;
    IS(RegGetValueW(key, NULL, L"open", RRF_RT_REG_SZ, NULL, wide, &size));
    NUM(size);
    IS(RegSetKeyValueA(key, "below", "deep", REG_DWORD, &number, 4));
    IS(RegDeleteKeyValueA(key, "below", "deep"));
}

static void enumerate(HKEY key) {
    char name[64], class[16];
    DWORD size, keys, longest, values_count, longest_name, longest_value, type;
    IS(RegQueryInfoKeyA(key, NULL, NULL, NULL, &keys, &longest, NULL, &values_count, &longest_name,
                        &longest_value, NULL, NULL));
    printf("%lu keys, names of %lu; %lu values, names of %lu, data of %lu\n", keys, longest, values_count,
           longest_name, longest_value);
    for (DWORD i = 0;; i++) {
        DWORD error;
        size = sizeof name;
        error = RegEnumValueA(key, i, name, &size, NULL, &type, NULL, NULL);
        if (error) {
            printf("end %lu\n", error);
            break;
        }
        printf("value [%s] type %lu\n", name, type);
    }
    for (DWORD i = 0;; i++) {
        DWORD class_size = sizeof class, error;
        size = sizeof name;
        error = RegEnumKeyExA(key, i, name, &size, NULL, class, &class_size, NULL);
        if (error) {
            printf("end %lu\n", error);
            break;
        }
        printf("key [%s] class [%s]\n", name, class);
    }
    size = 2;
    IS(RegEnumKeyExA(key, 0, name, &size, NULL, NULL, NULL, NULL));
}

static void notified(HKEY key) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    IS(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE));
    NUM(WaitForSingleObject(event, 0));
    IS(RegSetValueExA(key, "text", 0, REG_SZ, (BYTE*)"five", 5));
    NUM(WaitForSingleObject(event, 1000));
    CloseHandle(event);
}

int main(void) {
    HKEY key, other, volatile_key;
    DWORD disposition;
    IS(RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\Test8", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                       &disposition));
    NUM(disposition);
    IS(RegCreateKeyExA(HKEY_CURRENT_USER, "software\\test8", 0, NULL, 0, KEY_READ, NULL, &other,
                       &disposition));
    NUM(disposition);
    IS(RegSetValueExA(other, "text", 0, REG_SZ, (BYTE*)"x", 2));
    values(key);
    IS(RegCreateKeyExA(key, "one", 0, "kind", REG_OPTION_VOLATILE, KEY_ALL_ACCESS, NULL, &volatile_key,
                       NULL));
    // What libwine leaves in `other` is whatever its stack held.
    RegCloseKey(other);
    IS(RegCreateKeyA(volatile_key, "two", &other));
    enumerate(key);
    notified(key);
    IS(RegDeleteValueA(key, "missing"));
    IS(RegDeleteValueA(key, "text"));
    IS(RegDeleteKeyA(key, "one"));
    IS(RegDeleteKeyA(key, "one\\two"));
    IS(RegDeleteKeyA(key, "one"));
    IS(RegSetValueExA(volatile_key, "text", 0, REG_SZ, (BYTE*)"x", 2));
    IS(RegCloseKey(volatile_key));
    IS(RegOpenKeyExA(key, "none", 0, KEY_READ, &other));
    IS(RegOpenKeyExA(HKEY_LOCAL_MACHINE, "Software\\Microsoft\\Windows NT\\CurrentVersion", 0, KEY_READ,
                     &other));
    IS(RegDeleteTreeA(HKEY_CURRENT_USER, "Software\\Test8"));
    IS(RegOpenKeyExA(HKEY_CURRENT_USER, "Software\\Test8", 0, KEY_READ, &other));
    IS(RegCloseKey((HKEY)(ULONG_PTR)0x12344));
    return 0;
}
