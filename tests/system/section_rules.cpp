// SPDX-License-Identifier: GPL-3.0-only
//
// Sections as NT documents them: who may map what, and how large sections and their files are.
#include "tests/system/sections.h"

// --- rights

TEST(a_section_has_the_rights_of_its_file) {
    const HANDLE made = fresh(kPage);
    const WCHAR* path = u"\\SystemRoot\\sections.dat";
    const HANDLE reads = open(path, FILE_READ_DATA), executes = open(path, FILE_EXECUTE),
                 both = open(path, FILE_READ_DATA | FILE_EXECUTE), none = open(path, FILE_READ_ATTRIBUTES),
                 writes = open(path, FILE_WRITE_DATA);
    HANDLE section;
    const struct {
        HANDLE file;
        ULONG protection;
        NTSTATUS status;
    } cases[] = {
        {reads, PAGE_READONLY, STATUS_SUCCESS},
        {reads, PAGE_WRITECOPY, STATUS_SUCCESS},
        {reads, PAGE_READWRITE, STATUS_ACCESS_DENIED},
        {reads, PAGE_EXECUTE_READ, STATUS_ACCESS_DENIED},
        {reads, PAGE_EXECUTE, STATUS_ACCESS_DENIED},
        {executes, PAGE_EXECUTE, STATUS_SUCCESS},
        {executes, PAGE_READONLY, STATUS_ACCESS_DENIED},
        {executes, PAGE_EXECUTE_READ, STATUS_ACCESS_DENIED},
        {both, PAGE_EXECUTE_READ, STATUS_SUCCESS},
        {both, PAGE_EXECUTE_WRITECOPY, STATUS_SUCCESS},
        {both, PAGE_EXECUTE_READWRITE, STATUS_ACCESS_DENIED},
        {none, PAGE_READONLY, STATUS_ACCESS_DENIED},
        {writes, PAGE_READWRITE, STATUS_ACCESS_DENIED},
        {made, PAGE_EXECUTE_READWRITE, STATUS_SUCCESS},
    };
    for (const auto& one : cases) {
        const NTSTATUS status = create(section, kNoSize, one.protection, SEC_COMMIT, one.file);
        CHECK(status == one.status);
        if (status != one.status) test::print("protection %x: %08x", one.protection, status);
        if (section) NtClose(section);
    }
    const HANDLE handles[] = {reads, executes, both, none, writes, made};
    for (const HANDLE handle : handles)
        NtClose(handle);
}

TEST(a_view_has_the_rights_of_its_handle) {
    const struct {
        ACCESS_MASK access;
        ULONG protection;
        NTSTATUS status;
    } cases[] = {
        {SECTION_MAP_READ, PAGE_READONLY, STATUS_SUCCESS},
        {SECTION_MAP_READ, PAGE_WRITECOPY, STATUS_SUCCESS},
        {SECTION_MAP_READ, PAGE_READWRITE, STATUS_ACCESS_DENIED},
        {SECTION_MAP_READ, PAGE_EXECUTE_READ, STATUS_ACCESS_DENIED},
        {SECTION_MAP_WRITE, PAGE_READWRITE, STATUS_SUCCESS},
        {SECTION_MAP_WRITE, PAGE_READONLY, STATUS_ACCESS_DENIED},
        {SECTION_MAP_EXECUTE, PAGE_EXECUTE, STATUS_SUCCESS},
        {SECTION_MAP_EXECUTE, PAGE_EXECUTE_READ, STATUS_ACCESS_DENIED},
        {SECTION_MAP_EXECUTE | SECTION_MAP_READ, PAGE_EXECUTE_READ, STATUS_SUCCESS},
        {SECTION_QUERY, PAGE_READONLY, STATUS_ACCESS_DENIED},
    };
    for (const auto& one : cases) {
        HANDLE section;
        REQUIRE(create(section, kPage, PAGE_EXECUTE_READWRITE, SEC_COMMIT, nullptr, one.access) ==
                STATUS_SUCCESS);
        char* view;
        const NTSTATUS status = map(section, view, one.protection);
        CHECK(status == one.status);
        if (status != one.status)
            test::print("access %x, protection %x: %08x", one.access, one.protection, status);
        if (view) unmap(view);
        NtClose(section);
    }
}

