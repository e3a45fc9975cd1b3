// SPDX-License-Identifier: GPL-3.0-only
//
// What can be executed and what cannot: private pages, stack, heap, images, sections, and changes of their
// protection both ways. Where the machine cannot forbid it (KUSER_SHARED_DATA says so), all of it runs.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr SIZE_T kPage = 0x1000;
constexpr ULONG kAnswer = 7;
// mov eax, 7; ret
constexpr UCHAR kCode[] = {0xb8, kAnswer, 0, 0, 0, 0xc3};
const UCHAR constant_code[] = {0xb8, kAnswer, 0, 0, 0, 0xc3};
UCHAR data_code[] = {0xb8, kAnswer, 0, 0, 0, 0xc3};
alignas(kPage) UCHAR own_page[kPage];

bool forbidden() {
    return USER_SHARED_DATA->NXSupportPolicy == NX_SUPPORT_POLICY_ALWAYSON;
}

struct Outcome {
    NTSTATUS status;
    ULONG answer;
    ULONG64 kind;
    const void* address;
    const void* instruction;
};

ULONG note(const EXCEPTION_POINTERS* pointers, Outcome* outcome) {
    const EXCEPTION_RECORD& record = *pointers->ExceptionRecord;
    outcome->status = record.ExceptionCode;
    outcome->kind = record.ExceptionInformation[0];
    outcome->address = reinterpret_cast<const void*>(record.ExceptionInformation[1]);
    outcome->instruction = record.ExceptionAddress;
    return EXCEPTION_EXECUTE_HANDLER;
}

void call_into(const void* code, Outcome* outcome) {
    __try {
        outcome->answer = reinterpret_cast<ULONG (*)()>(const_cast<void*>(code))();
    } __except (note(static_cast<EXCEPTION_POINTERS*>(_exception_info()), outcome)) {
    }
}

Outcome call(const void* code) {
    Outcome outcome = {};
    call_into(code, &outcome);
    return outcome;
}

void runs(const char* name, const void* code) {
    Outcome outcome = call(code);
    check(name, outcome.status == STATUS_SUCCESS && outcome.answer == kAnswer, "status",
          static_cast<ULONG>(outcome.status));
}

// `code` need not be code where executing it is forbidden.
void stops(const char* name, const void* code) {
    Outcome outcome = call(code);
    bool told =
        outcome.kind == EXCEPTION_EXECUTE_FAULT && outcome.address == code && outcome.instruction == code;
    check(name, outcome.status == STATUS_ACCESS_VIOLATION && told, "status",
          static_cast<ULONG>(outcome.status));
}

void is_data(const char* name, const void* code) {
    if (forbidden()) {
        stops(name, code);
    } else {
        runs(name, code);
    }
}

void* allocate(SIZE_T size, ULONG protection) {
    PVOID base = nullptr;
    NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT, protection);
    return base;
}

void release(PVOID base) {
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

NTSTATUS protect(PVOID base, ULONG protection, SIZE_T size = kPage) {
    ULONG old;
    return NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, protection, &old);
}

void private_pages() {
    void* page = allocate(2 * kPage, PAGE_READWRITE);
    memcpy(page, kCode, sizeof kCode);
    is_data("private page", page);
    protect(page, PAGE_EXECUTE_READ);
    runs("private page made executable", page);
    protect(page, PAGE_READONLY);
    is_data("private page made read-only", page);
    protect(page, PAGE_EXECUTE);
    runs("private page that is only executed", page);
    protect(page, PAGE_READWRITE);
    is_data("private page made writable", page);
    protect(page, PAGE_EXECUTE_READWRITE);
    *static_cast<volatile UCHAR*>(page) = kCode[0];
    runs("private page that is written and executed", page);
    protect(page, PAGE_EXECUTE_READ | PAGE_GUARD);
    check("guard page", call(page).status == STATUS_GUARD_PAGE_VIOLATION);
    runs("behind the guard", page);
    protect(page, PAGE_NOACCESS);
    check("no access", call(page).status == STATUS_ACCESS_VIOLATION);
    // Never touched before it is executed.
    if (forbidden()) stops("fresh page", static_cast<UCHAR*>(page) + kPage);
    release(page);

    page = allocate(kPage, PAGE_EXECUTE_READWRITE);
    memcpy(page, kCode, sizeof kCode);
    runs("allocated executable", page);
    release(page);
    if (forbidden()) stops("nothing there", page);
}

// The second page alone is data: what faults is its first byte, at an instruction of the first.
void instruction_across_pages() {
    auto* pages = static_cast<UCHAR*>(allocate(2 * kPage, PAGE_READWRITE));
    UCHAR* code = pages + kPage - 2;
    memcpy(code, kCode, sizeof kCode);
    protect(pages, PAGE_EXECUTE_READ);
    if (forbidden()) {
        Outcome outcome = call(code);
        check("instruction across pages",
              outcome.status == STATUS_ACCESS_VIOLATION && outcome.kind == EXCEPTION_EXECUTE_FAULT &&
                  outcome.address == pages + kPage && outcome.instruction == code,
              "address", reinterpret_cast<ULONG64>(outcome.address));
    }
    protect(pages, PAGE_EXECUTE_READ, 2 * kPage);
    runs("both pages executable", code);
    release(pages);
}

