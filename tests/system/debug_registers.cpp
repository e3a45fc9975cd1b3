// SPDX-License-Identifier: GPL-3.0-only
// Breakpoints in debug registers are refused, not lost.
#include "abi/nt/ntrtl_extended.h"
#include "tests/system/test.h"

namespace {

volatile ULONG watched;

NTSTATUS NTAPI wait_for(PVOID event) {
    return NtWaitForSingleObject(event, FALSE, nullptr);
}

// A thread that stands, in a call or before its first instruction, and its context, which may be set as it
// is.
struct Standing {
    HANDLE event = nullptr, thread = nullptr;
    CONTEXT context = {};

    explicit Standing(bool begun) {
        NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
        RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, wait_for, event, &thread, nullptr);
        LARGE_INTEGER moment;
        moment.QuadPart = -200'000;
        if (begun) {
            NtResumeThread(thread, nullptr);
            NtDelayExecution(FALSE, &moment);
            NtSuspendThread(thread, nullptr);
        }
        context.ContextFlags = CONTEXT_ALL;
        context.Dr0 = context.Dr6 = context.Dr7 = 0x1234;
    }
    ~Standing() {
        NtSetEvent(event, nullptr);
        NtResumeThread(thread, nullptr);
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
        NtClose(event);
    }
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
};

void check_refused(bool begun) {
    Standing standing(begun);
    CONTEXT& context = standing.context;
    CHECK(NtGetContextThread(standing.thread, &context) == STATUS_SUCCESS);
    CHECK(context.Dr0 == 0 && context.Dr6 == 0 && context.Dr7 == 0);
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_SUCCESS);
    // An address alone stops nobody.
    context.Dr0 = reinterpret_cast<ULONG64>(&watched);
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_SUCCESS);
    const ULONG64 before = context.R12;
    context.Dr7 = 0xd0001;  // writing of four bytes
    context.R12 = before + 1;
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_NOT_SUPPORTED);
    context.ContextFlags = CONTEXT_INTEGER;
    CHECK(NtGetContextThread(standing.thread, &context) == STATUS_SUCCESS && context.R12 == before);
}

}  // namespace

TEST(of_a_thread_in_a_call) {
    check_refused(true);
}

TEST(of_a_thread_that_has_not_begun) {
    check_refused(false);
}