TEST(a_view_keeps_to_its_first_protection) {
    HANDLE section;
    REQUIRE(create(section, kPage, PAGE_READWRITE, SEC_COMMIT) == STATUS_SUCCESS);
    char* view;
    REQUIRE(map(section, view, PAGE_READONLY) == STATUS_SUCCESS);
    CHECK(protect(view, PAGE_READWRITE) == STATUS_SECTION_PROTECTION);
    CHECK(protect(view, PAGE_EXECUTE_READ) == STATUS_SECTION_PROTECTION);
    CHECK(commit(view, kPage, PAGE_READWRITE) == STATUS_SECTION_PROTECTION);
    CHECK(query(view).Protect == PAGE_READONLY);
    CHECK(touch(view, true) != STATUS_SUCCESS);
    CHECK(protect(view, PAGE_NOACCESS) == STATUS_SUCCESS);
    CHECK(protect(view, PAGE_WRITECOPY) == STATUS_SUCCESS);
    char* other;
    REQUIRE(map(section, other, PAGE_READWRITE) == STATUS_SUCCESS);
    view[0] = 'c';
    CHECK(other[0] == 0);
    CHECK(protect(other, PAGE_READONLY) == STATUS_SUCCESS);
    CHECK(protect(other, PAGE_READWRITE) == STATUS_SUCCESS);
    unmap(view);
    unmap(other);
    NtClose(section);
}

// --- sizes

TEST(sizes_and_attributes_of_sections) {
    HANDLE section;
    CHECK(create(section, 0, PAGE_READWRITE, SEC_COMMIT) == STATUS_INVALID_PARAMETER_4);
    CHECK(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT) == STATUS_INVALID_PARAMETER_4);
    CHECK(create(section, -1, PAGE_READWRITE, SEC_COMMIT) == STATUS_SECTION_TOO_BIG);
    CHECK(create(section, 1ll << 62, PAGE_READWRITE, SEC_RESERVE) == STATUS_SECTION_TOO_BIG);
    const ULONG wrong[] = {ULONG{0},
                           ULONG{SEC_COMMIT | SEC_RESERVE},
                           ULONG{SEC_IMAGE | SEC_COMMIT},
                           ULONG{SEC_IMAGE | SEC_RESERVE},
                           ULONG{SEC_FILE},
                           ULONG{SEC_RESERVE | SEC_LARGE_PAGES},
                           ULONG{SEC_COMMIT | 0x10}};
    for (const ULONG attributes : wrong)
        CHECK(create(section, kPage, PAGE_READWRITE, attributes) == STATUS_INVALID_PARAMETER_6);
    CHECK(create(section, kPage, PAGE_READONLY, SEC_IMAGE) == STATUS_INVALID_FILE_FOR_SECTION);
    const ULONG bad[] = {0u, 0x123u, ULONG{PAGE_NOACCESS}, ULONG{PAGE_READWRITE | PAGE_GUARD},
                         ULONG{PAGE_READWRITE | PAGE_NOCACHE}};
    for (const ULONG protection : bad)
        CHECK(create(section, kPage, protection, SEC_COMMIT) == STATUS_INVALID_PAGE_PROTECTION);
    const HANDLE file = fresh(0);
    CHECK(create(section, kNoSize, PAGE_READONLY, SEC_COMMIT, file) == STATUS_MAPPED_FILE_SIZE_ZERO);
    CHECK(create(section, 0, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_MAPPED_FILE_SIZE_ZERO);
    NtClose(file);
}

