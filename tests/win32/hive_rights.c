// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// Saving and loading keys take privileges that a user has not got. (RegRestoreKey of libwine asks nobody.)
#include <stdio.h>
#include <windows.h>

#define IS(call) printf("%s: %lu\n", #call, (unsigned long)(call))

int main(void) {
    HKEY key;
    RegCreateKeyA(HKEY_CURRENT_USER, "Software\\Hives", &key);
    IS(RegSaveKeyA(key, "mine.hiv", NULL));
    IS(RegLoadKeyA(HKEY_LOCAL_MACHINE, "Mine", "mine.hiv"));
    IS(RegUnLoadKeyA(HKEY_LOCAL_MACHINE, "Mine"));
    IS(RegFlushKey(key));
    IS(RegDeleteKeyA(HKEY_CURRENT_USER, "Software\\Hives"));
    RegCloseKey(key);
    return 0;
}
