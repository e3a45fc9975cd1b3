// SPDX-License-Identifier: GPL-3.0-only
// Breakpoints in debug registers, where the kernel has them; where it has none they are refused, not lost.
#define PROGRAM u"debug_registers"
#include "tests/system/debugger.h"

namespace {

constexpr ULONG kTrap = 0x100, kResume = 0x10000;
enum Kind : ULONG64 { Execution = 0, Writing = 1, Ports = 2, Access = 3 };

// Of DR7: breakpoint `number`, `size` bytes long.
constexpr ULONG64 control(unsigned number, Kind kind, unsigned size) {
    const ULONG64 length = size == 8 ? 2 : size - 1;
    return 1ull << 2 * number | (kind | length << 2) << (16 + 4 * number);
}
ULONG64 at(const volatile void* address) {
    return reinterpret_cast<ULONG64>(address);
}

CONTEXT debug_context(ULONG64 address, ULONG64 bits) {
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_DEBUG_REGISTERS;
    context.Dr0 = address;
    context.Dr7 = bits;
    return context;
}
NTSTATUS set(ULONG64 address, ULONG64 bits, HANDLE thread = NtCurrentThread()) {
    CONTEXT context = debug_context(address, bits);
    return NtSetContextThread(thread, &context);
}
CONTEXT get(HANDLE thread = NtCurrentThread()) {
    CONTEXT context = debug_context(0x1234, 0x1234);
    context.Dr6 = 0x1234;
    NtGetContextThread(thread, &context);
    return context;
}
bool has_none(const CONTEXT& context) {
    return !context.Dr0 && !context.Dr1 && !context.Dr2 && !context.Dr3 && !context.Dr6 && !context.Dr7;
}

bool there_are() {
    const bool set_one = set(at(&shared_word), control(0, Writing, 4)) == STATUS_SUCCESS;
    set(0, 0);
    return set_one;
}

// --- what the thread is stopped at

struct Stop {
    volatile ULONG64 ip, status;
    volatile ULONG flags, parts;
};
Stop stops[16];
volatile unsigned stop_count;
LONG (*on_stop)(CONTEXT& context);

LONG NTAPI note_stop(PEXCEPTION_POINTERS pointers) {
    CONTEXT& context = *pointers->ContextRecord;
    if (pointers->ExceptionRecord->ExceptionCode != STATUS_SINGLE_STEP) return EXCEPTION_CONTINUE_SEARCH;
    if (stop_count < 16) {
        Stop& stop = stops[stop_count];
        stop.ip = context.Rip;
        stop.status = context.Dr6;
        stop.flags = context.EFlags;
        stop.parts = context.ContextFlags;
        stop_count = stop_count + 1;
    }
    return on_stop ? on_stop(context) : EXCEPTION_CONTINUE_EXECUTION;
}

// As long as it lives stops are noted and the thread goes on.
struct Noting {
    PVOID handler;
    explicit Noting(LONG (*then)(CONTEXT&) = nullptr) {
        stop_count = 0;
        on_stop = then;
        handler = RtlAddVectoredExceptionHandler(TRUE, note_stop);
    }
    ~Noting() {
        set(0, 0);
        RtlRemoveVectoredExceptionHandler(handler);
    }
    Noting(const Noting&) = delete;
    Noting& operator=(const Noting&) = delete;
};

alignas(64) volatile UCHAR bytes[64];

template <typename T>
void write_to(unsigned offset) {
    *reinterpret_cast<volatile T*>(bytes + offset) = 7;
}
template <typename T>
T read_from(unsigned offset) {
    return *reinterpret_cast<volatile T*>(bytes + offset);
}

extern "C" void row_of_steps();
__asm__(
    ".globl row_of_steps\nrow_of_steps:\n\tnop\n\tmov $1, %eax\n\tadd $2, %eax\n\tnop\n\tadd $3, "
    "%eax\n\tret\n");
constexpr unsigned kSecondStep = 1, kThirdStep = 6, kFourthStep = 9, kFifthStep = 10;

NTSTATUS NTAPI wait_for(PVOID event) {
    return NtWaitForSingleObject(event, FALSE, nullptr);
}

// A thread that stands, in a call or before its first instruction.
struct Standing {
    HANDLE event = nullptr, thread = nullptr;

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
    }
    ~Standing() {
        set(0, 0, thread);
        NtSetEvent(event, nullptr);
        NtResumeThread(thread, nullptr);
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
        NtClose(event);
    }
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
};