TEST(sizes_and_places_of_views) {
    HANDLE section;
    REQUIRE(create(section, 0x1800, PAGE_READWRITE, SEC_COMMIT) == STATUS_SUCCESS);
    const struct {
        ULONG_PTR base;
        LONGLONG offset;
        SIZE_T size;
        NTSTATUS status;
    } cases[] = {
        {0, 0, 0x3000, STATUS_INVALID_VIEW_SIZE},
        {0, kBlock, kPage, STATUS_INVALID_VIEW_SIZE},
        {0, kPage, kPage, STATUS_MAPPED_ALIGNMENT},
        {0, 0x8000, 0, STATUS_MAPPED_ALIGNMENT},
        {0, -0x10000, kPage, STATUS_INVALID_VIEW_SIZE},
        {0, 0, ~SIZE_T{0}, STATUS_INVALID_VIEW_SIZE},
        {0, 0, ~SIZE_T{0xfff}, STATUS_INVALID_VIEW_SIZE},
        {0, 0, ~SIZE_T{0} / 2 + 1, STATUS_INVALID_VIEW_SIZE},
        {0x12345000, 0, 0, STATUS_MAPPED_ALIGNMENT},
    };
    for (const auto& one : cases) {
        PVOID base = reinterpret_cast<PVOID>(one.base);
        SIZE_T size = one.size;
        const NTSTATUS status = map(section, base, size, one.offset, PAGE_READWRITE);
        CHECK(status == one.status);
        if (status != one.status) test::print("size %p: %08x", reinterpret_cast<PVOID>(one.size), status);
    }
    PVOID base = nullptr;
    SIZE_T size = 0;
    CHECK(map(section, base, size, 0, PAGE_READWRITE) == STATUS_SUCCESS && size == 0x2000);
    CHECK(unmap(static_cast<char*>(base) + 0x1234) == STATUS_SUCCESS);
    CHECK(unmap(base) == STATUS_NOT_MAPPED_VIEW);
    base = nullptr;
    size = 0;
    CHECK(map(section, base, size, 0, PAGE_READWRITE, 0, 1) == STATUS_SUCCESS);
    CHECK(reinterpret_cast<ULONG_PTR>(base) < 0x80000000);
    unmap(base);
    base = nullptr;
    CHECK(map(section, base, size, 0, PAGE_READWRITE, 0, 25) == STATUS_INVALID_PARAMETER_4);
    CHECK(map(section, base, size, 0, PAGE_READWRITE, MEM_RESERVE) == STATUS_INVALID_PARAMETER_9);
    CHECK(map(section, base, size, 0, PAGE_READWRITE, MEM_COMMIT) == STATUS_INVALID_PARAMETER_9);
    NtClose(section);
}

