// SPDX-License-Identifier: GPL-3.0-only
// Structured exceptions: dispatching (first pass, search), unwinding (second pass), and what both need: where
// a function's unwind data is, and what one step up the stack does to a context.
#pragma once

#include "ntdll/ntdll.hpp"

extern "C" {
// arch/context.S
DECLSPEC_NORETURN void KiLoadContext(const CONTEXT* context);
NTSTATUS KiContinueByService(const CONTEXT* context);
EXCEPTION_DISPOSITION KiCallExceptionHandler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                             PDISPATCHER_CONTEXT dispatcher, PEXCEPTION_ROUTINE handler);
EXCEPTION_DISPOSITION KiCallUnwindHandler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                          PDISPATCHER_CONTEXT dispatcher, PEXCEPTION_ROUTINE handler);
}

namespace seh {

// The part of the thread's stack frames may lie in.
struct StackBounds {
    ULONG64 low;
    ULONG64 high;
    bool holds_frame(ULONG64 frame) const { return frame >= low && frame < high && (frame & 7) == 0; }
};
inline StackBounds stack_bounds() {
    PTEB teb = rtl::teb();
    return {reinterpret_cast<ULONG64>(teb->NtTib.StackLimit),
            reinterpret_cast<ULONG64>(teb->NtTib.StackBase)};
}

// One frame of a walk up the stack. `context` is that of the frame's caller after step().
struct Frame {
    DISPATCHER_CONTEXT dispatcher;

    // Unwinds `context` by one function and describes it in `dispatcher`. False: the frame lies outside the
    // stack.
    bool step(CONTEXT& context, ULONG handler_type, const StackBounds& stack);
};

// Frames that code compiled without tables pushes on TEB.ExceptionList; they count as part of the function
// whose frame they lie in.
inline PEXCEPTION_REGISTRATION_RECORD list_head() {
    return rtl::teb()->NtTib.ExceptionList;
}
inline bool list_entry_below(PEXCEPTION_REGISTRATION_RECORD entry, ULONG64 stack_pointer) {
    return entry != EXCEPTION_CHAIN_END && entry && reinterpret_cast<ULONG64>(entry) < stack_pointer;
}

enum class VectoredKind { Exception, Continue };
// True: a vectored handler asked to continue execution.
bool call_vectored(VectoredKind kind, PEXCEPTION_RECORD record, PCONTEXT context);

// The images whose function tables lookups search. Kept by the loader.
bool add_image(PVOID base, SIZE_T size, PRUNTIME_FUNCTION table, ULONG count);
void remove_image(PVOID base);
// Base of the image that holds `address`, or null.
PVOID image_of(PVOID address);

[[noreturn]] void raise_from(NTSTATUS status, PEXCEPTION_RECORD cause, PCONTEXT context);

}  // namespace seh
