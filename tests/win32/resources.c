// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -lversion
// Resources of the program: by number, by name, by language; strings; its version.
#include "say.h"

static BOOL CALLBACK type_found(HMODULE module, char* type, LONG_PTR sum) {
    (void)module;
    *(LONG_PTR*)sum += IS_INTRESOURCE(type) ? (LONG_PTR)type : 1000;
    return TRUE;
}
static BOOL CALLBACK name_found(HMODULE module, const char* type, char* name, LONG_PTR count) {
    (void)module;
    (void)type;
    if (IS_INTRESOURCE(name))
        printf("number %d\n", (int)(LONG_PTR)name);
    else
        printf("name %s\n", name);
    ++*(LONG_PTR*)count;
    return TRUE;
}
static BOOL CALLBACK language_found(HMODULE module, const char* type, const char* name, WORD language,
                                    LONG_PTR unused) {
    (void)module;
    (void)type;
    (void)name;
    (void)unused;
    printf("language %x\n", language);
    return TRUE;
}

static void version(void) {
    char path[MAX_PATH], *text;
    DWORD unused, size;
    UINT length;
    VS_FIXEDFILEINFO* fixed;
    WORD* translation;
    static char block[2000];
    GetModuleFileNameA(NULL, path, sizeof path);
    size = GetFileVersionInfoSizeA(path, &unused);
    NUM(size > 200 && size < sizeof block);
    YES(GetFileVersionInfoA(path, 0, sizeof block, block));
    YES(VerQueryValueA(block, "\\", (void**)&fixed, &length));
    HEX(fixed->dwFileVersionMS);
    HEX(fixed->dwProductVersionLS);
    YES(VerQueryValueA(block, "\\VarFileInfo\\Translation", (void**)&translation, &length));
    printf("%x %x %u\n", translation[0], translation[1], length);
    YES(VerQueryValueA(block, "\\StringFileInfo\\040904B0\\ProductName", (void**)&text, &length));
    STR(text);
    YES(VerQueryValueA(block, "\\StringFileInfo\\040904B0\\None", (void**)&text, &length));
    NUM(GetFileVersionInfoSizeA("none.exe", &unused));
}

int main(void) {
    LONG_PTR sum = 0, count = 0;
    HRSRC found = FindResourceA(NULL, "#100", (char*)RT_RCDATA);
    NUM(SizeofResource(NULL, found));
    printf("%.9s\n", (char*)LockResource(LoadResource(NULL, found)));
    found = FindResourceA(NULL, "named", (char*)RT_RCDATA);
    printf("%.11s\n", (char*)LockResource(LoadResource(NULL, found)));
    found = FindResourceExA(NULL, (char*)RT_RCDATA, MAKEINTRESOURCEA(100),
                            MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN));
    printf("%.11s\n", (char*)LockResource(LoadResource(NULL, found)));
    MADE(FindResourceA(NULL, "none", (char*)RT_RCDATA));
    MADE(FindResourceA(NULL, MAKEINTRESOURCEA(100), "NOTYPE"));
    MADE(FindResourceA(NULL, MAKEINTRESOURCEA(2), (char*)RT_STRING));
    YES(EnumResourceTypesA(NULL, type_found, (LONG_PTR)&sum));
    NUM(sum);
    YES(EnumResourceNamesA(NULL, (char*)RT_RCDATA, name_found, (LONG_PTR)&count));
    NUM(count);
    YES(EnumResourceLanguagesA(NULL, (char*)RT_RCDATA, MAKEINTRESOURCEA(100), language_found, 0));
    YES(EnumResourceNamesA(NULL, "NOTYPE", name_found, (LONG_PTR)&count));
    version();
    return 0;
}
