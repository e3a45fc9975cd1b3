// SPDX-License-Identifier: GPL-3.0-only
//
// Which pages of memory were written to: MEM_WRITE_WATCH.
#include "tests/system/test.h"

namespace {

constexpr SIZE_T kPage = 0x1000;
constexpr SIZE_T kPages = 300;

char* watched(SIZE_T pages, ULONG type = MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH) {
    PVOID base = nullptr;
    SIZE_T size = pages * kPage;
    NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, type, PAGE_READWRITE);
    return static_cast<char*>(base);
}
void release(char* at) {
    PVOID base = at;
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

PVOID found[kPages];
ULONG_PTR count;
ULONG granularity;

NTSTATUS get(char* base, SIZE_T size, ULONG flags = 0, ULONG_PTR room = kPages) {
    count = room;
    granularity = 0;
    return NtGetWriteWatch(NtCurrentProcess(), flags, base, size, found, &count, &granularity);
}

}  // namespace

TEST(written_pages_are_told_in_order) {
    char* base = watched(kPages);
    REQUIRE(base);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 0 && granularity == kPage);
    volatile char sum = 0;
    for (SIZE_T page = 0; page < kPages; ++page)
        sum = static_cast<char>(sum + base[page * kPage]);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 0);
    base[7 * kPage + 5] = 1;
    base[200 * kPage] = 1;
    base[7 * kPage] = 2;
    // A service's write counts as the program's own.
    LARGE_INTEGER time;
    NtQuerySystemTime(reinterpret_cast<PLARGE_INTEGER>(base + 100 * kPage));
    NtQuerySystemTime(&time);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 3);
    CHECK(found[0] == base + 7 * kPage && found[1] == base + 100 * kPage && found[2] == base + 200 * kPage);
    CHECK(get(base, kPages * kPage, 0, 2) == STATUS_SUCCESS && count == 2 && found[1] == base + 100 * kPage);
    CHECK(get(base + 50 * kPage, 100 * kPage) == STATUS_SUCCESS && count == 1);
    // Only what is told is reset.
    CHECK(get(base, kPages * kPage, WRITE_WATCH_FLAG_RESET, 1) == STATUS_SUCCESS && count == 1);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 2 && found[0] == base + 100 * kPage);
    base[7 * kPage] = 3;
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 3 && base[7 * kPage] == 3);
    CHECK(NtResetWriteWatch(NtCurrentProcess(), base, kPages * kPage) == STATUS_SUCCESS);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 0);
    release(base);
}

TEST(many_written_pages) {
    char* base = watched(kPages);
    REQUIRE(base);
    for (SIZE_T page = 0; page < kPages; ++page)
        base[page * kPage] = 1;
    CHECK(get(base, kPages * kPage, WRITE_WATCH_FLAG_RESET) == STATUS_SUCCESS && count == kPages);
    bool in_order = true;
    for (SIZE_T page = 0; page < kPages; ++page)
        in_order = in_order && found[page] == base + page * kPage;
    CHECK(in_order);
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 0);
    base[299 * kPage] = 1;
    CHECK(get(base, kPages * kPage) == STATUS_SUCCESS && count == 1 && found[0] == base + 299 * kPage);
    release(base);
}

TEST(what_is_not_watched) {
    char* base = watched(4, MEM_RESERVE | MEM_COMMIT);
    REQUIRE(base);
    CHECK(get(base, 4 * kPage) == STATUS_INVALID_PARAMETER_1);
    CHECK(NtResetWriteWatch(NtCurrentProcess(), base, kPage) == STATUS_INVALID_PARAMETER_1);
    PVOID part = base;
    SIZE_T size = kPage;
    CHECK(NtAllocateVirtualMemory(NtCurrentProcess(), &part, 0, &size, MEM_COMMIT | MEM_WRITE_WATCH,
                                  PAGE_READWRITE) == STATUS_INVALID_PARAMETER_5);
    release(base);
    CHECK(get(base, kPage) == STATUS_INVALID_PARAMETER_1);
    base = watched(4);
    CHECK(get(base, 5 * kPage) == STATUS_INVALID_PARAMETER_1);
    CHECK(get(base, 0) == STATUS_INVALID_PARAMETER_3);
    CHECK(get(base, ~SIZE_T{0}) == STATUS_INVALID_PARAMETER_3);
    CHECK(get(base, kPage, 2) == STATUS_INVALID_PARAMETER_2);
    CHECK(get(base, kPage, 0, 0) == STATUS_INVALID_PARAMETER_5);
    release(base);
}
