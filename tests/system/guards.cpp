// SPDX-License-Identifier: GPL-3.0-only
//
// Services that come upon guard pages: that of the caller's own stack grows it, others are spent, and those
// of another process stay.
#include "tests/system/test.h"

namespace {

constexpr SIZE_T kPage = 4096;

char* limit() {
    return static_cast<char*>(*const_cast<PVOID volatile*>(&NtCurrentTeb()->NtTib.StackLimit));
}

MEMORY_BASIC_INFORMATION query(HANDLE process, const void* address) {
    MEMORY_BASIC_INFORMATION information = {};
    NtQueryVirtualMemory(process, const_cast<PVOID>(address), MemoryBasicInformation, &information,
                         sizeof information, nullptr);
    return information;
}

bool guarded(HANDLE process, const void* address) {
    return (query(process, address).Protect & PAGE_GUARD) != 0;
}

// Committed pages, the middle one a guard page.
char* with_a_guard(HANDLE process) {
    PVOID base = nullptr;
    SIZE_T size = 3 * kPage;
    ULONG old;
    if (!NT_SUCCESS(
            NtAllocateVirtualMemory(process, &base, 0, &size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)))
        return nullptr;
    PVOID middle = static_cast<char*>(base) + kPage;
    size = kPage;
    NtProtectVirtualMemory(process, &middle, &size, PAGE_READWRITE | PAGE_GUARD, &old);
    return static_cast<char*>(base);
}

void release(HANDLE process, PVOID base) {
    SIZE_T size = 0;
    NtFreeVirtualMemory(process, &base, &size, MEM_RELEASE);
}

// Brings the guard to where nothing of this thread is.
__attribute__((noinline)) void use_some_stack() {
    volatile char page[2 * kPage];
    page[0] = 1;
    page[kPage] = 1;
    (void)page[0];
}

struct Child {
    RTL_USER_PROCESS_INFORMATION information = {};
    bool made = false;
    Child() {
        PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
        UNICODE_STRING image = NtCurrentPeb()->ProcessParameters->ImagePathName;
        if (!NT_SUCCESS(RtlCreateProcessParameters(&parameters, &image, nullptr, nullptr, nullptr, nullptr,
                                                   nullptr, nullptr, nullptr, nullptr)))
            return;
        UNICODE_STRING path;
        made = RtlDosPathNameToNtPathName_U(image.Buffer, &path, nullptr, nullptr) &&
               NT_SUCCESS(RtlCreateUserProcess(&path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                               nullptr, FALSE, nullptr, nullptr, &information));
        RtlDestroyProcessParameters(parameters);
    }
    ~Child() {
        if (!made) return;
        NtTerminateProcess(information.Process, STATUS_SUCCESS);
        NtWaitForSingleObject(information.Process, FALSE, nullptr);
        NtClose(information.Thread);
        NtClose(information.Process);
    }
};

}  // namespace

TEST(a_service_grows_its_callers_stack) {
    use_some_stack();
    ULONG source = 0x12345678;
    SIZE_T done = 0;
    char* const before = limit();
    REQUIRE(guarded(NtCurrentProcess(), before - kPage));
    // Into the guard page, out of a plain call and out of one that may wait.
    CHECK(NtReadVirtualMemory(NtCurrentProcess(), &source, before - 8, sizeof source, &done) ==
          STATUS_SUCCESS);
    CHECK(*reinterpret_cast<ULONG*>(before - 8) == source && done == sizeof source);
    CHECK(limit() == before - kPage && guarded(NtCurrentProcess(), before - 2 * kPage));
    LARGE_INTEGER* delay = reinterpret_cast<LARGE_INTEGER*>(limit() - 16);
    CHECK(NtDelayExecution(FALSE, delay) == STATUS_SUCCESS);
    CHECK(limit() == before - 2 * kPage);
    // An answer whose page is the guard.
    HANDLE event = nullptr;
    REQUIRE(NT_SUCCESS(NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE)));
    LONG* state = reinterpret_cast<LONG*>(limit() - 4);
    CHECK(NtSetEvent(event, state) == STATUS_SUCCESS && *state == 0);
    CHECK(limit() == before - 3 * kPage);
    HANDLE* handle = reinterpret_cast<HANDLE*>(limit() - 8);
    CHECK(NtCreateEvent(handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE) == STATUS_SUCCESS);
    CHECK(limit() == before - 4 * kPage && NtClose(*handle) == STATUS_SUCCESS);
    NtClose(event);
    // Below the guard there is nothing.
    CHECK(NtReadVirtualMemory(NtCurrentProcess(), &source, limit() - 2 * kPage, sizeof source, &done) ==
          STATUS_PARTIAL_COPY);
    CHECK(limit() == before - 4 * kPage);
}

TEST(other_guard_pages_are_spent) {
    char* base = with_a_guard(NtCurrentProcess());
    REQUIRE(base);
    HANDLE event = nullptr;
    REQUIRE(NT_SUCCESS(NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE)));
    LONG* state = reinterpret_cast<LONG*>(base + kPage);
    CHECK(NtSetEvent(event, state) == STATUS_GUARD_PAGE_VIOLATION);
    CHECK(!guarded(NtCurrentProcess(), base + kPage));
    CHECK(NtSetEvent(event, state) == STATUS_SUCCESS);
    NtClose(event);
    release(NtCurrentProcess(), base);
}

TEST(guard_pages_of_others_stay) {
    Child child;
    REQUIRE(child.made);
    const HANDLE process = child.information.Process;
    char* base = with_a_guard(process);
    REQUIRE(base);
    char bytes[3 * kPage];
    memset(bytes, 7, sizeof bytes);
    SIZE_T done = 0;
    CHECK(NtReadVirtualMemory(process, base, bytes, sizeof bytes, &done) == STATUS_PARTIAL_COPY);
    CHECK(done == kPage);
    CHECK(NtWriteVirtualMemory(process, base + kPage, bytes, 8, &done) == STATUS_PARTIAL_COPY && done == 0);
    CHECK(guarded(process, base + kPage));
}
