// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Full names of all kinds of paths, device names, long names, and the folder that names are relative to.
// Wine 8.0 is wrong about `C:`, which is the current folder as that is told. Its root is the drive of the
// host's, and its folders' names have another case.
#include "say.h"

static void full(const char* name) {
    char path[600], *file = NULL;
    DWORD length = GetFullPathNameA(name, sizeof path, path, &file);
    if (!length)
        printf("%s -> error %lu\n", name, GetLastError());
    else
        printf("%s -> %s (%lu) %s\n", name, path, length, file ? file : "-");
}

static void long_names(void) {
    static wchar_t path[1200] = L"\\\\?\\C:\\Users\\Public\\deep";
    wchar_t seen[1300] = L"";
    HANDLE file;
    DWORD moved;
    YES(CreateDirectoryW(path, NULL));
    for (int i = 0; i < 8; i++) {
        wcscat(path, L"\\0123456789012345678901234567890123456789012345678901234567890123456789");
        if (!CreateDirectoryW(path, NULL)) printf("level %d: error %lu\n", i, GetLastError());
    }
    wcscat(path, L"\\file.txt");
    NUM(wcslen(path));
    file = MADE(CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    YES(WriteFile(file, "x", 1, &moved, NULL));
    NUM(GetFinalPathNameByHandleW(file, seen, 1300, 0) == 0 ? GetLastError() : 0);
    WSTR(seen);
    CloseHandle(file);
    // Without the prefix it is longer than MAX_PATH, which Windows refuses and libwine does not.
    MADE(CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL));
    YES(DeleteFileW(path));
    YES(DeleteFileW(path));
    for (int i = 0; i < 9; i++) {
        *wcsrchr(path, L'\\') = 0;
        if (!RemoveDirectoryW(path)) printf("level %d: error %lu\n", i, GetLastError());
    }
}

int main(void) {
    static const char* names[] = {"a",
                                  "a.",
                                  "a..",
                                  "a ",
                                  " a",
                                  ".",
                                  "..",
                                  "...",
                                  "a\\..\\b",
                                  "..\\..\\..",
                                  "\\",
                                  "\\a",
                                  "C:",
                                  "C:a",
                                  "C:\\",
                                  "c:\\a\\.\\b\\",
                                  "D:x",
                                  "/a/b//c",
                                  "nul",
                                  "NUL.txt",
                                  "con",
                                  "aux:",
                                  "lpt1",
                                  "com1.log",
                                  "a\\nul",
                                  "C:\\nul",
                                  "prn ",
                                  "\\\\s\\h",
                                  "\\\\s\\h\\a",
                                  "\\\\s\\h\\..\\..\\b",
                                  "\\\\.\\C:",
                                  "\\\\.\\pipe\\x",
                                  "\\\\.\\a\\..\\b",
                                  "\\\\?\\C:\\a\\..\\b",
                                  "\\\\?\\UNC\\s\\h",
                                  "a:b",
                                  "a*b?",
                                  "",
                                  "conin$",
                                  "CONOUT$",
                                  "a\\\\b",
                                  "C:\\a. .\\b",
                                  "x\\y. "};
    char path[MAX_PATH], *file;
    wchar_t drive[32];
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        full(names[i]);
    NUM(GetFullPathNameA("abc", 5, path, &file));
    YES(CreateDirectoryA("Some Folder", NULL));
    YES(SetCurrentDirectoryA("Some Folder"));
    GetCurrentDirectoryA(sizeof path, path);
    STR(path);
    full("x");
    full("C:x");
    YES(SetCurrentDirectoryA("none"));
    YES(SetCurrentDirectoryA(".."));
    NUM(GetCurrentDirectoryA(3, path));
    NUM(GetLongPathNameA("some folder", path, sizeof path));
    STR(path);
    NUM(GetLongPathNameA("none at all", path, sizeof path));
    NUM(GetLastError());
    YES(SetEnvironmentVariableA("=D:", "D:\\there"));
    full("D:x");
    NUM(QueryDosDeviceW(L"none:", drive, 32));
    NUM(GetLastError());
    YES(MoveFileA("Some Folder", "SOME FOLDER"));
    NUM(GetLongPathNameA("some folder", path, sizeof path));
    STR(path);
    YES(RemoveDirectoryA("Some Folder"));
    NUM(SearchPathA(NULL, "kernel32", ".dll", sizeof path, path, &file) != 0);
    STR(file);
    NUM(SearchPathA("C:\\Windows", "kernel32.dll", NULL, sizeof path, path, &file));
    NUM(GetWindowsDirectoryA(path, sizeof path));
    STR(path);
    NUM(GetSystemDirectoryA(path, 3));
    long_names();
    return 0;
}
