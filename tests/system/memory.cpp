// SPDX-License-Identifier: GPL-3.0-only
//
// Virtual memory and sections: reserve and commit, guard pages, protection, partial release, stack growth,
// sharing and copy-on-write, what a query tells.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr SIZE_T kPage = 0x1000;
constexpr SIZE_T kBlock = 0x10000;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

NTSTATUS allocate(PVOID& base, SIZE_T size, ULONG type, ULONG protection) {
    return NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, type, protection);
}

NTSTATUS release(PVOID base, SIZE_T size = 0, ULONG type = MEM_RELEASE) {
    return NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, type);
}

NTSTATUS protect(PVOID base, SIZE_T size, ULONG protection, ULONG* old = nullptr) {
    ULONG before = 0;
    NTSTATUS status =
        NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, protection, old ? old : &before);
    return status;
}

MEMORY_BASIC_INFORMATION query(const void* address) {
    MEMORY_BASIC_INFORMATION information = {};
    NtQueryVirtualMemory(NtCurrentProcess(), const_cast<PVOID>(address), MemoryBasicInformation, &information,
                         sizeof information, nullptr);
    return information;
}

// Touching through the Executive: no exception, a status.
bool readable(const void* address) {
    char byte;
    return NT_SUCCESS(NtReadVirtualMemory(NtCurrentProcess(), const_cast<PVOID>(address), &byte, 1, nullptr));
}
bool writable(void* address) {
    char byte = 1;
    return NT_SUCCESS(NtWriteVirtualMemory(NtCurrentProcess(), address, &byte, 1, nullptr));
}

char* at(PVOID base, SIZE_T offset) {
    return static_cast<char*>(base) + offset;
}