void check_set(bool begun) {
    Standing standing(begun);
    CONTEXT context = debug_context(0, 0);
    context.ContextFlags = CONTEXT_ALL;
    context.Dr6 = context.Dr7 = 0x1234;
    CHECK(NtGetContextThread(standing.thread, &context) == STATUS_SUCCESS && has_none(context));
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_SUCCESS);
    // An address alone stops nobody, and is not kept.
    context.Dr0 = at(&shared_word);
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_SUCCESS && has_none(get(standing.thread)));
    const ULONG64 before = context.R12;
    context.Dr7 = control(0, Writing, 4);
    context.R12 = before + 1;
    const bool there = there_are();
    CHECK(NtSetContextThread(standing.thread, &context) == (there ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED));
    context.ContextFlags = CONTEXT_INTEGER;
    CHECK(NtGetContextThread(standing.thread, &context) == STATUS_SUCCESS && context.R12 == before + there);
    const CONTEXT now = get(standing.thread);
    CHECK(there ? now.Dr0 == at(&shared_word) && now.Dr7 == control(0, Writing, 4) : has_none(now));
    CHECK(has_none(get()));
}

NTSTATUS debugged(const UNICODE_STRING&) {
    if (!NtCurrentPeb()->BeingDebugged) return STATUS_NOT_IMPLEMENTED;
    DbgBreakPoint();
    shared_word = 5;
    row_of_steps();
    return shared_word;
}

}  // namespace

CHILD(debugged);

TEST(of_a_thread_in_a_call) {
    test::print("# debug registers: %d", there_are());
    check_set(true);
}

TEST(of_a_thread_that_has_not_begun) {
    check_set(false);
}

