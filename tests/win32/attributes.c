// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Attributes and times of files: what can be set, what a file that is read-only allows.
// Wine 8.0 is wrong about files that are read-only (it keeps FILE_ATTRIBUTE_ARCHIVE, opens them for writing,
// removes a folder that is) and about one to be deleted, which NT says has a link less.
#include "say.h"

static void show_time(const char* what, const FILETIME* time) {
    SYSTEMTIME parts;
    FileTimeToSystemTime(time, &parts);
    printf("%s: %u-%02u-%02u %02u:%02u:%02u.%03u\n", what, parts.wYear, parts.wMonth, parts.wDay, parts.wHour,
           parts.wMinute, parts.wSecond, parts.wMilliseconds);
}

static void times(void) {
    SYSTEMTIME parts = {2001, 2, 0, 3, 4, 5, 6, 789};
    FILETIME wanted, written, none = {0, 0};
    BY_HANDLE_FILE_INFORMATION info;
    HANDLE file = CreateFileA("times.txt", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    SystemTimeToFileTime(&parts, &wanted);
    YES(SetFileTime(file, &wanted, NULL, &wanted));
    YES(SetFileTime(file, NULL, &none, NULL));
    YES(GetFileTime(file, NULL, NULL, &written));
    show_time("written", &written);
    YES(GetFileInformationByHandle(file, &info));
    show_time("created", &info.ftCreationTime);
    NUM(info.nNumberOfLinks);
    NUM(info.nFileSizeLow);
    CloseHandle(file);
}

static void by_class(void) {
    FILE_BASIC_INFO basic;
    FILE_STANDARD_INFO standard;
    FILE_ATTRIBUTE_TAG_INFO tag;
    FILE_DISPOSITION_INFO dispose = {TRUE};
    HANDLE file = CreateFileA("class.txt", GENERIC_READ | GENERIC_WRITE | DELETE, 0, NULL, CREATE_ALWAYS,
                              FILE_ATTRIBUTE_HIDDEN, NULL);
    DWORD moved;
    WriteFile(file, "12345", 5, &moved, NULL);
    YES(GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic));
    HEX(basic.FileAttributes);
    YES(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
    printf("size %lld, links %lu, delete %d, folder %d\n", standard.EndOfFile.QuadPart,
           standard.NumberOfLinks, standard.DeletePending, standard.Directory);
    YES(GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof tag));
    HEX(tag.FileAttributes);
    HEX(tag.ReparseTag);
    YES(GetFileInformationByHandleEx(file, FileBasicInfo, &basic, 4));
    YES(SetFileInformationByHandle(file, FileDispositionInfo, &dispose, sizeof dispose));
    YES(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
    printf("links %lu, delete %d\n", standard.NumberOfLinks, standard.DeletePending);
    CloseHandle(file);
    HEX(GetFileAttributesA("class.txt"));
    NUM(GetLastError());
}

int main(void) {
    WIN32_FILE_ATTRIBUTE_DATA data;
    HANDLE file = CreateFileA("a.txt", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    HEX(GetFileAttributesA("a.txt"));
    CloseHandle(file);
    YES(SetFileAttributesA("a.txt", FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM));
    HEX(GetFileAttributesA("a.txt"));
    YES(DeleteFileA("a.txt"));
    MADE(CreateFileA("a.txt", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    MADE(CreateFileA("a.txt", GENERIC_READ, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL));
    YES(CopyFileA("times.txt", "a.txt", FALSE));
    YES(MoveFileA("a.txt", "b.txt"));
    YES(SetFileAttributesA("b.txt", FILE_ATTRIBUTE_NORMAL));
    HEX(GetFileAttributesA("b.txt"));
    YES(SetFileAttributesA("b.txt", FILE_ATTRIBUTE_TEMPORARY));
    HEX(GetFileAttributesA("b.txt"));
    YES(DeleteFileA("b.txt"));
    YES(GetFileAttributesExA("b.txt", GetFileExInfoStandard, &data));
    HEX(GetFileAttributesA("."));
    HEX(GetFileAttributesA("C:\\"));
    HEX(GetFileAttributesA("none\\none.txt"));
    NUM(GetLastError());
    HEX(GetFileAttributesA("a*b"));
    NUM(GetLastError());
    YES(CreateDirectoryA("dir", NULL));
    YES(SetFileAttributesA("dir", FILE_ATTRIBUTE_READONLY));
    YES(RemoveDirectoryA("dir"));
    YES(SetFileAttributesA("dir", 0));
    YES(RemoveDirectoryA("dir"));
    times();
    by_class();
    YES(DeleteFileA("times.txt"));
    return 0;
}
