// SPDX-License-Identifier: GPL-3.0-only
//
// A long service is done in slices (docs/decisions/0007). Nobody sees them: not its caller, not who suspends
// it between two, reads or sets its registers, queues an APC or ends it.
#include "tests/system/test.h"

namespace {

constexpr SIZE_T kSize = 12 << 20;
constexpr SIZE_T kPage = 4096;

UCHAR* source;
UCHAR* target;
volatile bool running;
volatile bool finished;
volatile LONG apcs;
volatile bool landed;
volatile SIZE_T copied;
NTSTATUS copy_status;
ULONG rounds;

UCHAR* reserve(SIZE_T size) {
    PVOID base = nullptr;
    const NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size,
                                                    MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(status) ? static_cast<UCHAR*>(base) : nullptr;
}

void give_back(UCHAR* memory) {
    PVOID base = memory;
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

void pause(LONG milliseconds, BOOLEAN alertable = FALSE) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(alertable, &time);
}

bool ends(HANDLE thread) {
    LARGE_INTEGER time;
    time.QuadPart = -60ll * 10'000'000;
    return NtWaitForSingleObject(thread, FALSE, &time) == STATUS_SUCCESS;
}

NTSTATUS NTAPI copier(PVOID) {
    running = true;
    for (ULONG round = 0; round < rounds; ++round) {
        SIZE_T count = 0;
        copy_status = NtReadVirtualMemory(NtCurrentProcess(), source, target, kSize, &count);
        copied = copied + count;
        if (copy_status != STATUS_SUCCESS) break;
    }
    finished = true;
    pause(0, TRUE);
    return STATUS_SUCCESS;
}

HANDLE start_copy(ULONG how_often) {
    running = false;
    finished = false;
    landed = false;
    copied = 0;
    apcs = 0;
    rounds = how_often;
    HANDLE thread = nullptr;
    NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                     reinterpret_cast<PVOID>(&copier), nullptr, 0, 0, 0, 0, nullptr);
    while (thread && !running)
        pause(1);
    return thread;
}

// What the last page of the target holds says whether a copy came to its end.
bool all_copied() {
    for (SIZE_T at = 0; at < kSize; at += kPage)
        if (*reinterpret_cast<ULONG64*>(target + at) != at + 1) return false;
    return true;
}

bool prepare() {
    if (!source) source = reserve(kSize);
    if (!target) target = reserve(kSize);
    if (!source || !target) return false;
    for (SIZE_T at = 0; at < kSize; at += kPage) {
        *reinterpret_cast<ULONG64*>(source + at) = at + 1;
        *reinterpret_cast<ULONG64*>(target + at) = 0;
    }
    return true;
}

void NTAPI count_apc(PVOID, PVOID, PVOID) {
    apcs = apcs + 1;
}

[[noreturn]] void landing() {
    landed = true;
    RtlExitUserThread(77);
}

}  // namespace

TEST(whole_copy) {
    REQUIRE(prepare());
    SIZE_T count = 0;
    CHECK(NtReadVirtualMemory(NtCurrentProcess(), source, target, kSize, &count) == STATUS_SUCCESS);
    CHECK(count == kSize);
    CHECK(all_copied());
    REQUIRE(prepare());
    CHECK(NtWriteVirtualMemory(NtCurrentProcess(), target, source, kSize, &count) == STATUS_SUCCESS);
    CHECK(count == kSize);
    CHECK(all_copied());
}

// Both ends of a copy may turn out bad when much of it is done; what was done is counted to the byte.
TEST(bad_page_late) {
    REQUIRE(prepare());
    constexpr SIZE_T kGood = 10 << 20;
    ULONG before = 0;
    PVOID base = source + kGood;
    SIZE_T size = kPage;
    REQUIRE(NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, PAGE_NOACCESS, &before) ==
            STATUS_SUCCESS);
    SIZE_T count = 0;
    CHECK(NtReadVirtualMemory(NtCurrentProcess(), source + 8, target, kSize - 8, &count) ==
          STATUS_PARTIAL_COPY);
    CHECK(count == kGood - 8);
    CHECK(NtWriteVirtualMemory(NtCurrentProcess(), source, target, kSize, &count) == STATUS_PARTIAL_COPY);
    CHECK(count == kGood);
    NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, PAGE_READWRITE, &before);
    CHECK(NtReadVirtualMemory(NtCurrentProcess(), reinterpret_cast<PVOID>(0x7fffffff0000), target, ~SIZE_T{0},
                              &count) == STATUS_ACCESS_VIOLATION);
}

