// SPDX-License-Identifier: GPL-3.0-only
// Places by requirement, placeholders that are cut, replaced, preserved and put together, and what a process
// is told of pages that are there.
#include "tests/system/test.h"

namespace {

constexpr SIZE_T kPage = 0x1000;
constexpr SIZE_T kBlock = 0x10000;
constexpr ULONG kHeld = MEM_RESERVE | MEM_RESERVE_PLACEHOLDER;
constexpr ULONG kIn = MEM_RESERVE | MEM_REPLACE_PLACEHOLDER;
constexpr ULONG kCut = MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER;
constexpr ULONG kJoin = MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS;

HANDLE me() {
    return NtCurrentProcess();
}
PVOID at(PVOID base, SIZE_T offset) {
    return static_cast<char*>(base) + offset;
}

NTSTATUS allocate(PVOID& base, SIZE_T size, ULONG type, ULONG protection,
                  MEM_EXTENDED_PARAMETER* parameters = nullptr, ULONG count = 0) {
    return NtAllocateVirtualMemoryEx(me(), &base, &size, type, protection, parameters, count);
}
NTSTATUS at_place(PVOID base, SIZE_T size, ULONG type, ULONG protection) {
    return allocate(base, size, type, protection);
}
NTSTATUS release(PVOID base, SIZE_T size = 0, ULONG type = MEM_RELEASE) {
    return NtFreeVirtualMemory(me(), &base, &size, type);
}
MEMORY_BASIC_INFORMATION query(PVOID address) {
    MEMORY_BASIC_INFORMATION information = {};
    NtQueryVirtualMemory(me(), address, MemoryBasicInformation, &information, sizeof(information), nullptr);
    return information;
}
bool held(PVOID address, SIZE_T size) {
    MEMORY_REGION_INFORMATION region = {};
    if (!NT_SUCCESS(
            NtQueryVirtualMemory(me(), address, MemoryRegionInformation, &region, sizeof(region), nullptr)))
        return false;
    return region.AllocationBase == address && region.RegionSize == size && region.RegionType == 0x101;
}
HANDLE section_of(SIZE_T size) {
    HANDLE section = nullptr;
    LARGE_INTEGER length;
    length.QuadPart = static_cast<LONGLONG>(size);
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &length, PAGE_READWRITE, SEC_COMMIT, nullptr);
    return section;
}
NTSTATUS map_at(HANDLE section, PVOID base, SIZE_T size, ULONG type, LONGLONG offset = 0) {
    LARGE_INTEGER from;
    from.QuadPart = offset;
    return NtMapViewOfSectionEx(section, me(), &base, &from, &size, type, PAGE_READWRITE, nullptr, 0);
}

struct Required {
    MEM_ADDRESS_REQUIREMENTS wanted = {};
    MEM_EXTENDED_PARAMETER parameter = {};
    Required(ULONG64 lowest, ULONG64 highest, SIZE_T alignment) {
        wanted.LowestStartingAddress = reinterpret_cast<PVOID>(lowest);
        wanted.HighestEndingAddress = reinterpret_cast<PVOID>(highest);
        wanted.Alignment = alignment;
        parameter.TypeAndReserved = MemExtendedParameterAddressRequirements;
        parameter.Pointer = &wanted;
    }
};

NTSTATUS place(PVOID& base, SIZE_T size, ULONG64 lowest, ULONG64 highest, SIZE_T alignment, ULONG more = 0) {
    Required required(lowest, highest, alignment);
    base = nullptr;
    return allocate(base, size, MEM_RESERVE | more, PAGE_READWRITE, &required.parameter, 1);
}
ULONG64 number(PVOID base) {
    return reinterpret_cast<ULONG64>(base);
}

}  // namespace

TEST(requirements_are_kept) {
    PVOID low = nullptr, high = nullptr, aligned = nullptr, top = nullptr;
    CHECK(place(low, kPage, 0, 0x7fffffff, 0) == STATUS_SUCCESS);
    CHECK(number(low) + kPage - 1 <= 0x7fffffff);
    CHECK(place(high, kPage, 0x5000000000, 0, 0) == STATUS_SUCCESS);
    CHECK(number(high) == 0x5000000000);
    CHECK(place(aligned, 3 * kBlock, 0x5000010000, 0, 0x200000) == STATUS_SUCCESS);
    CHECK(number(aligned) == 0x5000200000);
    CHECK(place(top, kPage, 0x5000000000, 0x50ffffffff, 0x100000, MEM_TOP_DOWN) == STATUS_SUCCESS);
    CHECK(number(top) == 0x50fff00000);
    PVOID none = nullptr;
    CHECK(place(none, 2 * kBlock, 0x5000000000, 0x500000ffff, 0) == STATUS_NO_MEMORY);
    const PVOID made[] = {low, high, aligned, top};
    for (PVOID base : made)
        CHECK(release(base) == STATUS_SUCCESS);
}

