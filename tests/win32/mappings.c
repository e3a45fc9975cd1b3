// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Files in memory: views of files and of the page file, what they show of each other, what is refused.
// Wine 8.0 deletes a file that somebody has a view of, and has another error for an offset behind the end.
#include "say.h"

static void refused(HANDLE file) {
    HANDLE mapping;
    MADE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL));
    MADE(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, NULL));
    MADE(CreateFileMappingA(file, NULL, 0x77, 0, 0, NULL));
    MADE(CreateFileMappingA((HANDLE)(ULONG_PTR)0x7770, NULL, PAGE_READONLY, 0, 0, NULL));
    MADE(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 100000, NULL));
    mapping = MADE(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL));
    MADE(MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0));
    MADE(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x1000, 0));
    MADE(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 1000000));
    MADE(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x10000000, 0));
    CloseHandle(mapping);
}

static void named(void) {
    HANDLE first = MADE(
               CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, "Local\\shared")),
           second;
    char *one = MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0), *two;
    second = MADE(OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\shared"));
    two = MapViewOfFile(second, FILE_MAP_READ, 0, 0x10000, 0x1000);
    NUM(two[5]);
    strcpy(one + 0x10000, "through");
    STR(two);
    CloseHandle(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000, "Local\\shared"));
    NUM(GetLastError());
    YES(UnmapViewOfFile(one));
    YES(UnmapViewOfFile(one));
    CloseHandle(first);
    CloseHandle(second);
    STR(two);
    MADE(OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\shared"));
    YES(UnmapViewOfFile(two));
    MADE(OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\shared"));
}

int main(void) {
    HANDLE file = CreateFileA("mapped.bin", GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS, 0,
                              NULL),
           mapping, read_only;
    char text[32], *view, *copy, *reserved;
    DWORD moved;
    MEMORY_BASIC_INFORMATION info;
    MADE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL));
    NUM(GetLastError());
    WriteFile(file, "0123456789", 10, &moved, NULL);
    mapping = MADE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x12000, NULL));
    NUM(GetFileSize(file, NULL));
    view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    copy = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
    printf("%.10s %d\n", view, view[0x11fff]);
    copy[0] = 'c';
    view[1] = 'v';
    printf("view %.4s, copy %.4s\n", view, copy);
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    ReadFile(file, text, 4, &moved, NULL);
    printf("file %.4s\n", text);
    SetFilePointer(file, 2, NULL, FILE_BEGIN);
    WriteFile(file, "FF", 2, &moved, NULL);
    printf("view %.4s\n", view);
    VirtualQuery(view, &info, sizeof info);
    printf("state %lx, protect %lx, type %lx, size %llx\n", info.State, info.Protect, info.Type,
           (unsigned long long)info.RegionSize);
    VirtualQuery(copy, &info, sizeof info);
    printf("protect %lx, of %lx\n", info.Protect, info.AllocationProtect);
    YES(FlushViewOfFile(view, 0));
    YES(SetEndOfFile(file));
    YES(DeleteFileA("mapped.bin"));
    YES(UnmapViewOfFile(view));
    YES(UnmapViewOfFile(copy));
    CloseHandle(mapping);
    YES(SetEndOfFile(file));
    NUM(GetFileSize(file, NULL));
    CloseHandle(file);
    read_only = CreateFileA("map.exe.txt", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(read_only, "short", 5, &moved, NULL);
    CloseHandle(read_only);
    read_only =
        CreateFileA("map.exe.txt", GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    refused(read_only);
    MADE(CreateFileMappingA(read_only, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL));
    CloseHandle(read_only);
    named();
    mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x100000, NULL);
    reserved = MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, (void*)0x5550000000);
    printf("at %p\n", (void*)reserved);
    VirtualQuery(reserved, &info, sizeof info);
    printf("state %lx, size %llx\n", info.State, (unsigned long long)info.RegionSize);
    NUM(VirtualAlloc(reserved, 0x1000, MEM_COMMIT, PAGE_READWRITE) == reserved);
    reserved[5] = 1;
    YES(VirtualFree(reserved, 0, MEM_RELEASE));
    YES(UnmapViewOfFile(reserved + 0x5000));
    return 0;
}
