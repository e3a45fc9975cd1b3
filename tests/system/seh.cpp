// SPDX-License-Identifier: GPL-3.0-only
// Structured exceptions: hardware faults, software exceptions, unwinding, vectored handlers, frames on the
// TEB.
#include "tests/system/test.h"

namespace {

int* volatile bad_pointer = reinterpret_cast<int*>(0x1234);
volatile int zero;
volatile int sink;
char trail[64];
unsigned trail_length;

void mark(char c) {
    if (trail_length + 1 < sizeof(trail)) trail[trail_length++] = c;
    trail[trail_length] = 0;
}
void clear_trail() {
    trail_length = 0;
    trail[0] = 0;
}
bool trail_is(const char* expected) {
    return strcmp(trail, expected) == 0;
}

__attribute__((noinline)) void read_bad() {
    sink = *bad_pointer;
}
__attribute__((noinline)) void write_bad() {
    *bad_pointer = 1;
}
__attribute__((noinline)) NTSTATUS code_of(void (*action)()) {
    __try {
        action();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return static_cast<NTSTATUS>(_exception_code());
    }
    return STATUS_SUCCESS;
}

struct Fault {
    NTSTATUS code;
    ULONG parameters;
    ULONG_PTR kind;
    ULONG_PTR address;
    ULONG64 rip;
    PVOID where;
};

int keep(EXCEPTION_POINTERS* pointers, Fault* fault) {
    const EXCEPTION_RECORD& record = *pointers->ExceptionRecord;
    *fault = {record.ExceptionCode,           record.NumberParameters,      record.ExceptionInformation[0],
              record.ExceptionInformation[1], pointers->ContextRecord->Rip, record.ExceptionAddress};
    return EXCEPTION_EXECUTE_HANDLER;
}

__attribute__((noinline)) void divide() {
    sink = 1000 / zero;
}
__attribute__((noinline)) void illegal() {
    __asm__ volatile("ud2");
}
__attribute__((noinline)) void breakpoint() {
    __asm__ volatile("int3");
}
__attribute__((noinline)) void privileged() {
    __asm__ volatile("hlt");
}

__attribute__((noinline)) void inner_finally() {
    __try {
        mark('a');
        read_bad();
        mark('X');
    } __finally {
        mark(_abnormal_termination() ? 'b' : 'Y');
    }
}

int filter_and_mark(char c, int verdict) {
    mark(c);
    return verdict;
}

int fix_rip(EXCEPTION_POINTERS* pointers, ULONG size) {
    pointers->ContextRecord->Rip += size;
    return EXCEPTION_CONTINUE_EXECUTION;
}

int commit_page(EXCEPTION_POINTERS* pointers) {
    PVOID page = reinterpret_cast<PVOID>(pointers->ExceptionRecord->ExceptionInformation[1]);
    SIZE_T size = 1;
    const NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &page, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(status) ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace

TEST(no_exception) {
    int value = 0;
    __try {
        value = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        value = 2;
    }
    CHECK(value == 1);
}

TEST(access_violation_read) {
    Fault fault = {};
    __try {
        read_bad();
    } __except (keep(static_cast<EXCEPTION_POINTERS*>(_exception_info()), &fault)) {
    }
    CHECK(fault.code == STATUS_ACCESS_VIOLATION);
    CHECK(fault.parameters == 2);
    CHECK(fault.kind == EXCEPTION_READ_FAULT);
    CHECK(fault.address == 0x1234);
    CHECK(fault.rip == reinterpret_cast<ULONG64>(fault.where));
    const ULONG64 offset = fault.rip - reinterpret_cast<ULONG64>(read_bad);
    CHECK(offset < 64);
}

TEST(access_violation_write) {
    Fault fault = {};
    __try {
        write_bad();
    } __except (keep(static_cast<EXCEPTION_POINTERS*>(_exception_info()), &fault)) {
    }
    CHECK(fault.code == STATUS_ACCESS_VIOLATION);
    CHECK(fault.kind == EXCEPTION_WRITE_FAULT);
    CHECK(fault.address == 0x1234);
}

TEST(hardware_codes) {
    CHECK(code_of(divide) == STATUS_INTEGER_DIVIDE_BY_ZERO);
    CHECK(code_of(illegal) == STATUS_ILLEGAL_INSTRUCTION);
    CHECK(code_of(breakpoint) == STATUS_BREAKPOINT);
    CHECK(code_of(privileged) == STATUS_PRIVILEGED_INSTRUCTION);
}

TEST(read_only_page) {
    PVOID base = nullptr;
    SIZE_T size = PAGE_SIZE;
    REQUIRE(NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                               PAGE_READONLY)));
    auto* page = static_cast<volatile int*>(base);
    Fault fault = {};
    CHECK(*page == 0);
    __try {
        *page = 1;
    } __except (keep(static_cast<EXCEPTION_POINTERS*>(_exception_info()), &fault)) {
    }
    CHECK(fault.code == STATUS_ACCESS_VIOLATION);
    CHECK(fault.kind == EXCEPTION_WRITE_FAULT);
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

TEST(finally_runs_once_in_order) {
    clear_trail();
    __try {
        inner_finally();
    } __except (filter_and_mark('f', EXCEPTION_EXECUTE_HANDLER)) {
        mark('h');
    }
    CHECK(trail_is("afbh"));
}

TEST(finally_without_exception) {
    clear_trail();
    __try {
        mark('a');
    } __finally {
        mark(_abnormal_termination() ? 'X' : 'b');
    }
    CHECK(trail_is("ab"));
}

TEST(inner_filter_declines) {
    clear_trail();
    __try {
        __try {
            read_bad();
        } __except (filter_and_mark('1', EXCEPTION_CONTINUE_SEARCH)) {
            mark('X');
        }
    } __except (filter_and_mark('2', EXCEPTION_EXECUTE_HANDLER)) {
        mark('3');
    }
    CHECK(trail_is("123"));
}

TEST(exception_in_handler) {
    clear_trail();
    __try {
        __try {
            read_bad();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            mark('a');
            divide();
        }
    } __except (_exception_code() == static_cast<unsigned long>(STATUS_INTEGER_DIVIDE_BY_ZERO)) {
        mark('b');
    }
    CHECK(trail_is("ab"));
}

namespace {
int filter_calls;
int faulty_filter() {
    mark('f');
    if (++filter_calls == 1) read_bad();
    return EXCEPTION_EXECUTE_HANDLER;
}
__attribute__((noinline)) ULONG fault_in_filter() {
    __try {
        divide();
    } __except (faulty_filter()) {
        mark('h');
        return _exception_code();
    }
    return 0;
}
__attribute__((noinline)) void fault_in_finally() {
    __try {
        read_bad();
    } __finally {
        mark('1');
        divide();
    }
}
}  // namespace

// The filter's own fault is an exception of its own; the guarded block that was searched is searched again
// from it.
TEST(nested_exception_in_filter) {
    clear_trail();
    filter_calls = 0;
    CHECK(fault_in_filter() == static_cast<ULONG>(STATUS_ACCESS_VIOLATION));
    CHECK(trail_is("ffh"));
}

// A fault in a termination handler collides with the unwind that called it.
TEST(collided_unwind) {
    clear_trail();
    ULONG code = 0;
    __try {
        __try {
            fault_in_finally();
        } __except (_exception_code() == static_cast<unsigned long>(STATUS_ACCESS_VIOLATION)) {
            mark('X');
        }
    } __except (code = _exception_code(), EXCEPTION_EXECUTE_HANDLER) {
        mark('h');
    }
    CHECK(code == static_cast<ULONG>(STATUS_INTEGER_DIVIDE_BY_ZERO));
    CHECK(trail_is("1h"));
}

TEST(continue_execution_after_skip) {
    int reached = 0;
    __try {
        illegal();
        reached = 1;
    } __except (fix_rip(static_cast<EXCEPTION_POINTERS*>(_exception_info()), 2)) {
    }
    CHECK(reached == 1);
}

TEST(continue_execution_commits_memory) {
    PVOID base = nullptr;
    SIZE_T size = 0x10000;
    REQUIRE(NT_SUCCESS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, PAGE_READWRITE)));
    auto* bytes = static_cast<volatile char*>(base);
    __try {
        bytes[0x3000] = 7;
        bytes[0x9000] = 8;
    } __except (commit_page(static_cast<EXCEPTION_POINTERS*>(_exception_info()))) {
    }
    CHECK(bytes[0x3000] == 7 && bytes[0x9000] == 8);
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