void reserve_and_commit() {
    PVOID base = nullptr;
    expect("reserve", allocate(base, 4 * kBlock, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    check("granularity", (reinterpret_cast<ULONG64>(base) & (kBlock - 1)) == 0);
    check("reserved is not there", !readable(base));
    PVOID part = at(base, kBlock);
    expect("commit", allocate(part, 2 * kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("demand zero", *at(base, kBlock + 100) == 0);
    *at(base, kBlock + 100) = 7;
    check("kept", *at(base, kBlock + 100) == 7);
    MEMORY_BASIC_INFORMATION information = query(part);
    check("committed", information.State == MEM_COMMIT && information.RegionSize == 2 * kPage);
    check("allocation base", information.AllocationBase == base && information.Type == MEM_PRIVATE);
    information = query(base);
    check("reserved", information.State == MEM_RESERVE && information.RegionSize == kBlock);
    expect("decommit", release(part, kPage, MEM_DECOMMIT), STATUS_SUCCESS);
    check("gone", !readable(part) && readable(at(part, kPage)));
    part = at(base, kBlock);
    expect("commit again", allocate(part, kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("zero again", *at(base, kBlock + 100) == 0);
    PVOID taken = base;
    expect("taken", allocate(taken, kBlock, MEM_RESERVE, PAGE_READWRITE), STATUS_CONFLICTING_ADDRESSES);
    expect("not at base", release(at(base, kBlock)), STATUS_FREE_VM_NOT_AT_BASE);
    expect("release the middle", release(at(base, kBlock), kBlock), STATUS_SUCCESS);
    check("hole", query(at(base, kBlock)).State == MEM_FREE);
    check("above is left", query(at(base, 2 * kBlock)).AllocationBase == at(base, 2 * kBlock));
    expect("release below", release(base), STATUS_SUCCESS);
    expect("release above", release(at(base, 2 * kBlock)), STATUS_SUCCESS);
    expect("not allocated", release(base), STATUS_MEMORY_NOT_ALLOCATED);
}

void bad_arguments() {
    PVOID base = nullptr;
    expect("no size", allocate(base, 0, MEM_RESERVE, PAGE_READWRITE), STATUS_INVALID_PARAMETER_4);
    expect("no type", allocate(base, kPage, 0, PAGE_READWRITE), STATUS_INVALID_PARAMETER_5);
    expect("no protection", allocate(base, kPage, MEM_RESERVE, 0), STATUS_INVALID_PAGE_PROTECTION);
    expect("two protections", allocate(base, kPage, MEM_RESERVE, PAGE_READWRITE | PAGE_READONLY),
           STATUS_INVALID_PAGE_PROTECTION);
    expect("too much", allocate(base, ~SIZE_T{0} / 2, MEM_RESERVE, PAGE_READWRITE),
           STATUS_INVALID_PARAMETER_4);
    base = reinterpret_cast<PVOID>(0xffff800000000000);
    PVOID top = reinterpret_cast<PVOID>(0x7ffffffe0000);
    expect("over the top", allocate(top, 16 * kBlock, MEM_RESERVE, PAGE_READWRITE),
           STATUS_INVALID_PARAMETER_4);
    expect("kernel's half", allocate(base, kPage, MEM_RESERVE, PAGE_READWRITE), STATUS_INVALID_PARAMETER_2);
    expect("protect nothing", protect(reinterpret_cast<PVOID>(0x7000'0000'0000), kPage, PAGE_READONLY),
           STATUS_CONFLICTING_ADDRESSES);
}

void protection() {
    PVOID base = nullptr;
    allocate(base, 4 * kPage, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    *at(base, kPage) = 5;
    ULONG old = 0;
    expect("read-only", protect(at(base, kPage), kPage, PAGE_READONLY, &old), STATUS_SUCCESS);
    check("what it was", old == PAGE_READWRITE);
    check("reads", *at(base, kPage) == 5);
    check("no write", !writable(at(base, kPage)) && writable(base) && writable(at(base, 2 * kPage)));
    check("three runs",
          query(base).RegionSize == kPage && query(at(base, 2 * kPage)).RegionSize == 2 * kPage);
    expect("no access", protect(at(base, kPage), kPage, PAGE_NOACCESS), STATUS_SUCCESS);
    check("nothing", !readable(at(base, kPage)));
    expect("back", protect(at(base, kPage), kPage, PAGE_READWRITE), STATUS_SUCCESS);
    check("content stayed", *at(base, kPage) == 5);
    check("one run", query(base).RegionSize == 4 * kPage);
    expect("guard", protect(at(base, 2 * kPage), kPage, PAGE_READWRITE | PAGE_GUARD), STATUS_SUCCESS);
    char byte;
    SIZE_T done = 0;
    check("guarded", NtReadVirtualMemory(NtCurrentProcess(), at(base, 2 * kPage), &byte, 1, &done) ==
                         STATUS_GUARD_PAGE_VIOLATION);
    check("once", readable(at(base, 2 * kPage)));
    done = 0;
    protect(at(base, 3 * kPage), kPage, PAGE_NOACCESS);
    static char buffer[2 * kPage];
    check("partial copy", NtReadVirtualMemory(NtCurrentProcess(), at(base, 2 * kPage), buffer, 2 * kPage,
                                              &done) == STATUS_PARTIAL_COPY);
    check("as far as it goes", done == kPage);
    check("partial write", NtWriteVirtualMemory(NtCurrentProcess(), at(base, 2 * kPage), buffer + 100,
                                                kPage + 8, &done) == STATUS_PARTIAL_COPY);
    check("up to the page that it cannot", done == kPage);
    release(base);
}

// More stack than was committed at the start: each page below grows by its guard.
__attribute__((noinline)) ULONG deep(ULONG depth, volatile char* above) {
    volatile char page[kPage];
    page[0] = static_cast<char>(depth + *above);
    return depth == 0 ? 0 : deep(depth - 1, page) + static_cast<ULONG>(page[0] & 1);
}

void stack_growth() {
    PTEB teb = NtCurrentTeb();
    PVOID before = teb->NtTib.StackLimit;
    volatile char top = 0;
    deep(60, &top);
    PVOID after = *const_cast<PVOID volatile*>(&teb->NtTib.StackLimit);
    check("stack grew", after < before, "limit", reinterpret_cast<ULONG64>(after));
    check("guard below", (query(at(teb->NtTib.StackLimit, 0) - kPage).Protect & PAGE_GUARD) != 0);
}

HANDLE section(SIZE_T size, ULONG protection, ULONG attributes = SEC_COMMIT) {
    HANDLE handle = nullptr;
    LARGE_INTEGER maximum;
    maximum.QuadPart = static_cast<LONGLONG>(size);
    NtCreateSection(&handle, SECTION_ALL_ACCESS, nullptr, &maximum, protection, attributes, nullptr);
    return handle;
}

NTSTATUS map(HANDLE handle, PVOID& base, ULONG protection, SIZE_T size = 0, LONGLONG from = 0) {
    LARGE_INTEGER offset;
    offset.QuadPart = from;
    return NtMapViewOfSection(handle, NtCurrentProcess(), &base, 0, 0, &offset, &size, ViewShare, 0,
                              protection);
}

void sections() {
    HANDLE handle = section(2 * kBlock, PAGE_READWRITE);
    PVOID first = nullptr;
    PVOID second = nullptr;
    PVOID copy = nullptr;
    PVOID upper = nullptr;
    expect("view", map(handle, first, PAGE_READWRITE), STATUS_SUCCESS);
    expect("second view", map(handle, second, PAGE_READONLY), STATUS_SUCCESS);
    check("apart", first != second);
    *at(first, 5000) = 42;
    check("shared", *at(second, 5000) == 42);
    check("read-only view", !writable(second));
    expect("copy-on-write view", map(handle, copy, PAGE_WRITECOPY), STATUS_SUCCESS);
    check("sees it", *at(copy, 5000) == 42);
    *at(copy, 5000) = 1;
    check("its own", *at(first, 5000) == 42 && *at(copy, 5000) == 1);
    expect("upper half", map(handle, upper, PAGE_READWRITE, kBlock, kBlock), STATUS_SUCCESS);
    *at(upper, 0) = 9;
    check("offset", *at(first, kBlock) == 9);
    check("mapped", query(first).Type == MEM_MAPPED && query(first).RegionSize == 2 * kBlock);
    SECTION_BASIC_INFORMATION basic = {};
    NtQuerySection(handle, SectionBasicInformation, &basic, sizeof basic, nullptr);
    check("section size", basic.MaximumSize.QuadPart == 2 * kBlock);
    PVOID none = nullptr;
    expect("too large", map(handle, none, PAGE_READONLY, 4 * kBlock), STATUS_INVALID_VIEW_SIZE);
    NtClose(handle);
    expect("unmap", NtUnmapViewOfSection(NtCurrentProcess(), first), STATUS_SUCCESS);
    check("others stay", *at(second, 5000) == 42);
    NtUnmapViewOfSection(NtCurrentProcess(), second);
    NtUnmapViewOfSection(NtCurrentProcess(), copy);
    NtUnmapViewOfSection(NtCurrentProcess(), upper);
    expect("not a view", NtUnmapViewOfSection(NtCurrentProcess(), first), STATUS_NOT_MAPPED_VIEW);
    HANDLE only = section(kBlock, PAGE_READONLY);
    expect("no write through a read-only section", map(only, first, PAGE_READWRITE),
           STATUS_SECTION_PROTECTION);
    NtClose(only);
}

void image_facts() {
    MEMORY_BASIC_INFORMATION information = query(reinterpret_cast<void*>(&image_facts));
    check("code is an image",
          information.Type == MEM_IMAGE &&
              information.AllocationBase == NtCurrentTeb()->ProcessEnvironmentBlock->ImageBaseAddress);
    check("code is not written", !writable(reinterpret_cast<void*>(&image_facts)));
    UCHAR name[600];
    NTSTATUS status = NtQueryVirtualMemory(NtCurrentProcess(), reinterpret_cast<PVOID>(&image_facts),
                                           MemoryMappedFilenameInformation, name, sizeof name, nullptr);
    expect("file name", status, STATUS_SUCCESS);
    check("shared data is read-only",
          readable(reinterpret_cast<void*>(0x7ffe0000)) && !writable(reinterpret_cast<void*>(0x7ffe0000)));
}

void much_memory() {
    // Reserved memory costs nothing; what is committed but not touched hardly more.
    PVOID base = nullptr;
    expect("64 GiB reserved", allocate(base, SIZE_T{64} << 30, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    PVOID part = at(base, SIZE_T{63} << 30);
    expect("a page of it", allocate(part, kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    *at(part, 0) = 1;
    expect("released", release(base), STATUS_SUCCESS);
    // More than the machine has: refused at once, not when it is touched.
    base = nullptr;
    expect("too much to commit", allocate(base, SIZE_T{4} << 40, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
           STATUS_COMMITMENT_LIMIT);
    check("still alive", readable(&base));
}

// Page numbers of more than 32 bits.
void far_pages() {
    constexpr SIZE_T kTera = SIZE_T{1} << 40;
    PVOID base = nullptr;
    expect("32 TiB reserved", allocate(base, 32 * kTera + kBlock, MEM_RESERVE, PAGE_READWRITE),
           STATUS_SUCCESS);
    PVOID first = base;
    expect("its first page", allocate(first, kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("16 TiB on is another", query(at(base, 16 * kTera)).State == MEM_RESERVE);
    check("not there", !writable(at(base, 16 * kTera)));
    PVOID last = at(base, 32 * kTera + kBlock - kPage);
    expect("its last page", allocate(last, kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("there", writable(last));
    expect("release most", release(at(base, kBlock), 32 * kTera - kBlock), STATUS_SUCCESS);
    check("the rest is two", query(last).AllocationBase == at(base, 32 * kTera) && readable(base));
    expect("release one", release(base), STATUS_SUCCESS);
    expect("release the other", release(at(base, 32 * kTera)), STATUS_SUCCESS);
    // Charged and given back: as much can be committed as before.
    for (int round = 0; round < 3; ++round) {
        base = nullptr;
        expect("16 TiB", allocate(base, 16 * kTera, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
        PVOID end = at(base, 16 * kTera - (SIZE_T{20} << 20));
        expect("20 MiB at its end", allocate(end, SIZE_T{20} << 20, MEM_COMMIT, PAGE_READWRITE),
               STATUS_SUCCESS);
        expect("released", release(base), STATUS_SUCCESS);
    }
    base = nullptr;
    expect("2^47", allocate(base, SIZE_T{1} << 47, MEM_RESERVE, PAGE_READWRITE), STATUS_INVALID_PARAMETER_4);
    expect("all ones", allocate(base, ~SIZE_T{0}, MEM_RESERVE, PAGE_READWRITE), STATUS_INVALID_PARAMETER_4);
    HANDLE handle = section(SIZE_T{20} * kTera, PAGE_READWRITE, SEC_RESERVE);
    PVOID view = nullptr;
    expect("a view of 20 TiB", map(handle, view, PAGE_READWRITE), STATUS_SUCCESS);
    expect("all ones of it", map(handle, base, PAGE_READWRITE, ~SIZE_T{0}), STATUS_INVALID_VIEW_SIZE);
    PVOID page = at(view, 17 * kTera);
    expect("a page of it", allocate(page, kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("written", writable(page));
    expect("unmap", NtUnmapViewOfSection(NtCurrentProcess(), view), STATUS_SUCCESS);
    NtClose(handle);
    check("more than the machine has", section(SIZE_T{8} << 40, PAGE_READWRITE) == nullptr);
}

NTSTATUS lock(PVOID base, SIZE_T size) {
    return NtLockVirtualMemory(NtCurrentProcess(), &base, &size, MAP_PROCESS);
}

NTSTATUS unlock(PVOID base, SIZE_T size) {
    return NtUnlockVirtualMemory(NtCurrentProcess(), &base, &size, MAP_PROCESS);
}

void locks() {
    QUOTA_LIMITS limits = {};
    expect("limits",
           NtQueryInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &limits, sizeof limits, nullptr),
           STATUS_SUCCESS);
    const SIZE_T most = limits.MinimumWorkingSetSize - 8 * kPage;
    check("a working set", limits.MinimumWorkingSetSize == 50 * kPage);
    PVOID base = nullptr;
    allocate(base, SIZE_T{64} << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    expect("64 MiB are too much", lock(base, SIZE_T{64} << 20), STATUS_WORKING_SET_QUOTA);
    expect("locked", lock(at(base, 5), most - 10 * kPage), STATUS_SUCCESS);
    expect("locked again", lock(base, kPage), STATUS_WAS_LOCKED);
    expect("no more", lock(at(base, most), 11 * kPage), STATUS_WORKING_SET_QUOTA);
    expect("not locked", unlock(at(base, most - 12 * kPage), 5 * kPage), STATUS_NOT_LOCKED);
    expect("unlocked", unlock(at(base, 5), most - 10 * kPage), STATUS_SUCCESS);
    expect("not any more", unlock(base, kPage), STATUS_NOT_LOCKED);
    expect(
        "wrong kind",
        [&] {
            SIZE_T size = kPage;
            return NtLockVirtualMemory(NtCurrentProcess(), &base, &size, 0);
        }(),
        STATUS_INVALID_PARAMETER);
    limits.MinimumWorkingSetSize = 200 * kPage;
    limits.MaximumWorkingSetSize = 400 * kPage;
    expect("more", NtSetInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &limits, sizeof limits),
           STATUS_SUCCESS);
    expect("locked more", lock(base, 192 * kPage), STATUS_SUCCESS);
    limits.MaximumWorkingSetSize = kPage;
    expect("upside down",
           NtSetInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &limits, sizeof limits),
           STATUS_BAD_WORKING_SET_LIMIT);
    release(base);
}

// Protections that alternate from page to page, and back to one in a single call.
void many_runs() {
    constexpr SIZE_T kPages = 4000;
    PVOID base = nullptr;
    expect("reserved", allocate(base, kPages * kPage, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    bool all = true;
    for (SIZE_T i = 0; i < kPages; i += 2) {
        PVOID page = at(base, i * kPage);
        all = all && NT_SUCCESS(allocate(page, kPage, MEM_COMMIT, PAGE_READWRITE)) &&
              (i % 64 || writable(page));
    }
    check("every other page", all);
    expect("not all committed", protect(base, kPages * kPage, PAGE_READONLY), STATUS_NOT_COMMITTED);
    PVOID whole = base;
    expect("all of them", allocate(whole, kPages * kPage, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    check("one run", query(base).RegionSize == kPages * kPage);
    ULONG old = 0;
    expect("read-only", protect(base, kPages * kPage, PAGE_READONLY, &old), STATUS_SUCCESS);
    check("what it was", old == PAGE_READWRITE && !writable(base) && *at(base, 0) == 1);
    expect("released", release(base), STATUS_SUCCESS);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    reserve_and_commit();
    bad_arguments();
    protection();
    stack_growth();
    sections();
    image_facts();
    much_memory();
    far_pages();
    locks();
    many_runs();
    test::end();
}
