// SPDX-License-Identifier: GPL-3.0-only
// Files by the C library and by Win32: made, read, found, renamed, mapped, removed.
#include <stdio.h>
#include <string.h>
#include <windows.h>

static void said(const char* what, BOOL done) {
    printf("%s: %d, error %lu\n", what, done, done ? 0 : GetLastError());
}

static void list(const char* pattern) {
    WIN32_FIND_DATAA found;
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", pattern, GetLastError());
        return;
    }
    do {
        if (found.cFileName[0] == '.') continue;
        printf("%s: %s %lu%s\n", pattern, found.cFileName, found.nFileSizeLow,
               found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? " folder" : "");
    } while (FindNextFileA(search, &found));
    printf("%s: end %lu\n", pattern, GetLastError());
    FindClose(search);
}

static void map(const char* name) {
    HANDLE file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    char* view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    if (!view) {
        printf("map: error %lu\n", GetLastError());
        return;
    }
    view[0] = 'F';
    UnmapViewOfFile(view);
    CloseHandle(mapping);
    CloseHandle(file);
}

int main(void) {
    char line[64];
    DWORD moved;
    LARGE_INTEGER size;
    HANDLE file;
    FILE* text;
    printf("folder %d\n", CreateDirectoryA("work", NULL));
    said("again", CreateDirectoryA("work", NULL));
    text = fopen("work\\one.txt", "w");
    fprintf(text, "first line\nsecond line\n");
    fclose(text);
    text = fopen("work\\one.txt", "rb");
    moved = (DWORD)fread(line, 1, sizeof line, text);
    fclose(text);
    printf("%lu bytes, %d of them returns\n", moved, line[10] == '\r' && line[23] == '\r' ? 2 : 0);
    file = CreateFileA("work\\two.bin", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW, 0,
                       NULL);
    WriteFile(file, "0123456789", 10, &moved, NULL);
    SetFilePointer(file, 4, NULL, FILE_BEGIN);
    ReadFile(file, line, 3, &moved, NULL);
    printf("read %lu: %.3s\n", moved, line);
    SetFilePointer(file, 100, NULL, FILE_BEGIN);
    SetEndOfFile(file);
    GetFileSizeEx(file, &size);
    printf("size %ld\n", (long)size.QuadPart);
    said("shared", CreateFileA("work\\two.bin", GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0,
                               NULL) != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CopyFileA("work\\one.txt", "work\\three.txt", TRUE);
    map("work\\three.txt");
    text = fopen("work\\three.txt", "r");
    printf("copy: %s", fgets(line, sizeof line, text));
    fclose(text);
    list("work\\*");
    list("work\\*.txt");
    list("work\\*.none");
    said("move", MoveFileA("work\\one.txt", "work\\four.dat"));
    printf("attributes %lx\n", GetFileAttributesA("work\\four.dat"));
    said("there", GetFileAttributesA("work\\one.txt") != INVALID_FILE_ATTRIBUTES);
    said("not empty", RemoveDirectoryA("work"));
    file = CreateFileA("nul", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    said("nul: write", WriteFile(file, "gone", 4, &moved, NULL) && moved == 4);
    said("nul: read", ReadFile(file, line, sizeof line, &moved, NULL) && moved == 0);
    printf("nul: type %lu\n", GetFileType(file));
    CloseHandle(file);
    DeleteFileA("work\\four.dat");
    DeleteFileA("work\\two.bin");
    DeleteFileA("work\\three.txt");
    printf("empty %d\n", RemoveDirectoryA("work"));
    return 0;
}