// The kernel shows nobody the XMM registers: ntdll's dispatcher has to save and restore them.
TEST(registers_survive_an_exception) {
    alignas(16) const ULONGLONG pattern[2] = {0x1122334455667788, 0x99aabbccddeeff00};
    alignas(16) ULONGLONG xmm7[2] = {};
    alignas(16) ULONGLONG xmm0[2] = {};
    ULONGLONG r12 = 0;
    ULONGLONG rcx = 0;
    __try {
        __asm__ volatile(
            "movaps %4, %%xmm7\n\t"
            "movaps %4, %%xmm0\n\t"
            "movabsq $0x123456789abcdef0, %%r12\n\t"
            "movabsq $0x0fedcba987654321, %%rcx\n\t"
            "ud2\n\t"
            "movaps %%xmm7, %0\n\t"
            "movaps %%xmm0, %1\n\t"
            "movq %%r12, %2\n\t"
            "movq %%rcx, %3\n\t"
            : "=m"(xmm7), "=m"(xmm0), "=m"(r12), "=m"(rcx)
            : "m"(pattern)
            : "xmm0", "xmm7", "r12", "rcx", "memory");
    } __except (fix_rip(static_cast<EXCEPTION_POINTERS*>(_exception_info()), 2)) {
    }
    CHECK(memcmp(xmm7, pattern, sizeof(pattern)) == 0);
    CHECK(memcmp(xmm0, pattern, sizeof(pattern)) == 0);
    CHECK(r12 == 0x123456789abcdef0);
    CHECK(rcx == 0x0fedcba987654321);
}

