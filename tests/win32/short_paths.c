// SPDX-License-Identifier: GPL-3.0-only
// 8.3 names beside long ones. Debian's wine makes others (of a hash): NTFS's are as KB 142982 has them.
#include "say.h"

static void make(const char* name) {
    CloseHandle(CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
}

static void find(const char* pattern) {
    WIN32_FIND_DATAA found;
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", pattern, GetLastError());
        return;
    }
    do
        printf("%s: [%s] [%s]\n", pattern, found.cFileName, found.cAlternateFileName);
    while (FindNextFileA(search, &found));
    FindClose(search);
}

static void paths(const char* name) {
    char text[MAX_PATH] = "";
    DWORD length = GetShortPathNameA(name, text, sizeof text);
    printf("short of %s: %lu [%s]\n", name, length, length ? text : "");
    length = GetLongPathNameA(name, text, sizeof text);
    printf("long of %s: %lu [%s]\n", name, length, length ? text : "");
}

int main(void) {
    CreateDirectoryA("A long folder", NULL);
    make("A long folder\\some text.html");
    make("A long folder\\some text too.html");
    make("A long folder\\short.txt");
    make("A long folder\\.profile");
    find("A long folder\\s*");
    find("A long folder\\*~1*");
    find("ALONGF~1\\SOMETE~2.HTM");
    paths("A long folder\\some text.html");
    paths("alongf~1\\sometext.htm");
    paths("ALONGF~1\\SOMETE~2.HTM");
    paths("A long folder\\short.txt");
    paths("A long folder\\none at all.txt");
    YES(MoveFileA("ALONGF~1\\SOMETE~1.HTM", "A long folder\\renamed to this.html"));
    find("A long folder\\*this*");
    YES(DeleteFileA("A long folder\\RENAME~1.HTM"));
    YES(DeleteFileA("ALONGF~1\\SOMETE~2.HTM"));
    YES(DeleteFileA("ALONGF~1\\PROFIL~1"));
    YES(DeleteFileA("ALONGF~1\\SHORT.TXT"));
    YES(RemoveDirectoryA("ALONGF~1"));
    return 0;
}
