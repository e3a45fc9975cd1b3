// SPDX-License-Identifier: GPL-3.0-only
// The first pass: who handles this exception? Vectored handlers, then the handlers of each frame up the
// stack.
#include "ntdll/seh/refine.hpp"
#include "ntdll/seh/seh.hpp"

namespace seh {
namespace {

// What a walk over the handlers has come to.
enum class Verdict { Searching, Handled, StackInvalid };

class Search {
public:
    Search(PEXCEPTION_RECORD record, PCONTEXT context)
        : record_(*record),
          thrown_(*context),
          walk_(*context),
          stack_(stack_bounds()),
          list_(list_head()),
          flags_(record->ExceptionFlags & (EXCEPTION_NONCONTINUABLE | EXCEPTION_SOFTWARE_ORIGINATE)) {}

    bool run();

private:
    Verdict call(PEXCEPTION_ROUTINE handler, ULONG64 frame);
    Verdict language_handlers();
    Verdict list_handlers(ULONG64 limit);
    Verdict judge(EXCEPTION_DISPOSITION disposition);
    void resume_collided();

    EXCEPTION_RECORD& record_;
    CONTEXT& thrown_;
    CONTEXT walk_;
    const StackBounds stack_;
    PEXCEPTION_REGISTRATION_RECORD list_;
    Frame frame_ = {};
    ULONG64 nested_frame_ = 0;
    ULONG flags_;
    bool again_ = false;
};

void Search::resume_collided() {
    DISPATCHER_CONTEXT& dispatcher = frame_.dispatcher;
    walk_ = *dispatcher.ContextRecord;
    dispatcher.ContextRecord = &walk_;
    PVOID data;
    ULONG64 frame;
    RtlVirtualUnwind(UNW_FLAG_NHANDLER, dispatcher.ImageBase, dispatcher.ControlPc, dispatcher.FunctionEntry,
                     &walk_, &data, &frame, nullptr);
    again_ = true;
}

Verdict Search::judge(EXCEPTION_DISPOSITION disposition) {
    DISPATCHER_CONTEXT& dispatcher = frame_.dispatcher;
    switch (disposition) {
        case ExceptionContinueExecution:
            if (record_.ExceptionFlags & EXCEPTION_NONCONTINUABLE) {
                raise_from(STATUS_NONCONTINUABLE_EXCEPTION, &record_, &thrown_);
            }
            return Verdict::Handled;
        case ExceptionContinueSearch:
            return Verdict::Searching;
        case ExceptionNestedException:
            flags_ |= EXCEPTION_NESTED_CALL;
            if (dispatcher.EstablisherFrame > nested_frame_) nested_frame_ = dispatcher.EstablisherFrame;
            return Verdict::Searching;
        case ExceptionCollidedUnwind:
            // A frame of an unwind in progress: go on where that one was, `dispatcher` describes it now.
            resume_collided();
            return Verdict::Searching;
        default:
            raise_from(STATUS_INVALID_DISPOSITION, &record_, &thrown_);
    }
}

Verdict Search::call(PEXCEPTION_ROUTINE handler, ULONG64 frame) {
    record_.ExceptionFlags = flags_;
    const EXCEPTION_DISPOSITION disposition = KiCallExceptionHandler(&record_, reinterpret_cast<PVOID>(frame),
                                                                     &thrown_, &frame_.dispatcher, handler);
    flags_ |= record_.ExceptionFlags & EXCEPTION_NONCONTINUABLE;
    if (nested_frame_ == frame) {
        flags_ &= ~EXCEPTION_NESTED_CALL;
        nested_frame_ = 0;
    }
    return judge(disposition);
}

Verdict Search::language_handlers() {
    Verdict verdict;
    frame_.dispatcher.ScopeIndex = 0;
    do {
        again_ = false;
        verdict = call(frame_.dispatcher.LanguageHandler, frame_.dispatcher.EstablisherFrame);
    } while (again_);
    return verdict;
}

// Handlers on TEB.ExceptionList that lie below `limit`, the stack pointer of the frame's caller.
Verdict Search::list_handlers(ULONG64 limit) {
    while (list_entry_below(list_, limit)) {
        const ULONG64 address = reinterpret_cast<ULONG64>(list_);
        if (!stack_.holds_frame(address)) return Verdict::StackInvalid;
        PEXCEPTION_REGISTRATION_RECORD entry = list_;
        list_ = entry->Next;
        const Verdict verdict = call(entry->Handler, address);
        if (verdict != Verdict::Searching) return verdict;
    }
    return Verdict::Searching;
}

bool Search::run() {
    Verdict verdict = Verdict::Searching;
    while (verdict == Verdict::Searching) {
        if (!frame_.step(walk_, UNW_FLAG_EHANDLER, stack_)) {
            verdict = Verdict::StackInvalid;
            break;
        }
        if (frame_.dispatcher.LanguageHandler) verdict = language_handlers();
        if (verdict == Verdict::Searching) verdict = list_handlers(walk_.Rsp);
        if (!walk_.Rip || walk_.Rsp >= stack_.high) break;
    }
    if (verdict == Verdict::StackInvalid) flags_ |= EXCEPTION_STACK_INVALID;
    record_.ExceptionFlags = flags_;
    return verdict == Verdict::Handled;
}

}  // namespace

bool Frame::step(CONTEXT& context, ULONG handler_type, const StackBounds& stack) {
    const ULONG64 pc = context.Rip;
    const ULONG64 rsp = context.Rsp;
    dispatcher.ControlPc = pc;
    dispatcher.ContextRecord = &context;
    dispatcher.LanguageHandler = nullptr;
    dispatcher.HandlerData = nullptr;
    if (!stack.holds_frame(rsp)) return false;
    dispatcher.FunctionEntry = RtlLookupFunctionEntry(pc, &dispatcher.ImageBase, dispatcher.HistoryTable);
    if (dispatcher.FunctionEntry) {
        dispatcher.LanguageHandler =
            RtlVirtualUnwind(handler_type, dispatcher.ImageBase, pc, dispatcher.FunctionEntry, &context,
                             &dispatcher.HandlerData, &dispatcher.EstablisherFrame, nullptr);
    } else {
        dispatcher.EstablisherFrame = rsp;
        context.Rip = *reinterpret_cast<ULONG64*>(rsp);
        context.Rsp = rsp + 8;
    }
    return stack.holds_frame(dispatcher.EstablisherFrame) && (context.Rip != pc || context.Rsp > rsp);
}

void raise_from(NTSTATUS status, PEXCEPTION_RECORD cause, PCONTEXT context) {
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = status;
    record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    record.ExceptionRecord = cause;
    record.ExceptionAddress = reinterpret_cast<PVOID>(context->Rip);
    RtlRaiseException(&record);
    __builtin_trap();
}

}  // namespace seh