namespace {
__attribute__((noinline)) void raise_status() {
    RtlRaiseStatus(STATUS_DISK_FULL);
}
__attribute__((noinline)) void raise_with_parameters() {
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = static_cast<NTSTATUS>(0xe0001234);
    record.NumberParameters = 3;
    record.ExceptionInformation[0] = 11;
    record.ExceptionInformation[1] = 22;
    record.ExceptionInformation[2] = 33;
    RtlRaiseException(&record);
}
}  // namespace

TEST(raise_status_is_caught) {
    CHECK(code_of(raise_status) == STATUS_DISK_FULL);
}

TEST(raise_exception_carries_parameters) {
    Fault fault = {};
    __try {
        raise_with_parameters();
    } __except (keep(static_cast<EXCEPTION_POINTERS*>(_exception_info()), &fault)) {
    }
    CHECK(static_cast<ULONG>(fault.code) == 0xe0001234);
    CHECK(fault.parameters == 3 && fault.kind == 11 && fault.address == 22);
    CHECK(fault.rip - reinterpret_cast<ULONG64>(raise_with_parameters) < 256);
}

TEST(raise_exception_continues) {
    int reached = 0;
    __try {
        raise_with_parameters();
        reached = 1;
    } __except (EXCEPTION_CONTINUE_EXECUTION) {
    }
    CHECK(reached == 1);
}