TEST(what_a_program_may_not_have_is_left_out) {
    if (!there_are()) return;
    CONTEXT context = debug_context(at(&shared_word), 0xffff'ffff'ffff'ffff);
    context.Dr1 = 0xffff'8000'0000'0000;
    context.Dr2 = 0x8000'0000'0000;
    context.Dr3 = 0x7fff'fffe'0000;
    context.Dr6 = ~0ull;
    const Standing standing(true);
    CHECK(NtSetContextThread(standing.thread, &context) == STATUS_SUCCESS);
    const CONTEXT now = get(standing.thread);
    CHECK(now.Dr0 == at(&shared_word) && !now.Dr1 && !now.Dr2 && now.Dr3 == 0x7fff'fffe'0000);
    CHECK(now.Dr7 == 0xffff'0155 && now.Dr6 == 0xe00f);
    // Those for all tasks and the guard of the registers are nobody's.
    CHECK(set(at(&shared_word), 0x22aa, standing.thread) == STATUS_SUCCESS);
    CHECK(has_none(get(standing.thread)));
}

TEST(a_write_stops_behind_it) {
    if (!there_are()) return;
    Noting noting;
    CHECK(set(at(bytes + 8), control(0, Writing, 1)) == STATUS_SUCCESS);
    write_to<UCHAR>(7), write_to<UCHAR>(9), read_from<UCHAR>(8);
    CHECK(stop_count == 0);
    write_to<UCHAR>(8);
    CHECK(stop_count == 1 && stops[0].status == 1 && bytes[8] == 7);
    CHECK((stops[0].parts & CONTEXT_ALL) == CONTEXT_ALL && !(stops[0].flags & kTrap));
    CHECK(get().Dr6 == 0 && get().Dr0 == at(bytes + 8));
    CHECK(set(at(bytes + 8), control(0, Writing, 2)) == STATUS_SUCCESS);
    write_to<UCHAR>(7), write_to<USHORT>(10), write_to<UCHAR>(9), write_to<USHORT>(8);
    CHECK(stop_count == 3);
    CHECK(set(at(bytes + 8), control(0, Writing, 4)) == STATUS_SUCCESS);
    write_to<ULONG>(12), write_to<UCHAR>(11), write_to<ULONG>(8);
    CHECK(stop_count == 5);
    CHECK(set(at(bytes + 8), control(0, Writing, 8)) == STATUS_SUCCESS);
    write_to<ULONG64>(16), write_to<UCHAR>(15), write_to<ULONG64>(8);
    CHECK(stop_count == 7);
    CHECK(set(0, 0) == STATUS_SUCCESS);
    write_to<ULONG64>(8);
    CHECK(stop_count == 7);
}

TEST(a_read_stops_behind_it) {
    if (!there_are()) return;
    Noting noting;
    CONTEXT context = debug_context(0, control(2, Access, 4) | control(1, Ports, 1));
    context.Dr2 = at(bytes + 20);
    CHECK(NtSetContextThread(NtCurrentThread(), &context) == STATUS_SUCCESS);
    read_from<ULONG>(24);
    CHECK(stop_count == 0);
    read_from<ULONG>(20);
    CHECK(stop_count == 1 && stops[0].status == 4);
    write_to<USHORT>(22);
    CHECK(stop_count == 2 && stops[1].status == 4);
}

TEST(an_instruction_is_stopped_at_once_and_then_runs) {
    if (!there_are()) return;
    Noting noting;
    const ULONG64 there = at(reinterpret_cast<void*>(row_of_steps)) + kSecondStep;
    CHECK(set(there, control(0, Execution, 1)) == STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; ++i)
        row_of_steps();
    CHECK(stop_count == 3);
    for (unsigned i = 0; i < 3; ++i)
        CHECK(stops[i].ip == there && stops[i].status == 1 && !(stops[i].flags & kTrap));
}

// As a hook does: off at the breakpoint, one step, and on again.
TEST(a_handler_changes_them) {
    if (!there_are()) return;
    Noting noting([](CONTEXT& context) -> LONG {
        const ULONG64 second = at(reinterpret_cast<void*>(row_of_steps)) + kSecondStep;
        if (context.Rip == second) {
            context.Dr7 = 0;
            context.EFlags |= kTrap;
        } else {
            context.Dr0 = second;
            context.Dr7 = control(0, Execution, 1);
        }
        return EXCEPTION_CONTINUE_EXECUTION;
    });
    const ULONG64 start = at(reinterpret_cast<void*>(row_of_steps));
    CHECK(set(start + kSecondStep, control(0, Execution, 1)) == STATUS_SUCCESS);
    row_of_steps();
    row_of_steps();
    CHECK(stop_count == 4);
    for (unsigned i = 0; i < 4; i += 2)
        CHECK(stops[i].ip == start + kSecondStep && stops[i + 1].ip == start + kThirdStep);
}

// Both flags at once: the instruction runs, and the thread stops behind it.
TEST(a_step_from_a_breakpoint) {
    if (!there_are()) return;
    Noting noting([](CONTEXT& context) -> LONG {
        if (stop_count < 3) context.EFlags |= kTrap | kResume;
        return EXCEPTION_CONTINUE_EXECUTION;
    });
    const ULONG64 start = at(reinterpret_cast<void*>(row_of_steps));
    CONTEXT context = debug_context(start + kSecondStep, control(0, Execution, 1) | control(3, Execution, 1));
    context.Dr3 = start + kFifthStep;
    CHECK(NtSetContextThread(NtCurrentThread(), &context) == STATUS_SUCCESS);
    row_of_steps();
    CHECK(stop_count == 4);
    CHECK(stops[0].ip == start + kSecondStep && stops[0].status == 1);
    CHECK(stops[1].ip == start + kThirdStep && stops[1].status == 0x4000);
    CHECK(stops[2].ip == start + kFourthStep && stops[2].status == 0x4000);
    CHECK(stops[3].ip == start + kFifthStep && stops[3].status == 8);
}

// The thread's first, to another place that has one too: the resume flag is the context's.
TEST(a_handler_goes_on_elsewhere) {
    if (!there_are()) return;
    Noting noting([](CONTEXT& context) -> LONG {
        const ULONG64 start = at(reinterpret_cast<void*>(row_of_steps));
        if (stop_count == 1) {
            context.Dr1 = start + kFourthStep;
            context.Dr7 |= control(1, Execution, 1);
            context.Rip = start + kFourthStep;
            context.EFlags &= ~kResume;
        }
        return EXCEPTION_CONTINUE_EXECUTION;
    });
    const ULONG64 start = at(reinterpret_cast<void*>(row_of_steps));
    CHECK(set(start, control(0, Execution, 1)) == STATUS_SUCCESS);
    row_of_steps();
    CHECK(stop_count == 2 && stops[1].ip == start + kFourthStep && stops[1].status == 2);
}

// What goes on without an exception keeps them, the x87 and SSE registers too.
TEST(contexts_go_on_beside_them) {
    if (!there_are()) return;
    Noting noting;
    CHECK(set(at(bytes), control(0, Writing, 1)) == STATUS_SUCCESS);
    const double number = 0.5;
    volatile double seen = 0;
    volatile unsigned passes = 0;
    CONTEXT context;
    asm volatile("movsd %0, %%xmm9" ::"m"(number) : "xmm9");
    RtlCaptureContext(&context);
    asm volatile("movsd %%xmm9, %0\n\txorps %%xmm9, %%xmm9" : "=m"(seen)::"xmm9");
    passes = passes + 1;
    if (passes == 1) RtlRestoreContext(&context, nullptr);
    CHECK(passes == 2 && seen == number);
    // An exception, and an unwind.
    CHECK(write_nowhere());
    CHECK(stop_count == 0);
    write_to<UCHAR>(0);
    CHECK(stop_count == 1);
}

TEST(threads_have_their_own) {
    if (!there_are()) return;
    Noting noting;
    CHECK(set(at(&shared_word), control(0, Writing, 4)) == STATUS_SUCCESS);
    const HANDLE thread = start_thread([](PVOID) -> NTSTATUS {
        shared_word = 1;
        return has_none(get()) ? 3 : 4;
    });
    NtWaitForSingleObject(thread, FALSE, nullptr);
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof(basic), nullptr);
    CHECK(basic.ExitStatus == 3 && stop_count == 0);
    CONTEXT context = debug_context(at(&shared_word), control(0, Writing, 4));
    CHECK(NtSetContextThread(thread, &context) != STATUS_SUCCESS);
    NtClose(thread);
}

// From another thread, before it has begun and while it runs.
TEST(others_set_them) {
    if (!there_are()) return;
    Noting noting([](CONTEXT& context) -> LONG {
        context.Dr7 = 0;
        return EXCEPTION_CONTINUE_EXECUTION;
    });
    const HANDLE thread = start_thread(
        [](PVOID) -> NTSTATUS {
            for (unsigned i = 0; i < 3; ++i)
                shared_word = static_cast<LONG>(i);
            return 0;
        },
        THREAD_CREATE_FLAGS_CREATE_SUSPENDED);
    CHECK(set(at(&shared_word), control(0, Writing, 4), thread) == STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    NtClose(thread);
    CHECK(stop_count == 1 && stops[0].status == 1);
    const HANDLE spinning = start_thread(spinning_thread);
    LARGE_INTEGER moment;
    moment.QuadPart = -200'000;
    NtDelayExecution(FALSE, &moment);
    NtSuspendThread(spinning, nullptr);
    CHECK(set(at(&shared_word), control(0, Writing, 4), spinning) == STATUS_SUCCESS);
    NtResumeThread(spinning, nullptr);
    NtDelayExecution(FALSE, &moment);
    CHECK(stop_count == 2);
    NtTerminateThread(spinning, 0);
    NtClose(spinning);
}

TEST(a_debugger_sets_them) {
    if (!there_are()) return;
    Debugger debugger;
    Child child(u"child", debugger.object);
    REQUIRE(child.status == STATUS_SUCCESS);
    // The loader's own, then the program's.
    REQUIRE(debugger.until(DbgBreakpointStateChange) && debugger.go_on() == STATUS_SUCCESS);
    REQUIRE(debugger.until(DbgBreakpointStateChange));
    const ULONG64 start = at(reinterpret_cast<void*>(row_of_steps));
    CONTEXT context = debug_context(at(&shared_word), control(0, Writing, 4) | control(1, Execution, 1));
    context.Dr1 = start + kSecondStep;
    CHECK(NtSetContextThread(child.thread, &context) == STATUS_SUCCESS);
    debugger.go_on();
    REQUIRE(debugger.until(DbgSingleStepStateChange));
    CONTEXT now = get(child.thread);
    CHECK(now.Dr6 == 1 && now.Dr7 == context.Dr7 && now.Dr1 == context.Dr1);
    LONG word = 0;
    NtReadVirtualMemory(child.process, const_cast<LONG*>(&shared_word), &word, sizeof(word), nullptr);
    CHECK(word == 5);
    debugger.go_on();
    REQUIRE(debugger.until(DbgSingleStepStateChange));
    CHECK(at(debugger.record().ExceptionAddress) == start + kSecondStep);
    now.ContextFlags = CONTEXT_ALL;
    CHECK(NtGetContextThread(child.thread, &now) == STATUS_SUCCESS && now.Dr6 == 2);
    // On from the breakpoint, by one step.
    now.EFlags |= kTrap;
    CHECK(NtSetContextThread(child.thread, &now) == STATUS_SUCCESS);
    debugger.go_on();
    REQUIRE(debugger.until(DbgSingleStepStateChange));
    CHECK(at(debugger.record().ExceptionAddress) == start + kThirdStep && get(child.thread).Dr6 == 0x4000);
    // Another exception says nothing of them.
    debugger.go_on();
    REQUIRE(debugger.until(DbgExitProcessStateChange));
    CHECK(debugger.change.StateInfo.ExitProcess.ExitStatus == 5);
    debugger.go_on();
}