TEST(requirements_are_checked) {
    PVOID base = nullptr;
    CHECK(place(base, kPage, 0x1000, 0, 0) == STATUS_INVALID_PARAMETER);
    CHECK(place(base, kPage, 0, 0x7fffff00, 0) == STATUS_INVALID_PARAMETER);
    CHECK(place(base, kPage, 0, 0, 0x1000) == STATUS_INVALID_PARAMETER);
    CHECK(place(base, kPage, 0, 0, 0x30000) == STATUS_INVALID_PARAMETER);
    CHECK(place(base, kPage, 0x100000, 0xfffff, 0) == STATUS_INVALID_PARAMETER);
    CHECK(place(base, kPage, 0, ~0ull, 0) == STATUS_INVALID_PARAMETER);
    Required twice[] = {{0, 0, 0}, {0, 0, 0}};
    MEM_EXTENDED_PARAMETER both[] = {twice[0].parameter, twice[1].parameter};
    CHECK(allocate(base = nullptr, kPage, MEM_RESERVE, PAGE_READWRITE, both, 2) == STATUS_INVALID_PARAMETER);
    base = reinterpret_cast<PVOID>(0x5000000000);
    CHECK(allocate(base, kPage, MEM_RESERVE, PAGE_READWRITE, both, 1) == STATUS_INVALID_PARAMETER);
    MEM_EXTENDED_PARAMETER other = {};
    const ULONG unknown[] = {0, 7, 255};
    for (ULONG type : unknown) {
        other.TypeAndReserved = type;
        CHECK(allocate(base = nullptr, kPage, MEM_RESERVE, PAGE_READWRITE, &other, 1) ==
              STATUS_INVALID_PARAMETER);
    }
    other.TypeAndReserved = MemExtendedParameterNumaNode;
    CHECK(allocate(base = nullptr, kPage, MEM_RESERVE, PAGE_READWRITE, &other, 1) == STATUS_SUCCESS);
    release(base);
    other.ULong = 1;
    CHECK(allocate(base = nullptr, kPage, MEM_RESERVE, PAGE_READWRITE, &other, 1) ==
          STATUS_INVALID_PARAMETER);
    CHECK(allocate(base = nullptr, kPage, MEM_RESERVE, PAGE_READWRITE, nullptr, 1) ==
          STATUS_INVALID_PARAMETER);
}

TEST(placeholders_are_cut_and_put_together) {
    PVOID base = nullptr;
    CHECK(allocate(base, 4 * kBlock, kHeld, PAGE_READWRITE) == STATUS_INVALID_PARAMETER);
    CHECK(allocate(base, 4 * kBlock, kHeld | MEM_COMMIT, PAGE_NOACCESS) == STATUS_INVALID_PARAMETER);
    CHECK(allocate(base, 4 * kBlock, kHeld, PAGE_NOACCESS) == STATUS_SUCCESS);
    CHECK(held(base, 4 * kBlock));
    CHECK(query(base).State == MEM_RESERVE && query(base).AllocationProtect == PAGE_NOACCESS);
    CHECK(at_place(base, kPage, MEM_COMMIT, PAGE_READWRITE) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base, 0, kCut) == STATUS_INVALID_PARAMETER_3);
    CHECK(release(base, 4 * kBlock, kCut) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base, 4 * kBlock, kJoin) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(at(base, kBlock + kPage), kPage, kCut) == STATUS_SUCCESS);
    CHECK(held(base, kBlock + kPage) && held(at(base, kBlock + kPage), kPage));
    CHECK(held(at(base, kBlock + 2 * kPage), 3 * kBlock - 2 * kPage));
    CHECK(release(base, 2 * kBlock, kJoin) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(at(base, kPage), 3 * kBlock, kJoin) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base, 4 * kBlock, kJoin) == STATUS_SUCCESS);
    CHECK(held(base, 4 * kBlock));
    CHECK(release(base) == STATUS_SUCCESS);
    CHECK(query(base).State == MEM_FREE);
    CHECK(release(base, kBlock, kJoin) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base, kBlock, kCut | MEM_COALESCE_PLACEHOLDERS) == STATUS_INVALID_PARAMETER_4);
}