// A long call of one thread lets another come to its turn.
TEST(others_run_meanwhile) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(8);
    ULONG turns = 0;
    while (!finished) {
        pause(1);
        ++turns;
    }
    CHECK(turns > 8);
    CHECK(ends(thread));
    CHECK(copied == 8 * kSize);
    NtClose(thread);
}

// Wherever it is stopped, it seems to stand behind the same system call.
TEST(suspended_between_slices) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(4);
    ULONG64 rip = 0;
    ULONG64 rsp = 0;
    for (int i = 0; i < 200 && !finished; ++i) {
        REQUIRE(NtSuspendThread(thread, nullptr) == STATUS_SUCCESS);
        CONTEXT context = {};
        context.ContextFlags = i % 2 ? CONTEXT_FULL : CONTEXT_FULL | CONTEXT_FLOATING_POINT;
        const NTSTATUS status = NtGetContextThread(thread, &context);
        CHECK(status == STATUS_SUCCESS);
        if (!finished && copied % kSize == 0 && copied / kSize < 3) {
            if (!rip) {
                rip = context.Rip;
                rsp = context.Rsp;
            }
            CHECK(context.Rip == rip);
            CHECK(context.Rsp == rsp);
        }
        NtResumeThread(thread, nullptr);
    }
    CHECK(ends(thread));
    CHECK(copied == 4 * kSize);
    CHECK(copy_status == STATUS_SUCCESS);
    CHECK(all_copied());
    NtClose(thread);
}

TEST(registers_set_between_slices) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(1);
    REQUIRE(NtSuspendThread(thread, nullptr) == STATUS_SUCCESS);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    CHECK(NtGetContextThread(thread, &context) == STATUS_SUCCESS);
    // The same once more changes nothing.
    CHECK(NtSetContextThread(thread, &context) == STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    CHECK(ends(thread));
    CHECK(copied == kSize && copy_status == STATUS_SUCCESS && all_copied());
    NtClose(thread);
}

TEST(sent_elsewhere_between_slices) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(1);
    REQUIRE(NtSuspendThread(thread, nullptr) == STATUS_SUCCESS);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    CHECK(NtGetContextThread(thread, &context) == STATUS_SUCCESS);
    context.Rip = reinterpret_cast<ULONG64>(&landing);
    context.Rsp = (context.Rsp & ~15ull) - 0x28;
    CHECK(NtSetContextThread(thread, &context) == STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    CHECK(ends(thread));
    CHECK(landed);
    // As on NT, not before the service is over.
    CHECK(all_copied());
    NtClose(thread);
}

TEST(ended_between_slices) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(1000);
    pause(5);
    CHECK(NtTerminateThread(thread, 5) == STATUS_SUCCESS);
    CHECK(ends(thread));
    CHECK(!finished);
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    CHECK(basic.ExitStatus == 5);
    NtClose(thread);
}

TEST(apc_waits_for_the_end) {
    REQUIRE(prepare());
    const HANDLE thread = start_copy(4);
    CHECK(NtQueueApcThread(thread, reinterpret_cast<PVOID>(&count_apc), nullptr, nullptr, nullptr) ==
          STATUS_SUCCESS);
    while (!finished) {
        CHECK(apcs == 0 || finished);
        pause(1);
    }
    CHECK(ends(thread));
    CHECK(apcs == 1);
    CHECK(copied == 4 * kSize && all_copied());
    NtClose(thread);
    give_back(source);
    give_back(target);
}