void stack_and_heap() {
    UCHAR local[sizeof kCode];
    memcpy(local, kCode, sizeof kCode);
    is_data("stack", local);
    void* block = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof kCode);
    memcpy(block, kCode, sizeof kCode);
    is_data("heap", block);
    RtlFreeHeap(RtlProcessHeap(), 0, block);
    HANDLE heap = RtlCreateHeap(HEAP_GROWABLE | HEAP_CREATE_ENABLE_EXECUTE, nullptr, 0, 0, nullptr, nullptr);
    block = RtlAllocateHeap(heap, 0, sizeof kCode);
    memcpy(block, kCode, sizeof kCode);
    runs("heap for code", block);
    RtlDestroyHeap(heap);
    if (!forbidden()) return;
    stops("TEB", NtCurrentTeb());
    stops("PEB", NtCurrentPeb());
    stops("shared data", const_cast<KUSER_SHARED_DATA*>(USER_SHARED_DATA));
    stops("process parameters", NtCurrentPeb()->ProcessParameters);
}

void images() {
    is_data("constants of an image", constant_code);
    is_data("data of an image", data_code);
    if (forbidden()) stops("headers of an image", NtCurrentPeb()->ImageBaseAddress);
    memcpy(own_page, kCode, sizeof kCode);
    protect(own_page, PAGE_EXECUTE_READ);
    runs("data of an image made executable", own_page);
    protect(own_page, PAGE_READWRITE);
    is_data("and data again", own_page);
    protect(own_page, PAGE_EXECUTE_READWRITE);
    own_page[0] = kCode[0];
    runs("written and executed", own_page);
    protect(own_page, PAGE_READWRITE);
}

NTSTATUS map(HANDLE section, PVOID& base, ULONG protection) {
    SIZE_T size = 0;
    base = nullptr;
    return NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &size, ViewUnmap, 0,
                              protection);
}

void sections() {
    LARGE_INTEGER size;
    size.QuadPart = 2 * kPage;
    HANDLE section;
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_EXECUTE_READWRITE, SEC_COMMIT,
                    nullptr);
    PVOID data, code;
    map(section, data, PAGE_READWRITE);
    memcpy(data, kCode, sizeof kCode);
    NTSTATUS status = map(section, code, PAGE_EXECUTE_READ);
    check("executable view", status == STATUS_SUCCESS, "status", static_cast<ULONG>(status));
    runs("executed through one view", code);
    is_data("not through the other", data);
    NtUnmapViewOfSection(NtCurrentProcess(), data);
    NtUnmapViewOfSection(NtCurrentProcess(), code);
    NtClose(section);

    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
    check("no executable view of a data section",
          map(section, code, PAGE_EXECUTE_READ) == STATUS_SECTION_PROTECTION);
    map(section, data, PAGE_READWRITE);
    check("nor by protection", protect(data, PAGE_EXECUTE_READWRITE) == STATUS_SECTION_PROTECTION);
    NtUnmapViewOfSection(NtCurrentProcess(), data);
    NtClose(section);
}

void what_is_told() {
    ULONG flags = 0;
    NTSTATUS status =
        NtQueryInformationProcess(NtCurrentProcess(), ProcessExecuteFlags, &flags, sizeof flags, nullptr);
    constexpr ULONG kOn = MEM_EXECUTE_OPTION_DISABLE | MEM_EXECUTE_OPTION_DISABLE_THUNK_EMULATION |
                          MEM_EXECUTE_OPTION_PERMANENT;
    constexpr ULONG kOff = MEM_EXECUTE_OPTION_ENABLE | MEM_EXECUTE_OPTION_EXECUTE_DISPATCH_ENABLE |
                           MEM_EXECUTE_OPTION_IMAGE_DISPATCH_ENABLE;
    check("execute flags", status == STATUS_SUCCESS && flags == (forbidden() ? kOn : kOff), "flags", flags);
    check("not for a 64-bit process to choose",
          NtSetInformationProcess(NtCurrentProcess(), ProcessExecuteFlags, &flags, sizeof flags) ==
              STATUS_INVALID_PARAMETER);
    check("processor feature", USER_SHARED_DATA->ProcessorFeatures[PF_NX_ENABLED] == forbidden());
    test::note("NXSupportPolicy", USER_SHARED_DATA->NXSupportPolicy);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    what_is_told();
    private_pages();
    instruction_across_pages();
    stack_and_heap();
    images();
    sections();
    test::end();
}
