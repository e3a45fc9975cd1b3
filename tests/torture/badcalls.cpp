// SPDX-License-Identifier: GPL-3.0-only
//
// Bad system calls, made without ntdll's stubs: every service with a wild pointer in every argument position,
// numbers that are no service, and messages of other lengths. The answer must be a status each time, and the
// process, the Executive and this program's own memory must be as before.
#include "abi/nt/neptune.h"
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

constexpr ULONG kArguments = 11;
constexpr ULONG kRegisters = 4;
constexpr ULONG64 kPoison = 0x5a5a5a5a5a5a5a5a;

struct Arguments {
    ULONG64 value[kArguments];
};

// The stub of a service, as the generator writes it, for any number and any message length.
ULONG call(ULONG64 number, ULONG64 length, const Arguments& arguments) {
    for (ULONG i = kRegisters; i < kArguments; ++i)
        asm volatile("movq %0, %%gs:(%1)" ::"r"(arguments.value[i]),
                     "r"(ULONG64{NEPTUNE_IPC_BUFFER_WORD(i)}));
    register ULONG64 first asm("r10") = arguments.value[0];
    register ULONG64 second asm("r8") = arguments.value[1];
    register ULONG64 third asm("r9") = arguments.value[2];
    register ULONG64 fourth asm("r15") = arguments.value[3];
    ULONG64 capability = NEPTUNE_CPTR_SERVICE;
    ULONG64 info = number << 12 | length;
    ULONG64 operation = ~0ull;
    asm volatile(
        "mov %%rsp, %%rax\n\t"
        "syscall\n\t"
        "mov %%rax, %%rsp"
        : "+D"(capability), "+S"(info), "+d"(operation), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth)
        :
        : "rax", "rcx", "r11", "memory");
    return static_cast<ULONG>(first);
}

// Services whose very purpose is to end, to wait for ever, or to print.
bool left_out(ULONG number) {
    switch (number) {
        case NEPTUNE_SERVICE_NtTerminateProcess:
        case NEPTUNE_SERVICE_NtTerminateThread:
        case NEPTUNE_SERVICE_NtDelayExecution:
        case NEPTUNE_SERVICE_NtWaitForAlertByThreadId:
        case NEPTUNE_SERVICE_NtWaitForKeyedEvent:
        case NEPTUNE_SERVICE_NtReleaseKeyedEvent:
        case NEPTUNE_SERVICE_NtShutdownSystem:
        case NEPTUNE_SERVICE_NtInitiatePowerAction:
        case NEPTUNE_SERVICE_NtContinue:
        case NEPTUNE_SERVICE_NtRaiseException:
        case NEPTUNE_SERVICE_NtRaiseHardError:
        case NEPTUNE_SERVICE_NtCallbackReturn:
        case NEPTUNE_SERVICE_NtDisplayString:
        case NEPTUNE_SERVICE_NtNeptuneLog:
        case NEPTUNE_SERVICE_NtNeptuneSetLog:
        case NEPTUNE_SERVICE_NtSystemDebugControl:
            return true;
        default:
            return false;
    }
}

constexpr ULONG64 kWild[] = {
    1,                   // below the lowest address
    0x0000000000010001,  // nothing mapped there
    0x000000007ffe0000,  // KUSER_SHARED_DATA: may be read, never written
    0x00007fffffffffff,  // the last byte of the user's half
    0x0000800000000000,  // not canonical
    0xffff800000000000,  // the kernel's half
    0xfffffffffffffff0,  // wraps when a length is added
};

bool alive() {
    LARGE_INTEGER counter;
    return NT_SUCCESS(NtQueryPerformanceCounter(&counter, nullptr));
}

ULONG last_service() {
    return NEPTUNE_SERVICE_NtNeptuneLog;
}

void wild_pointers() {
    for (const ULONG64 wild : kWild) {
        for (ULONG number = 0; number <= last_service(); ++number) {
            if (left_out(number)) continue;
            for (ULONG position = 0; position < kArguments; ++position) {
                Arguments arguments = {};
                arguments.value[position] = wild;
                call(number, NEPTUNE_CALL_LENGTH, arguments);
            }
            Arguments all;
            for (ULONG64& value : all.value)
                value = wild;
            call(number, NEPTUNE_CALL_LENGTH, all);
        }
        test::check("wild-pointer", alive(), "the system does not answer after", wild);
    }
}

void unknown_numbers() {
    const Arguments nothing = {};
    constexpr ULONG64 kNumbers[] = {0x7ff, 0x1000, 0xffff, 0xfffff, 0x8000000000000, 0xfffffffffffff};
    for (const ULONG64 number : kNumbers) {
        const ULONG status = call(number, NEPTUNE_CALL_LENGTH, nothing);
        test::check("unknown-service", status == static_cast<ULONG>(STATUS_INVALID_SYSTEM_SERVICE), "answers",
                    status);
    }
}

void odd_lengths() {
    const Arguments nothing = {};
    for (ULONG64 length = 0; length < 128; ++length)
        call(NEPTUNE_SERVICE_NtClose, length, nothing);
    for (ULONG64 extra = 1; extra < 4; ++extra)
        call(NEPTUNE_SERVICE_NtClose, NEPTUNE_CALL_LENGTH | extra << 7, nothing);
    test::check("odd-message-lengths", alive());
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    volatile ULONG64 guard[64];
    for (volatile ULONG64& word : guard)
        word = kPoison;
    unknown_numbers();
    odd_lengths();
    wild_pointers();
    bool intact = true;
    for (const volatile ULONG64& word : guard)
        intact = intact && word == kPoison;
    test::check("own-memory-intact", intact);
    test::end();
}
