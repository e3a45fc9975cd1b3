// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Positions beyond 4 GiB, and files that would be larger than their volume.
// The boot volume has no sparse files and says so: what does not fit is refused with ERROR_DISK_FULL, and
// changes nothing. Wine 8.0 has the host's sparse files, says that it has none, and moves a pointer elsewhere
// than told for 2^63 - 1.
#include <windows.h>
// It needs the one above.
#include <winioctl.h>

#include "say.h"

#define GB (1ll << 30)

static LONGLONG at(HANDLE file, LONGLONG distance, DWORD method) {
    LARGE_INTEGER where, now;
    where.QuadPart = distance;
    SetLastError(0);
    return SetFilePointerEx(file, where, &now, method) ? now.QuadPart : -(LONGLONG)GetLastError();
}

static void put(HANDLE file, LONGLONG where, const char* text) {
    DWORD moved = 0;
    at(file, where, FILE_BEGIN);
    SetLastError(0);
    if (!WriteFile(file, text, (DWORD)strlen(text), &moved, NULL))
        printf("write: error %lu\n", GetLastError());
}

static void get(HANDLE file, LONGLONG where) {
    char text[9] = "????????";
    DWORD moved = 99;
    OVERLAPPED place = {0};
    place.Offset = (DWORD)where;
    place.OffsetHigh = (DWORD)(where >> 32);
    SetLastError(0);
    if (!ReadFile(file, text, 8, &moved, &place)) {
        printf("at %llx: error %lu, %lu bytes\n", where, GetLastError(), moved);
        return;
    }
    printf("at %llx: %lu bytes:", where, moved);
    for (DWORD i = 0; i < moved; i++)
        printf(" %02x", (unsigned char)text[i]);
    printf("\n");
}

static void sizes(HANDLE file) {
    LARGE_INTEGER size;
    DWORD high = 7, low;
    BY_HANDLE_FILE_INFORMATION info;
    FILE_STANDARD_INFO standard;
    YES(GetFileSizeEx(file, &size));
    HEX(size.QuadPart);
    SetLastError(5);
    low = GetFileSize(file, &high);
    printf("GetFileSize: %lx %lx, error %lu\n", high, low, GetLastError());
    YES(GetFileInformationByHandle(file, &info));
    printf("%lx %lx\n", info.nFileSizeHigh, info.nFileSizeLow);
    YES(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
    HEX(standard.EndOfFile.QuadPart);
    NUM(standard.AllocationSize.QuadPart < 64 << 20);
}

// The 32-bit way: a low word of 0xffffffff is no error by itself.
static void old_pointers(HANDLE file) {
    LONG high = 1;
    DWORD low;
    SetLastError(77);
    low = SetFilePointer(file, -1, &high, FILE_BEGIN);
    printf("%lx %lx error %lu\n", high, low, GetLastError());
    SetLastError(77);
    low = SetFilePointer(file, 0, NULL, FILE_CURRENT);
    printf("%lx error %lu\n", low, GetLastError());
    high = -1;
    SetLastError(77);
    low = SetFilePointer(file, -1, &high, FILE_BEGIN);
    printf("%lx error %lu\n", low, GetLastError());
    NUM(at(file, -1, FILE_BEGIN));
    NUM(at(file, 0, 3));
    HEX(at(file, 0x7fffffffffffffff, FILE_BEGIN));
    HEX(at(file, -16, FILE_END));
}

static void ends(HANDLE file) {
    FILE_END_OF_FILE_INFO end;
    FILE_ALLOCATION_INFO allocation;
    at(file, 5 * GB + 4, FILE_BEGIN);
    YES(SetEndOfFile(file));
    sizes(file);
    get(file, 5 * GB);
    get(file, 5 * GB + 4);
    end.EndOfFile.QuadPart = 3 * GB;
    YES(SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end));
    end.EndOfFile.QuadPart = 6 * GB;
    YES(SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end));
    get(file, 5 * GB);
    get(file, 2 * GB);
    end.EndOfFile.QuadPart = -1;
    YES(SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end));
    allocation.AllocationSize.QuadPart = 0x1000;
    YES(SetFileInformationByHandle(file, FileAllocationInfo, &allocation, sizeof allocation));
    sizes(file);
    YES(SetFileValidData(file, 0x800));
}

static void mapped(HANDLE file) {
    HANDLE mapping;
    char* view;
    at(file, 9 * GB, FILE_BEGIN);
    YES(SetEndOfFile(file));
    put(file, 8 * GB + 100, "mapped");
    mapping = MADE(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL));
    view = MapViewOfFile(mapping, FILE_MAP_WRITE, (DWORD)(8 * GB >> 32), 0, 0x1000);
    NUM(view != NULL);
    if (view) {
        printf("[%.6s] %d\n", view + 100, view[99]);
        memcpy(view + 200, "written", 7);
        UnmapViewOfFile(view);
    }
    get(file, 8 * GB + 200);
    MADE(MapViewOfFile(mapping, FILE_MAP_READ, (DWORD)(9 * GB >> 32), (DWORD)(9 * GB), 0x1000));
    CloseHandle(mapping);
}

int main(void) {
    HANDLE file = MADE(CreateFileA("big.bin", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                                   FILE_FLAG_DELETE_ON_CLOSE, NULL));
    DWORD high = 9, moved;
    YES(DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &moved, NULL));
    put(file, 0, "begin");
    put(file, 4 * GB - 3, "across");
    put(file, 10 * GB, "end");
    sizes(file);
    get(file, 0);
    get(file, 1 * GB);
    get(file, 4 * GB - 4);
    get(file, 10 * GB - 5);
    get(file, 10 * GB);
    get(file, 10 * GB + 3);
    get(file, 1ll << 40);
    old_pointers(file);
    ends(file);
    mapped(file);
    NUM(GetCompressedFileSizeA("none.bin", &high));
    NUM(GetLastError());
    CloseHandle(file);
    NUM(GetFileAttributesA("big.bin"));
    return 0;
}