namespace {
int vectored_calls;
LONG NTAPI skip_illegal(PEXCEPTION_POINTERS pointers) {
    ++vectored_calls;
    if (pointers->ExceptionRecord->ExceptionCode != STATUS_ILLEGAL_INSTRUCTION)
        return EXCEPTION_CONTINUE_SEARCH;
    pointers->ContextRecord->Rip += 2;
    return EXCEPTION_CONTINUE_EXECUTION;
}
LONG NTAPI count_only(PEXCEPTION_POINTERS) {
    ++vectored_calls;
    return EXCEPTION_CONTINUE_SEARCH;
}
}  // namespace

TEST(vectored_handlers) {
    vectored_calls = 0;
    PVOID first = RtlAddVectoredExceptionHandler(1, skip_illegal);
    PVOID second = RtlAddVectoredExceptionHandler(0, count_only);
    PVOID after = RtlAddVectoredContinueHandler(0, count_only);
    REQUIRE(first && second && after);
    illegal();
    CHECK(vectored_calls == 2);  // the first handler, then the continue handler
    CHECK(code_of(read_bad) == STATUS_ACCESS_VIOLATION);
    CHECK(vectored_calls == 4);
    CHECK(RtlRemoveVectoredContinueHandler(after));
    CHECK(RtlRemoveVectoredExceptionHandler(second));
    CHECK(RtlRemoveVectoredExceptionHandler(first));
    CHECK(!RtlRemoveVectoredExceptionHandler(first));
}

namespace {
int list_dispatched;
int list_unwound;

EXCEPTION_DISPOSITION NTAPI list_handler(PEXCEPTION_RECORD record, PVOID, PCONTEXT, PVOID) {
    ++(IS_UNWINDING(record->ExceptionFlags) ? list_unwound : list_dispatched);
    return ExceptionContinueSearch;
}

__attribute__((noinline)) void raise_below_list_frame() {
    EXCEPTION_REGISTRATION_RECORD frame = {NtCurrentTeb()->NtTib.ExceptionList, list_handler};
    NtCurrentTeb()->NtTib.ExceptionList = &frame;
    RtlRaiseStatus(STATUS_DISK_FULL);
}
}  // namespace

// Code compiled without tables registers frames on TEB.ExceptionList, on x64 too (Wine's DLLs do).
TEST(frames_on_the_teb) {
    CHECK(NtCurrentTeb()->NtTib.ExceptionList == EXCEPTION_CHAIN_END);
    CHECK(code_of(raise_below_list_frame) == STATUS_DISK_FULL);
    CHECK(list_dispatched == 1);
    CHECK(list_unwound == 1);
    CHECK(NtCurrentTeb()->NtTib.ExceptionList == EXCEPTION_CHAIN_END);
}

namespace {
volatile int depth_reached;
__attribute__((noinline)) int recurse(int depth) {
    volatile char block[2000];
    block[0] = static_cast<char>(depth);
    depth_reached = depth;
    if (depth < 0) return 0;
    const int deeper = recurse(depth + 1);
    return deeper + block[0];
}
void overflow_stack() {
    sink = recurse(0);
}
}  // namespace

TEST(stack_overflow) {
    CHECK(code_of(overflow_stack) == STATUS_STACK_OVERFLOW);
    CHECK(depth_reached > 10);
}

namespace {
__attribute__((noinline)) USHORT trace(PVOID* frames, ULONG count) {
    const USHORT found = RtlCaptureStackBackTrace(0, count, frames, nullptr);
    sink = found;  // or it would be a tail call
    return found;
}
}  // namespace

TEST(stack_back_trace) {
    PVOID frames[16] = {};
    const USHORT count = trace(frames, 16);
    CHECK(count >= 3);
    CHECK(reinterpret_cast<ULONG64>(frames[0]) - reinterpret_cast<ULONG64>(trace) < 128);
}

TEST(capture_and_restore_context) {
    volatile int passes = 0;
    CONTEXT context;
    RtlCaptureContext(&context);
    passes = passes + 1;
    if (passes == 1) RtlRestoreContext(&context, nullptr);
    CHECK(passes == 2);
}
