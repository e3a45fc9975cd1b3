// SPDX-License-Identifier: GPL-3.0-only
// Temporary files: names, and files that go when their last handle is closed.
// Wine 8.0 is wrong about a file that is to be deleted: it cannot be opened again, by nobody.
#include "say.h"

static int there(const char* name) {
    return GetFileAttributesA(name) != INVALID_FILE_ATTRIBUTES;
}

int main(void) {
    char path[MAX_PATH], name[MAX_PATH], again[MAX_PATH];
    DWORD length = GetTempPathA(sizeof path, path), moved;
    HANDLE file, other;
    FILE* stream;
    printf("path: %d, ends with a backslash: %d, is there: %d\n", length == strlen(path),
           path[length - 1] == '\\', there(path));
    NUM(GetTempPathA(2, again) == length + 1);
    YES(GetTempFileNameA(".", "abcdef", 0, name));
    printf("begins with %.5s, ends with %s\n", name, strrchr(name, '.'));
    NUM(there(name));
    YES(GetTempFileNameA(".", "abcdef", 0, again));
    NUM(strcmp(name, again) != 0);
    DeleteFileA(name);
    DeleteFileA(again);
    NUM(GetTempFileNameA(".", "xy", 0x12345, name));
    STR(name);
    NUM(there(name));
    YES(GetTempFileNameA("none", "xy", 0, name));
    file = MADE(CreateFileA("gone.tmp", GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_DELETE | FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, CREATE_NEW,
                            FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL));
    MADE(CreateFileA("gone.tmp", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                     NULL));
    other = MADE(CreateFileA("gone.tmp", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                             NULL, OPEN_EXISTING, 0, NULL));
    YES(WriteFile(file, "text", 4, &moved, NULL));
    NUM(there("gone.tmp"));
    CloseHandle(file);
    MADE(CreateFileA("gone.tmp", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                     OPEN_EXISTING, 0, NULL));
    YES(ReadFile(other, name, 4, &moved, NULL));
    CloseHandle(other);
    NUM(there("gone.tmp"));
    stream = fopen("crt.tmp", "w+bD");
    NUM(stream != NULL && there("crt.tmp"));
    if (stream) fclose(stream);
    NUM(there("crt.tmp"));
    return 0;
}
