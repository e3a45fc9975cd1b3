// SPDX-License-Identifier: GPL-3.0-only
// Faults by their cause, single steps, and the context of a thread before its first.
#include "tests/system/test.h"

namespace {

__attribute__((noinline)) NTSTATUS code_of(void (*action)()) {
    __try {
        action();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return static_cast<NTSTATUS>(_exception_code());
    }
    return STATUS_SUCCESS;
}

// 2^31 / -1 and 2^63 / -1 do not fit.
__attribute__((noinline)) void divide_overflow() {
    asm volatile("mov $0x80000000, %%eax\n\tcltd\n\tmov $-1, %%ecx\n\tidiv %%ecx" ::: "rax", "rcx", "rdx");
}
__attribute__((noinline)) void divide_overflow_memory() {
    volatile LONG64 divisor = -1;
    asm volatile("mov $0x8000000000000000, %%rax\n\tcqto\n\tidivq %0" ::"m"(divisor) : "rax", "rdx");
}
__attribute__((noinline)) void divide_memory() {
    volatile SHORT divisor = 0;
    asm volatile("mov $1, %%eax\n\txor %%edx, %%edx\n\tdivw %0" ::"m"(divisor) : "rax", "rdx");
}
__attribute__((noinline)) void divide_high_byte() {
    asm volatile("mov $0x100, %%ecx\n\tmov $0x7fff, %%eax\n\tdivb %%ch" ::: "rax", "rcx");
}

TEST(divisions) {
    CHECK(code_of(divide_overflow) == STATUS_INTEGER_OVERFLOW);
    CHECK(code_of(divide_overflow_memory) == STATUS_INTEGER_OVERFLOW);
    CHECK(code_of(divide_memory) == STATUS_INTEGER_DIVIDE_BY_ZERO);
    CHECK(code_of(divide_high_byte) == STATUS_INTEGER_OVERFLOW);
}

void control_word(USHORT word) {
    asm volatile("fnclex\n\tfldcw %0" ::"m"(word));
}
void control_sse(ULONG word) {
    asm volatile("ldmxcsr %0" ::"m"(word));
}
__attribute__((noinline)) void x87_divide() {
    control_word(0x27f & ~4);
    asm volatile("fld1\n\tfldz\n\tfdivrp\n\tfwait\n\tfstp %%st(0)" ::: "memory");
}
__attribute__((noinline)) void x87_invalid() {
    control_word(0x27f & ~1);
    asm volatile("fldz\n\tfldz\n\tfdivrp\n\tfwait\n\tfstp %%st(0)" ::: "memory");
}
// What the handler of a floating-point exception computes with.
ULONG modes_seen;
int look_at_modes() {
    USHORT control;
    ULONG sse;
    asm volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(control), "=m"(sse));
    modes_seen = sse << 16 | control;
    asm volatile("fld1\n\tfstp %%st(0)\n\tfwait" ::: "memory");
    return EXCEPTION_EXECUTE_HANDLER;
}

// QEMU's own processor raises no SSE exceptions and no stack faults: those are tested on the host.
TEST(floating_point_causes) {
    CHECK(code_of(x87_divide) == STATUS_FLOAT_DIVIDE_BY_ZERO);
    CHECK(code_of(x87_invalid) == STATUS_FLOAT_INVALID_OPERATION);
    __try {
        x87_divide();
    } __except (look_at_modes()) {
    }
    CHECK(modes_seen == (0x1f80u << 16 | 0x27f));
    asm volatile("fninit");
    control_word(0x27f);
    control_sse(0x1f80);
}

__attribute__((noinline)) void icebp() {
    asm volatile(".byte 0xf1");
}

// Each instruction of a row of them is stepped over: the handler sets the trap flag, which it sees clear.
ULONG64 steps[8];
unsigned step_count;
bool flag_seen;
extern "C" void stepped_code();
__asm__(".globl stepped_code\nstepped_code:\n\tint3\n\tnop\n\tmov $1, %eax\n\tadd $2, %eax\n\tret\n");

LONG NTAPI step(PEXCEPTION_POINTERS pointers) {
    CONTEXT& context = *pointers->ContextRecord;
    const NTSTATUS code = pointers->ExceptionRecord->ExceptionCode;
    if (code != STATUS_BREAKPOINT && code != STATUS_SINGLE_STEP) return EXCEPTION_CONTINUE_SEARCH;
    if (code == STATUS_BREAKPOINT) ++context.Rip;
    if (context.EFlags & 0x100) flag_seen = true;
    if (code == STATUS_SINGLE_STEP && step_count < 8) steps[step_count++] = context.Rip;
    if (step_count < 3) context.EFlags |= 0x100;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(single_steps) {
    CHECK(code_of(icebp) == STATUS_SINGLE_STEP);
    step_count = 0;
    flag_seen = false;
    PVOID handler = RtlAddVectoredExceptionHandler(TRUE, step);
    stepped_code();
    RtlRemoveVectoredExceptionHandler(handler);
    const auto start = reinterpret_cast<ULONG64>(&stepped_code);
    CHECK(step_count == 3);
    CHECK(steps[0] == start + 2);
    CHECK(steps[1] == start + 7);
    CHECK(steps[2] == start + 10);
    CHECK(!flag_seen);
}

volatile PVOID given;

NTSTATUS NTAPI take(PVOID parameter) {
    given = parameter;
    return 11;
}

PVOID thread_start() {
    UNICODE_STRING dll = RTL_CONSTANT_STRING(u"ntdll.dll");
    ANSI_STRING name;
    RtlInitAnsiString(&name, "RtlUserThreadStart");
    PVOID base = nullptr, address = nullptr;
    LdrGetDllHandle(nullptr, nullptr, &dll, &base);
    LdrGetProcedureAddress(base, &name, 0, &address);
    return address;
}

// A thread that has not run shows where it will start, and can be sent elsewhere.
TEST(before_the_first_step) {
    HANDLE thread = nullptr;
    int one = 0, other = 0;
    REQUIRE(NT_SUCCESS(NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                        reinterpret_cast<PVOID>(icebp), &one,
                                        THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0, 0, nullptr)));
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    CHECK(NtGetContextThread(thread, &context) == STATUS_SUCCESS);
    CHECK(context.Rip == reinterpret_cast<ULONG64>(thread_start()));
    CHECK(context.Rcx == reinterpret_cast<ULONG64>(&icebp));
    CHECK(context.Rdx == reinterpret_cast<ULONG64>(&one));
    CHECK(context.MxCsr == INITIAL_MXCSR);
    CHECK(context.FltSave.ControlWord == INITIAL_FPCSR);
    context.ContextFlags = CONTEXT_INTEGER;
    context.Rcx = reinterpret_cast<ULONG64>(&take);
    context.Rdx = reinterpret_cast<ULONG64>(&other);
    CHECK(NtSetContextThread(thread, &context) == STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    CHECK(NtWaitForSingleObject(thread, FALSE, nullptr) == STATUS_SUCCESS);
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof(basic), nullptr);
    CHECK(basic.ExitStatus == 11);
    CHECK(given == &other);
    NtClose(thread);
}

}  // namespace