TEST(many_placeholders_become_one) {
    constexpr SIZE_T kCount = 300;
    PVOID base = nullptr;
    CHECK(allocate(base, kCount * kPage, kHeld, PAGE_NOACCESS) == STATUS_SUCCESS);
    for (SIZE_T i = 1; i < kCount; ++i)
        CHECK(release(at(base, (i - 1) * kPage), kPage, kCut) == STATUS_SUCCESS);
    CHECK(held(at(base, 150 * kPage), kPage));
    CHECK(release(base, kCount * kPage, kJoin) == STATUS_SUCCESS);
    CHECK(held(base, kCount * kPage));
    CHECK(release(base) == STATUS_SUCCESS);
}

TEST(memory_replaces_a_placeholder) {
    PVOID base = nullptr;
    CHECK(allocate(base, 2 * kBlock, kHeld, PAGE_NOACCESS) == STATUS_SUCCESS);
    CHECK(at_place(base, kBlock, kIn | MEM_COMMIT, PAGE_READWRITE) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(at_place(nullptr, kBlock, kIn, PAGE_READWRITE) == STATUS_INVALID_PARAMETER);
    CHECK(at_place(base, 2 * kBlock, MEM_RESERVE, PAGE_READWRITE) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base, kPage, kCut) == STATUS_SUCCESS);
    CHECK(at_place(at(base, kPage), 2 * kBlock - kPage, kIn | MEM_COMMIT, PAGE_READWRITE) == STATUS_SUCCESS);
    auto* bytes = static_cast<volatile char*>(at(base, kPage));
    bytes[0] = 1;
    bytes[2 * kBlock - kPage - 1] = 1;
    CHECK(query(at(base, kPage)).AllocationBase == at(base, kPage));
    CHECK(release(at(base, kPage), kBlock, kCut) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(at(base, kPage), 2 * kBlock - kPage, kCut) == STATUS_SUCCESS);
    CHECK(held(at(base, kPage), 2 * kBlock - kPage));
    CHECK(release(base, 2 * kBlock, kJoin) == STATUS_SUCCESS);
    CHECK(at_place(base, 2 * kBlock, kIn | MEM_COMMIT, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(static_cast<volatile char*>(base)[kPage] == 0);
    CHECK(release(base) == STATUS_SUCCESS);
    CHECK(query(base).State == MEM_FREE);
    CHECK(allocate(base = nullptr, kBlock, MEM_RESERVE, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(release(base, kBlock, kCut) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base) == STATUS_SUCCESS);
}

TEST(views_replace_placeholders) {
    HANDLE section = section_of(4 * kBlock);
    PVOID base = nullptr;
    CHECK(allocate(base, 2 * kBlock, kHeld, PAGE_NOACCESS) == STATUS_SUCCESS);
    CHECK(release(base, kBlock, kCut) == STATUS_SUCCESS);
    CHECK(map_at(section, base, kBlock, 0) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(map_at(section, base, 2 * kBlock, MEM_REPLACE_PLACEHOLDER) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(map_at(section, nullptr, kBlock, MEM_REPLACE_PLACEHOLDER) == STATUS_INVALID_PARAMETER);
    // A ring: the same bytes twice, one after the other.
    CHECK(map_at(section, base, kBlock, MEM_REPLACE_PLACEHOLDER, kPage) == STATUS_SUCCESS);
    CHECK(map_at(section, at(base, kBlock), kBlock, MEM_REPLACE_PLACEHOLDER, kPage) == STATUS_SUCCESS);
    static_cast<volatile char*>(base)[5] = 42;
    CHECK(static_cast<volatile char*>(base)[kBlock + 5] == 42);
    CHECK(NtUnmapViewOfSectionEx(me(), base, 0x80) == STATUS_INVALID_PARAMETER);
    CHECK(NtUnmapViewOfSectionEx(me(), base, MEM_PRESERVE_PLACEHOLDER) == STATUS_SUCCESS);
    CHECK(held(base, kBlock));
    CHECK(NtUnmapViewOfSectionEx(me(), at(base, kBlock), 0) == STATUS_SUCCESS);
    CHECK(query(at(base, kBlock)).State == MEM_FREE);
    CHECK(release(base) == STATUS_SUCCESS);
    PVOID plain = nullptr;
    SIZE_T size = 0;
    CHECK(NtMapViewOfSectionEx(section, me(), &plain, nullptr, &size, 0, PAGE_READWRITE, nullptr, 0) ==
          STATUS_SUCCESS);
    CHECK(size == 4 * kBlock);
    CHECK(NtUnmapViewOfSectionEx(me(), plain, MEM_PRESERVE_PLACEHOLDER) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(NtUnmapViewOfSectionEx(me(), plain, 0) == STATUS_SUCCESS);
    CHECK(NtUnmapViewOfSectionEx(me(), plain, 0) == STATUS_NOT_MAPPED_VIEW);
    Required required(0x5000000000, 0, 0x400000);
    CHECK(NtMapViewOfSectionEx(section, me(), &(plain = nullptr), nullptr, &size, 0, PAGE_READWRITE,
                               &required.parameter, 1) == STATUS_SUCCESS);
    CHECK(number(plain) == 0x5000000000);
    NtUnmapViewOfSection(me(), plain);
    NtClose(section);
}

TEST(contents_may_be_thrown_away) {
    PVOID base = nullptr;
    CHECK(allocate(base, kBlock, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(at_place(base, kBlock, MEM_RESET, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(at_place(base, kBlock, MEM_RESET_UNDO, PAGE_READWRITE) == STATUS_SUCCESS);
    CHECK(at_place(base, kBlock, MEM_RESET | MEM_COMMIT, PAGE_READWRITE) == STATUS_INVALID_PARAMETER_5);
    CHECK(at_place(base, 2 * kBlock, MEM_RESET, PAGE_READWRITE) == STATUS_CONFLICTING_ADDRESSES);
    CHECK(release(base) == STATUS_SUCCESS);
    CHECK(at_place(NtCurrentPeb()->ImageBaseAddress, kPage, MEM_RESET, PAGE_READWRITE) ==
          STATUS_CONFLICTING_ADDRESSES);
}

TEST(mapped_files_are_compared) {
    PVOID image = NtCurrentPeb()->ImageBaseAddress;
    PVOID ntdll = nullptr;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"ntdll.dll");
    LdrGetDllHandle(nullptr, nullptr, &name, &ntdll);
    int local = 0;
    CHECK(NtAreMappedFilesTheSame(image, at(image, kPage)) == STATUS_SUCCESS);
    CHECK(NtAreMappedFilesTheSame(image, ntdll) == STATUS_NOT_SAME_DEVICE);
    CHECK(NtAreMappedFilesTheSame(image, nullptr) == STATUS_INVALID_ADDRESS);
    CHECK(NtAreMappedFilesTheSame(&local, image) == STATUS_CONFLICTING_ADDRESSES);
}

TEST(names_of_mapped_files_are_told) {
    static ULONGLONG words[128];
    auto* name = reinterpret_cast<UNICODE_STRING*>(words);
    SIZE_T length = 0;
    const auto ask = [&](PVOID address, SIZE_T size) {
        return NtQueryVirtualMemory(me(), address, MemoryMappedFilenameInformation, words, size, &length);
    };
    CHECK(ask(NtCurrentPeb()->ImageBaseAddress, sizeof(words)) == STATUS_SUCCESS);
    CHECK(name->Length > 10 && name->Buffer == reinterpret_cast<WCHAR*>(name + 1));
    CHECK(length == sizeof(*name) + name->Length + sizeof(WCHAR));
    const SIZE_T whole = length;
    CHECK(ask(NtCurrentPeb()->ImageBaseAddress, sizeof(*name)) == STATUS_BUFFER_OVERFLOW);
    CHECK(length == whole);
    int local = 0;
    CHECK(ask(&local, sizeof(words)) == STATUS_INVALID_ADDRESS);
    CHECK(ask(nullptr, sizeof(words)) == STATUS_INVALID_ADDRESS);
    HANDLE section = section_of(kBlock);
    PVOID view = nullptr;
    SIZE_T size = 0;
    CHECK(NtMapViewOfSectionEx(section, me(), &view, nullptr, &size, 0, PAGE_READWRITE, nullptr, 0) ==
          STATUS_SUCCESS);
    CHECK(ask(view, sizeof(words)) == STATUS_FILE_INVALID);
    NtUnmapViewOfSection(me(), view);
    NtClose(section);
}

TEST(advice_is_checked) {
    MEMORY_RANGE_ENTRY range = {NtCurrentPeb(), kPage};
    ULONG value = 0;
    auto advise = [&](VIRTUAL_MEMORY_INFORMATION_CLASS what, ULONG_PTR count, ULONG length) {
        return NtSetInformationVirtualMemory(me(), what, count, &range, &value, length);
    };
    CHECK(advise(VmPrefetchInformation, 1, sizeof(value)) == STATUS_SUCCESS);
    CHECK(advise(VmPagePriorityInformation, 1, sizeof(value)) == STATUS_SUCCESS);
    CHECK(advise(VmPrefetchInformation, 0, sizeof(value)) == STATUS_INVALID_PARAMETER_3);
    CHECK(advise(VmPrefetchInformation, 1, 1) == STATUS_INVALID_PARAMETER_6);
    CHECK(advise(VmPageDirtyStateInformation, 1, sizeof(value)) == STATUS_INVALID_PARAMETER_2);
    value = 6;
    CHECK(advise(VmPrefetchInformation, 1, sizeof(value)) == STATUS_INVALID_PARAMETER_5);
    CHECK(advise(VmPagePriorityInformation, 1, sizeof(value)) == STATUS_INVALID_PARAMETER_5);
    value = 0;
    range.NumberOfBytes = ~SIZE_T{0};
    CHECK(advise(VmPrefetchInformation, 1, sizeof(value)) == STATUS_INVALID_PARAMETER_4);
    CHECK(NtFlushProcessWriteBuffers() == STATUS_SUCCESS);
}

TEST(the_working_set_is_listed) {
    static ULONG_PTR list[4096];
    PVOID base = nullptr;
    CHECK(allocate(base, 4 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) == STATUS_SUCCESS);
    static_cast<volatile char*>(base)[kPage] = 1;
    CHECK(NtQueryVirtualMemory(me(), nullptr, MemoryWorkingSetInformation, list, sizeof(list[0]), nullptr) ==
          STATUS_INFO_LENGTH_MISMATCH);
    CHECK(NtQueryVirtualMemory(me(), nullptr, MemoryWorkingSetInformation, list, 2 * sizeof(list[0]),
                               nullptr) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(list[0] > 10);
    SIZE_T length = 0;
    CHECK(NtQueryVirtualMemory(me(), nullptr, MemoryWorkingSetInformation, list, sizeof(list), &length) ==
          STATUS_SUCCESS);
    CHECK(length == (list[0] + 1) * sizeof(list[0]));
    bool there = false;
    for (ULONG_PTR i = 1; i <= list[0]; ++i)
        if ((list[i] & ~0xfffull) == number(base) + kPage) there = (list[i] & 0x11f) == 4;
    CHECK(there);
    MEMORY_WORKING_SET_EX_INFORMATION pages[] = {{base, 9}, {at(base, kPage), 9}};
    SIZE_T touched = 1;
    PVOID locked = at(base, kPage);
    CHECK(NtLockVirtualMemory(me(), &locked, &touched, MAP_PROCESS) == STATUS_SUCCESS);
    CHECK(NtQueryVirtualMemory(me(), nullptr, MemoryWorkingSetExInformation, pages, sizeof(pages), &length) ==
          STATUS_SUCCESS);
    CHECK(length == sizeof(pages));
    CHECK((pages[1].VirtualAttributes & 1) && (pages[1].VirtualAttributes >> 4 & 0x7ff) == PAGE_READWRITE);
    CHECK(pages[1].VirtualAttributes >> 22 & 1);
    CHECK(!(pages[1].VirtualAttributes >> 15 & 1));
    CHECK(NtUnlockVirtualMemory(me(), &locked, &touched, MAP_PROCESS) == STATUS_SUCCESS);
    CHECK(release(base) == STATUS_SUCCESS);
}

// What ends in the middle of all this leaves nothing behind: the run's own check of leaks sees it.
TEST(rights_are_asked_for) {
    HANDLE weak = nullptr;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    CLIENT_ID self = NtCurrentTeb()->ClientId;
    self.UniqueThread = nullptr;
    CHECK(NtOpenProcess(&weak, PROCESS_QUERY_LIMITED_INFORMATION, &attributes, &self) == STATUS_SUCCESS);
    PVOID base = nullptr;
    SIZE_T size = kPage;
    CHECK(NtAllocateVirtualMemoryEx(weak, &base, &size, MEM_RESERVE, PAGE_READWRITE, nullptr, 0) ==
          STATUS_ACCESS_DENIED);
    CHECK(NtUnmapViewOfSectionEx(weak, NtCurrentPeb()->ImageBaseAddress, 0) == STATUS_ACCESS_DENIED);
    MEMORY_RANGE_ENTRY range = {NtCurrentPeb(), kPage};
    ULONG value = 0;
    CHECK(NtSetInformationVirtualMemory(weak, VmPrefetchInformation, 1, &range, &value, sizeof(value)) ==
          STATUS_ACCESS_DENIED);
    HANDLE section = section_of(kBlock);
    CHECK(NtMapViewOfSectionEx(section, weak, &base, nullptr, &size, 0, PAGE_READWRITE, nullptr, 0) ==
          STATUS_ACCESS_DENIED);
    NtClose(section);
    NtClose(weak);
}
