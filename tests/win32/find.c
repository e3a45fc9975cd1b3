// SPDX-License-Identifier: GPL-3.0-only
// Which names a pattern finds: the rules of DOS for `*`, `?` and `.`; what is told of each.
// Wine 8.0 is wrong where `?` meets a dot or the end: there it stands for no character.
#include <stdlib.h>
#include "say.h"

static int by_name(const void* left, const void* right) {
    return strcmp(*(char**)left, *(char**)right);
}

static void find(const char* pattern) {
    WIN32_FIND_DATAA data;
    char* names[40];
    int count = 0;
    HANDLE search = FindFirstFileA(pattern, &data);
    printf("%s:", pattern);
    if (search == INVALID_HANDLE_VALUE) {
        printf(" error %lu\n", GetLastError());
        return;
    }
    do
        names[count++] = _strdup(data.cFileName);
    while (count < 40 && FindNextFileA(search, &data));
    printf(" (%lu)", GetLastError());
    qsort(names, count, sizeof names[0], by_name);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    printf("\n");
    FindClose(search);
}

static void make(const char* name) {
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD moved;
    WriteFile(file, name, (DWORD)strlen(name), &moved, NULL);
    CloseHandle(file);
}

int main(void) {
    static const char* names[] = {"f\\abc.txt", "f\\abc",     "f\\a.b.c",         "f\\ABD.TXT",
                                  "f\\x",       "f\\.hidden", "f\\long name.text"};
    static const char* patterns[] = {"f\\*",
                                     "f\\*.*",
                                     "f\\a*",
                                     "f\\ab?.txt",
                                     "f\\abc.???",
                                     "f\\?",
                                     "f\\*.t*",
                                     "f\\*b*",
                                     "f\\abc.*",
                                     "f\\*.c",
                                     "f\\.*",
                                     "f\\long*",
                                     "f\\a.?.c",
                                     "f\\none*",
                                     "none\\*",
                                     "f\\abc",
                                     "f\\abc.txt\\*",
                                     "f\\",
                                     "f",
                                     "f\\?????",
                                     "f\\*.txt",
                                     "",
                                     "f\\\\*",
                                     "f/*.txt",
                                     "C:\\Windows\\System32\\kernel32.???"};
    WIN32_FIND_DATAW wide;
    HANDLE search;
    YES(CreateDirectoryA("f", NULL));
    YES(CreateDirectoryA("f\\sub", NULL));
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        make(names[i]);
    for (int i = 0; i < (int)(sizeof patterns / sizeof patterns[0]); i++)
        find(patterns[i]);
    search = MADE(FindFirstFileExW(L"f\\s*", FindExInfoBasic, &wide, FindExSearchLimitToDirectories, NULL,
                                   FIND_FIRST_EX_LARGE_FETCH));
    WSTR(wide.cFileName);
    WSTR(wide.cAlternateFileName);
    HEX(wide.dwFileAttributes);
    YES(FindNextFileW(search, &wide));
    YES(FindClose(search));
    search = MADE(FindFirstFileExW(L"f\\ABC.TXT", FindExInfoStandard, &wide, FindExSearchNameMatch, NULL, 0));
    WSTR(wide.cFileName);
    NUM(wide.nFileSizeLow);
    FindClose(search);
    search = MADE(FindFirstFileExW(L"f\\ABC.TXT", FindExInfoStandard, &wide, FindExSearchNameMatch, NULL,
                                   FIND_FIRST_EX_CASE_SENSITIVE));
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        DeleteFileA(names[i]);
    YES(RemoveDirectoryA("f"));
    YES(RemoveDirectoryA("f\\sub"));
    YES(RemoveDirectoryA("f"));
    return 0;
}
