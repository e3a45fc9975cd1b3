// SPDX-License-Identifier: GPL-3.0-only
// Raising exceptions from software, continuing a context, and the last filter at the bottom of a thread.
#include "ntdll/seh/seh.hpp"

#include "abi/nt/single_step.h"

namespace seh {
namespace {

PTOP_LEVEL_EXCEPTION_FILTER unhandled_filter;

// Answer of NtTestAlert, taken apart: is there an APC to run, and which.
struct Alert {
    bool apc;
    NTSTATUS status;
    PPS_APC_ROUTINE routine;
    PVOID context;
    PVOID argument1;
    PVOID argument2;
};

// NtTestAlert without the stub's dispatch, so that many APCs run one after another on the same stack.
Alert test_alert() {
    ULONG64 tag = static_cast<ULONG64>(NEPTUNE_SERVICE_NtTestAlert) << 12 | NEPTUNE_CALL_LENGTH;
    ULONG64 cptr = NEPTUNE_CPTR_SERVICE;
    ULONG64 number = static_cast<ULONG64>(-1);
    ULONG64 argument2;
    register ULONG64 status __asm__("r10") = 0;
    register ULONG64 routine __asm__("r8") = 0;
    register ULONG64 context __asm__("r9") = 0;
    register ULONG64 argument1 __asm__("r15") = 0;
    __asm__ volatile(
        "movq %%rsp, %%rax\n\t"
        "syscall\n\t"
        "movq %%rax, %%rsp\n\t"
        : "+S"(tag), "+D"(cptr), "+d"(number), "+r"(status), "+r"(routine), "+r"(context), "+r"(argument1)
        :
        : "rax", "rcx", "r11", "memory");
    __asm__ volatile("movq %%gs:0x2028, %0" : "=r"(argument2));
    return {tag >> 12 == NEPTUNE_REPLY_APC,
            static_cast<NTSTATUS>(status),
            reinterpret_cast<PPS_APC_ROUTINE>(routine),
            reinterpret_cast<PVOID>(context),
            reinterpret_cast<PVOID>(argument1),
            reinterpret_cast<PVOID>(argument2)};
}

void run_pending_apcs() {
    for (Alert alert = test_alert(); alert.apc; alert = test_alert()) {
        alert.routine(alert.context, alert.argument1, alert.argument2);
    }
}

// Fills the parts of `full` that `wanted` does not ask to change from the registers as they are now.
void complete(CONTEXT& full, const CONTEXT& wanted) {
    if ((wanted.ContextFlags & CONTEXT_CONTROL) == CONTEXT_CONTROL) {
        full.Rip = wanted.Rip;
        full.Rsp = wanted.Rsp;
        full.EFlags = wanted.EFlags;
    }
    if ((wanted.ContextFlags & CONTEXT_INTEGER) == CONTEXT_INTEGER) {
        const ULONG64 rsp = full.Rsp;
        rtl::copy(&full.Rax, &wanted.Rax, offsetof(CONTEXT, Rip) - offsetof(CONTEXT, Rax));
        full.Rsp = rsp;
    }
    if ((wanted.ContextFlags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT) {
        rtl::copy(&full.FltSave, &wanted.FltSave, sizeof(full.FltSave));
        full.MxCsr = wanted.MxCsr;
    }
    if ((wanted.ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS) {
        full.ContextFlags |= CONTEXT_DEBUG_REGISTERS;
        rtl::copy(&full.Dr0, &wanted.Dr0, offsetof(CONTEXT, Rax) - offsetof(CONTEXT, Dr0));
    }
    full.MxCsr &= 0xffff;
    full.FltSave.MxCsr = full.MxCsr;
}

// Breakpoints in debug registers are the Executive's to set; and where there are some, the resume flag has to
// be loaded, and no stack touched on the way.
bool is_for_executive(const CONTEXT& context) {
    constexpr ULONG64 enabled = 0x55;  // of DR7
    const bool given = (context.ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS;
    const auto teb = reinterpret_cast<ULONG_PTR>(rtl::teb());
    return (given && (context.Dr7 & enabled)) ||
           *reinterpret_cast<const volatile ULONG64*>(teb + NEPTUNE_BREAKPOINTS);
}

// REQUIRES: it is complete. Returns what the Executive has against it.
NTSTATUS load(const CONTEXT& context) {
    if (is_for_executive(context)) return KiContinueByService(&context);
    KiLoadContext(&context);
}

// A frame of its own: the copy is big, and the stack may be almost used up where the whole context is given.
__attribute__((noinline)) NTSTATUS continue_partial(const CONTEXT& wanted) {
    CONTEXT full;
    RtlCaptureContext(&full);
    complete(full, wanted);
    return load(full);
}

}  // namespace
}  // namespace seh

extern "C" {

// Returns only when the context cannot be continued.
NTSTATUS NTAPI NtContinue(const CONTEXT* ThreadContext, BOOLEAN RaiseAlert) {
    if (reinterpret_cast<ULONG_PTR>(ThreadContext) & 15) return STATUS_DATATYPE_MISALIGNMENT;
    if (!(ThreadContext->ContextFlags & CONTEXT_AMD64)) return STATUS_INVALID_PARAMETER;
    if ((ThreadContext->ContextFlags & CONTEXT_CONTROL) != CONTEXT_CONTROL) return STATUS_INVALID_PARAMETER;
    if (RaiseAlert) seh::run_pending_apcs();
    if ((ThreadContext->ContextFlags & CONTEXT_FULL) == CONTEXT_FULL) return seh::load(*ThreadContext);
    return seh::continue_partial(*ThreadContext);
}

NTSTATUS NTAPI ZwContinue(const CONTEXT* ThreadContext, BOOLEAN RaiseAlert) {
    return NtContinue(ThreadContext, RaiseAlert);
}

void NTAPI RtlRaiseException(PEXCEPTION_RECORD Record) {
    CONTEXT context;
    RtlCaptureContext(&context);
    ULONG64 base;
    PVOID data;
    ULONG64 frame;
    if (PRUNTIME_FUNCTION own = RtlLookupFunctionEntry(context.Rip, &base, nullptr)) {
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, own, &context, &data, &frame, nullptr);
    }
    Record->ExceptionAddress = reinterpret_cast<PVOID>(context.Rip);
    NTSTATUS status;
    if (rtl::peb()->BeingDebugged) {
        // The debugger is told first; what it does not handle comes back by KiUserExceptionDispatcher.
        status = NtRaiseException(Record, &context, TRUE);
    } else if (RtlDispatchException(Record, &context)) {
        status = NtContinue(&context, FALSE);
    } else {
        status = NtRaiseException(Record, &context, FALSE);
    }
    NtTerminateProcess(NtCurrentProcess(), status);
    __builtin_trap();
}

void NTAPI RtlRaiseStatus(NTSTATUS Status) {
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = Status;
    record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    RtlRaiseException(&record);
    __builtin_trap();
}

void NTAPI RtlSetUnhandledExceptionFilter(PTOP_LEVEL_EXCEPTION_FILTER Filter) {
    seh::unhandled_filter = Filter;
}

LONG NTAPI RtlUnhandledExceptionFilter(PEXCEPTION_POINTERS ExceptionInfo) {
    return seh::unhandled_filter ? seh::unhandled_filter(ExceptionInfo) : EXCEPTION_CONTINUE_SEARCH;
}

// The language handler of RtlUserThreadStart, the outermost frame. Without a filter the search goes on to
// nothing, and the Executive reports the program.
EXCEPTION_DISPOSITION KiThreadStartHandler(PEXCEPTION_RECORD record, PVOID, PCONTEXT context,
                                           PDISPATCHER_CONTEXT) {
    if (IS_UNWINDING(record->ExceptionFlags)) return ExceptionContinueSearch;
    EXCEPTION_POINTERS pointers = {record, context};
    const LONG verdict = RtlUnhandledExceptionFilter(&pointers);
    if (verdict == EXCEPTION_CONTINUE_EXECUTION) return ExceptionContinueExecution;
    if (verdict == EXCEPTION_EXECUTE_HANDLER) NtTerminateProcess(NtCurrentProcess(), record->ExceptionCode);
    return ExceptionContinueSearch;
}

void NTAPI RtlCopyContext(PCONTEXT Destination, ULONG ContextFlags, PCONTEXT Source) {
    CONTEXT wanted = *Source;
    wanted.ContextFlags = ContextFlags;
    seh::complete(*Destination, wanted);
    Destination->ContextFlags |= ContextFlags;
}

// Not inlined: its callers count its own frame.
__attribute__((noinline)) ULONG NTAPI RtlWalkFrameChain(PVOID* Callers, ULONG Count, ULONG) {
    CONTEXT context;
    RtlCaptureContext(&context);
    const seh::StackBounds stack = seh::stack_bounds();
    seh::Frame frame = {};
    ULONG found = 0;
    // The first step leaves this function itself.
    while (frame.step(context, UNW_FLAG_NHANDLER, stack) && context.Rip && found < Count) {
        Callers[found++] = reinterpret_cast<PVOID>(context.Rip);
        if (context.Rsp >= stack.high) break;
    }
    return found;
}

USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID* BackTrace,
                                      PULONG BackTraceHash) {
    constexpr ULONG limit = 128;
    PVOID frames[limit];
    // The walk's first entry is the return address into this function.
    const ULONG skip = FramesToSkip + 1;
    if (skip >= limit) return 0;
    ULONG wanted = FramesToCapture > limit - skip ? limit - skip : FramesToCapture;
    const ULONG found = RtlWalkFrameChain(frames, skip + wanted, 0);
    if (found <= skip) return 0;
    wanted = found - skip;
    ULONG hash = 0;
    for (ULONG i = 0; i < wanted; ++i) {
        BackTrace[i] = frames[skip + i];
        hash += static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(BackTrace[i]));
    }
    if (BackTraceHash) *BackTraceHash = hash;
    return static_cast<USHORT>(wanted);
}

}  // extern "C"