TEST(sections_of_a_file_are_as_large_as_they_say) {
    const HANDLE file = fresh(0x1234);
    HANDLE section;
    CHECK(create(section, 0x1235, PAGE_READONLY, SEC_COMMIT, file) == STATUS_SECTION_TOO_BIG);
    CHECK(create(section, 0x5000, PAGE_WRITECOPY, SEC_COMMIT, file) == STATUS_SECTION_TOO_BIG);
    CHECK(size_of(file) == 0x1234);
    REQUIRE(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    SECTION_BASIC_INFORMATION information = {};
    CHECK(NtQuerySection(section, SectionBasicInformation, &information, sizeof information, nullptr) ==
          STATUS_SUCCESS);
    CHECK(information.MaximumSize.QuadPart == 0x1234 && (information.AllocationAttributes & SEC_FILE));
    PVOID base = nullptr;
    SIZE_T size = 0x2000;
    CHECK(map(section, base, size, 0, PAGE_READWRITE) == STATUS_INVALID_VIEW_SIZE);
    base = nullptr;
    size = 0x1234;
    REQUIRE(map(section, base, size, 0, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(size == 0x2000);
    auto* bytes = static_cast<volatile char*>(base);
    char left = 0;
    for (SIZE_T at = 0x1234; at < 0x2000; ++at)
        left |= bytes[at];
    CHECK(left == 0);
    // What is written behind the end is not in the file, also when that grows.
    bytes[0x1240] = 7;
    CHECK(set_size(file, 0x1300) == STATUS_SUCCESS);
    char byte = 1;
    CHECK(read(file, &byte, 1, 0x1240) == STATUS_SUCCESS && byte == 0);
    unmap(base);
    NtClose(section);
    NtClose(file);
}

TEST(a_writable_section_makes_its_file_as_large) {
    const HANDLE file = fresh(100);
    HANDLE section;
    REQUIRE(create(section, 0x5000, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    CHECK(size_of(file) == 0x5000);
    char* view;
    REQUIRE(map(section, view, PAGE_READWRITE) == STATUS_SUCCESS);
    view[0x4fff] = 'e';
    char byte = 0;
    CHECK(read(file, &byte, 1, 0x4fff) == STATUS_SUCCESS && byte == 'e');
    CHECK(set_size(file, 0x10) == STATUS_USER_MAPPED_FILE);
    CHECK(open_status(u"\\SystemRoot\\sections.dat", FILE_WRITE_DATA, FILE_OVERWRITE) ==
          STATUS_USER_MAPPED_FILE);
    unmap(view);
    // The section alone keeps it too.
    CHECK(set_size(file, 0x10) == STATUS_USER_MAPPED_FILE);
    NtClose(section);
    CHECK(set_size(file, 0x10) == STATUS_SUCCESS);
    NtClose(file);
}

TEST(sections_are_extended) {
    const HANDLE file = fresh(0x1234);
    HANDLE section, anonymous, reading;
    REQUIRE(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, file) == STATUS_SUCCESS);
    REQUIRE(create(anonymous, kPage, PAGE_READWRITE, SEC_COMMIT) == STATUS_SUCCESS);
    REQUIRE(create(reading, kNoSize, PAGE_READONLY, SEC_COMMIT, file) == STATUS_SUCCESS);
    char* view;
    REQUIRE(map(section, view, PAGE_READWRITE) == STATUS_SUCCESS);
    PVOID growing = nullptr;
    SIZE_T size = 4 * kBlock;
    REQUIRE(map(section, growing, size, 0, PAGE_READWRITE, MEM_RESERVE) == STATUS_SUCCESS);
    auto* place = static_cast<char*>(growing);
    CHECK(size == 4 * kBlock && query(place).State == MEM_COMMIT && query(place).RegionSize == 0x2000);
    CHECK(query(place + 0x2000).State == MEM_RESERVE && touch(place + 0x2000, false) != STATUS_SUCCESS);
    LARGE_INTEGER wanted;
    wanted.QuadPart = 0x4001;
    CHECK(NtExtendSection(anonymous, &wanted) == STATUS_SECTION_NOT_EXTENDED);
    CHECK(NtExtendSection(reading, &wanted) == STATUS_SECTION_NOT_EXTENDED);
    CHECK(NtExtendSection(section, &wanted) == STATUS_SUCCESS && wanted.QuadPart == 0x4001);
    CHECK(size_of(file) == 0x4001);
    wanted.QuadPart = 0x10;
    CHECK(NtExtendSection(section, &wanted) == STATUS_SUCCESS && wanted.QuadPart == 0x4001);
    wanted.QuadPart = -1;
    CHECK(!NT_SUCCESS(NtExtendSection(section, &wanted)));
    CHECK(query(view).RegionSize == 0x2000 && query(view + 0x2000).AllocationBase != view);
    CHECK(query(place).RegionSize == 0x5000);
    place[0x4000] = 'g';
    char byte = 0;
    CHECK(read(file, &byte, 1, 0x4000) == STATUS_SUCCESS && byte == 'g');
    HANDLE limited = nullptr;
    NtDuplicateObject(NtCurrentProcess(), section, NtCurrentProcess(), &limited, SECTION_MAP_WRITE, 0, 0);
    CHECK(NtExtendSection(limited, &wanted) == STATUS_ACCESS_DENIED);
    unmap(view);
    unmap(place);
    const HANDLE handles[] = {section, anonymous, reading, limited, file};
    for (const HANDLE handle : handles)
        NtClose(handle);
}
