// SPDX-License-Identifier: GPL-3.0-only
//
// A file's views, its reads and its writes are one and the same; what is committed, what a section forbids to
// do with its file, and the room that it takes.
#include "tests/system/sections.h"

// --- one and the same

TEST(views_and_file_are_one) {
    const HANDLE file = fresh(2 * kPage);
    HANDLE section;
    REQUIRE(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    char *one, *other;
    REQUIRE(map(section, one, PAGE_READWRITE) == STATUS_SUCCESS);
    REQUIRE(map(section, other, PAGE_READONLY) == STATUS_SUCCESS);
    char text[4] = {};
    CHECK(other[kPage + 2] == 3);
    one[kPage + 2] = 'w';
    CHECK(read(file, text, 1, kPage + 2) == STATUS_SUCCESS && text[0] == 'w');
    CHECK(other[kPage + 2] == 'w');
    CHECK(write(file, "file", 4, 10) == STATUS_SUCCESS);
    CHECK(one[10] == 'f' && other[13] == 'e');
    unmap(one);
    unmap(other);
    NtClose(section);
    CHECK(read(file, text, 4, 10) == STATUS_SUCCESS && text[1] == 'i');
    NtClose(file);
}

// A file of the boot archive is mapped from where it lies; who sees it sees what is written all the same.
TEST(a_shown_archive_file_is_written) {
    const WCHAR* path = u"\\SystemRoot\\System32\\config\\seed.reg";
    const HANDLE file = open(path, FILE_READ_DATA | FILE_WRITE_DATA);
    REQUIRE(file);
    HANDLE section;
    REQUIRE(create(section, kNoSize, PAGE_READONLY, SEC_COMMIT, file) == STATUS_SUCCESS);
    char *view, *copy;
    REQUIRE(map(section, view, PAGE_READONLY) == STATUS_SUCCESS);
    REQUIRE(map(section, copy, PAGE_WRITECOPY) == STATUS_SUCCESS);
    const char first = view[0];
    copy[1] = '~';
    CHECK(view[1] != '~' && copy[0] == first);
    const char changed = static_cast<char>(first ^ 1);
    CHECK(write(file, &changed, 1, 0) == STATUS_SUCCESS);
    CHECK(view[0] == changed);
    CHECK(copy[1] == '~');
    CHECK(write(file, &first, 1, 0) == STATUS_SUCCESS);
    CHECK(view[0] == first);
    unmap(view);
    unmap(copy);
    NtClose(section);
    NtClose(file);
}

TEST(writes_to_a_copy_stay_there) {
    const HANDLE file = fresh(kPage);
    HANDLE section;
    REQUIRE(create(section, kNoSize, PAGE_WRITECOPY, SEC_COMMIT, file) == STATUS_SUCCESS);
    char *copy, *view;
    CHECK(map(section, view, PAGE_READWRITE) == STATUS_SECTION_PROTECTION);
    REQUIRE(map(section, copy, PAGE_WRITECOPY) == STATUS_SUCCESS);
    copy[0] = 'c';
    char text;
    CHECK(read(file, &text, 1, 0) == STATUS_SUCCESS && text == 1);
    unmap(copy);
    NtClose(section);
    NtClose(file);
}

// --- reserved sections

TEST(what_one_view_commits_all_have) {
    HANDLE section;
    REQUIRE(create(section, 4 * kBlock, PAGE_READWRITE, SEC_RESERVE) == STATUS_SUCCESS);
    char *one, *other;
    REQUIRE(map(section, one, PAGE_READWRITE) == STATUS_SUCCESS);
    REQUIRE(map(section, other, PAGE_READONLY) == STATUS_SUCCESS);
    CHECK(query(one).State == MEM_RESERVE && query(one).RegionSize == 4 * kBlock);
    CHECK(touch(one, false) != STATUS_SUCCESS);
    CHECK(protect(one, PAGE_READONLY) == STATUS_NOT_COMMITTED);
    CHECK(commit(one + kBlock, 2 * kPage, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(query(other + kBlock).State == MEM_COMMIT && query(other + kBlock).RegionSize == 2 * kPage);
    CHECK(query(other + kBlock).Protect == PAGE_READONLY);
    CHECK(query(one + kBlock).Protect == PAGE_READWRITE);
    CHECK(query(one).RegionSize == kBlock && query(one + kBlock + 2 * kPage).State == MEM_RESERVE);
    one[kBlock] = 'c';
    CHECK(other[kBlock] == 'c');
    CHECK(commit(other, kPage, PAGE_READWRITE) == STATUS_SECTION_PROTECTION);
    CHECK(commit(other, kPage, PAGE_READONLY) == STATUS_SUCCESS);
    one[0] = 'd';
    CHECK(other[0] == 'd');
    PVOID base = one;
    SIZE_T size = kPage;
    CHECK(NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_DECOMMIT) ==
          STATUS_UNABLE_TO_DELETE_SECTION);
    base = one;
    size = 0;
    CHECK(NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE) ==
          STATUS_UNABLE_TO_DELETE_SECTION);
    unmap(one);
    unmap(other);
    PVOID view = nullptr;
    SIZE_T length = 0;
    CHECK(map(section, view, length, 2 * kBlock, PAGE_READWRITE, 0, 0, kPage) == STATUS_SUCCESS);
    CHECK(query(view).State == MEM_COMMIT && query(view).RegionSize == kPage);
    unmap(view);
    NtClose(section);
}

// --- what a section forbids

TEST(a_mapped_file_stays) {
    const HANDLE file = fresh(kPage);
    HANDLE section;
    REQUIRE(create(section, kNoSize, PAGE_READONLY, SEC_COMMIT, file) == STATUS_SUCCESS);
    IO_STATUS_BLOCK io;
    FILE_DISPOSITION_INFORMATION erase = {TRUE};
    CHECK(NtSetInformationFile(file, &io, &erase, sizeof erase, FileDispositionInformation) ==
          STATUS_CANNOT_DELETE);
    CHECK(set_size(file, 2 * kPage) == STATUS_SUCCESS);
    NtClose(section);
    CHECK(NtSetInformationFile(file, &io, &erase, sizeof erase, FileDispositionInformation) ==
          STATUS_SUCCESS);
    CHECK(create(section, kNoSize, PAGE_READONLY, SEC_COMMIT, file) == STATUS_DELETE_PENDING);
    NtClose(file);
}

TEST(a_mapped_image_is_not_written) {
    const WCHAR* path = u"\\SystemRoot\\System32\\smss.exe";
    HANDLE section;
    const HANDLE file = open(path, FILE_READ_DATA | FILE_EXECUTE);
    REQUIRE(file);
    REQUIRE(create(section, kNoSize, PAGE_EXECUTE, SEC_IMAGE, file) == STATUS_SUCCESS);
    CHECK(open_status(path, FILE_WRITE_DATA) == STATUS_SHARING_VIOLATION);
    CHECK(open_status(path, FILE_READ_DATA) == STATUS_SUCCESS);
    CHECK(open_status(path, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE) == STATUS_CANNOT_DELETE);
    LARGE_INTEGER wanted = {};
    CHECK(NtExtendSection(section, &wanted) == STATUS_SECTION_NOT_EXTENDED);
    NtClose(section);
    REQUIRE(create(section, kNoSize, PAGE_READONLY, SEC_IMAGE_NO_EXECUTE, file) == STATUS_SUCCESS);
    char* view;
    CHECK(NT_SUCCESS(map(section, view, PAGE_READONLY)));
    for (const char* at = view; at && query(at).AllocationBase == view;
         at = static_cast<char*>(query(at).BaseAddress) + query(at).RegionSize)
        CHECK(!(query(at).Protect &
                (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)));
    if (view) unmap(view);
    NtClose(section);
    NtClose(file);
}

// --- room

// A volume gives a file its room when the file, or its section, gets its size: what is written through a view
// is never lost for want of it.
TEST(a_full_volume_says_so_when_the_section_is_made) {
    const HANDLE file = fresh(0);
    IO_STATUS_BLOCK io;
    FILE_FS_SIZE_INFORMATION room = {};
    NtQueryVolumeInformationFile(file, &io, &room, sizeof room, FileFsSizeInformation);
    const LONGLONG free = room.AvailableAllocationUnits.QuadPart;
    HANDLE section;
    CHECK(create(section, (free + 1) * static_cast<LONGLONG>(kPage), PAGE_READWRITE, SEC_COMMIT, file) ==
          STATUS_DISK_FULL);
    CHECK(size_of(file) == 0);
    const LONGLONG all = free * static_cast<LONGLONG>(kPage);
    REQUIRE(create(section, all, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    CHECK(open_status(u"\\SystemRoot\\full.dat", FILE_WRITE_DATA, FILE_CREATE) == STATUS_SUCCESS);
    const HANDLE other =
        open(u"\\SystemRoot\\full.dat", FILE_WRITE_DATA | DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE);
    CHECK(write(other, "x", 1, 0) == STATUS_DISK_FULL);
    PVOID view = nullptr;
    SIZE_T size = kBlock;
    LONGLONG last = (all - 1) / static_cast<LONGLONG>(kBlock) * static_cast<LONGLONG>(kBlock);
    size = static_cast<SIZE_T>(all - last);
    REQUIRE(map(section, view, size, last, PAGE_READWRITE) == STATUS_SUCCESS);
    static_cast<volatile char*>(view)[size - 1] = 'l';
    char byte = 0;
    CHECK(read(file, &byte, 1, all - 1) == STATUS_SUCCESS && byte == 'l');
    unmap(view);
    NtClose(section);
    LARGE_INTEGER wanted;
    CHECK(set_size(file, kPage) == STATUS_SUCCESS);
    CHECK(write(other, "x", 1, 0) == STATUS_SUCCESS);
    REQUIRE(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    wanted.QuadPart = all;
    CHECK(NtExtendSection(section, &wanted) == STATUS_DISK_FULL);
    CHECK(size_of(file) == static_cast<LONGLONG>(kPage));
    NtClose(section);
    NtClose(other);
    NtClose(file);
}