extern "C" {

BOOLEAN NTAPI RtlDispatchException(PEXCEPTION_RECORD Record, PCONTEXT Context) {
    using namespace seh;
    bool handled = call_vectored(VectoredKind::Exception, Record, Context);
    if (!handled) {
        Search search(Record, Context);
        handled = search.run();
    }
    if (handled) call_vectored(VectoredKind::Continue, Record, Context);
    return handled;
}

// Called by KiUserExceptionDispatcher. Never returns to the faulting code but through its context.
DECLSPEC_NORETURN void KiDispatchUserException(PEXCEPTION_RECORD record, PCONTEXT context) {
    NTSTATUS status;
    // A fault, not one that somebody raised by NtRaiseException.
    const bool fault = !record->ExceptionFlags && !record->NumberParameters && !record->ExceptionRecord &&
                       record->ExceptionAddress == reinterpret_cast<PVOID>(context->Rip);
    if (fault) seh::refine(*record, *context);
    if (RtlDispatchException(record, context)) {
        status = NtContinue(context, FALSE);
    } else {
        status = NtRaiseException(record, context, FALSE);
    }
    RtlRaiseStatus(status);
}

// The language handler of KiCallExceptionHandler's frame. While a handler runs, an exception in it passes
// here.
EXCEPTION_DISPOSITION KiNestedExceptionHandler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT,
                                               PDISPATCHER_CONTEXT dispatcher) {
    if (IS_UNWINDING(record->ExceptionFlags)) return ExceptionContinueSearch;
    const auto* inner = *reinterpret_cast<PDISPATCHER_CONTEXT*>(static_cast<char*>(frame) + 0x20);
    dispatcher->EstablisherFrame = inner->EstablisherFrame;
    return ExceptionNestedException;
}

// The language handler of KiCallUnwindHandler's frame: hand over the state of the unwind that was
// interrupted.
EXCEPTION_DISPOSITION KiCollidedUnwindHandler(PEXCEPTION_RECORD, PVOID frame, PCONTEXT,
                                              PDISPATCHER_CONTEXT dispatcher) {
    const auto* inner = *reinterpret_cast<PDISPATCHER_CONTEXT*>(static_cast<char*>(frame) + 0x20);
    const ULONG64 target = dispatcher->TargetIp;
    *dispatcher = *inner;
    dispatcher->TargetIp = target;
    return ExceptionCollidedUnwind;
}

}  // extern "C"
