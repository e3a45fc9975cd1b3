// SPDX-License-Identifier: GPL-3.0-only
// The second pass: run the termination handlers of every frame up to the target, then continue there.
#include "ntdll/seh/seh.hpp"

namespace seh {
namespace {

class Unwind {
public:
    Unwind(PVOID target_frame, PVOID target_ip, EXCEPTION_RECORD& record, PVOID value, CONTEXT& context)
        : record_(record),
          current_(context),
          stack_(stack_bounds()),
          target_(reinterpret_cast<ULONG64>(target_frame)),
          target_ip_(reinterpret_cast<ULONG64>(target_ip)),
          value_(reinterpret_cast<ULONG64>(value)) {}

    [[noreturn]] void run(PUNWIND_HISTORY_TABLE history);

private:
    void call_language_handlers();
    void call_list_handlers();
    void arrive(CONTEXT& context);
    [[noreturn]] void finish(CONTEXT& context);
    ULONG flags_for(ULONG64 frame) const {
        return (record_.ExceptionFlags & ~EXCEPTION_TARGET_UNWIND) |
               (frame == target_ ? EXCEPTION_TARGET_UNWIND : 0);
    }

    EXCEPTION_RECORD& record_;
    CONTEXT& current_;     // the frame being unwound
    CONTEXT caller_ = {};  // its caller
    const StackBounds stack_;
    const ULONG64 target_;
    const ULONG64 target_ip_;
    const ULONG64 value_;
    Frame frame_ = {};
};

void Unwind::arrive(CONTEXT& context) {
    context.Rax = value_;
    if (record_.ExceptionCode != STATUS_UNWIND_CONSOLIDATE) context.Rip = target_ip_;
}

void Unwind::finish(CONTEXT& context) {
    arrive(context);
    RtlRestoreContext(&context, &record_);
}

void Unwind::call_language_handlers() {
    DISPATCHER_CONTEXT& dispatcher = frame_.dispatcher;
    dispatcher.ScopeIndex = 0;
    bool again;
    bool collided = false;
    do {
        again = false;
        record_.ExceptionFlags =
            flags_for(dispatcher.EstablisherFrame) | (collided ? EXCEPTION_COLLIDED_UNWIND : 0);
        dispatcher.TargetIp = target_ip_;
        dispatcher.ContextRecord = &current_;
        current_.Rax = value_;
        const EXCEPTION_DISPOSITION disposition =
            KiCallUnwindHandler(&record_, reinterpret_cast<PVOID>(dispatcher.EstablisherFrame), &current_,
                                &dispatcher, dispatcher.LanguageHandler);
        record_.ExceptionFlags &= ~EXCEPTION_COLLIDED_UNWIND;
        if (disposition == ExceptionContinueSearch) return;
        if (disposition != ExceptionCollidedUnwind) {
            raise_from(STATUS_INVALID_DISPOSITION, &record_, &current_);
        }
        // The handler's frame was that of an older unwind: take over the frame it was at, past the scopes it
        // did.
        current_ = *dispatcher.ContextRecord;
        caller_ = current_;
        PVOID data;
        ULONG64 frame;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, dispatcher.ImageBase, dispatcher.ControlPc,
                         dispatcher.FunctionEntry, &caller_, &data, &frame, nullptr);
        dispatcher.ContextRecord = &current_;
        again = collided = true;
    } while (again);
}

// Frames on TEB.ExceptionList that belong to the function being left: tell each, and take it off the list.
void Unwind::call_list_handlers() {
    PTEB teb = rtl::teb();
    while (list_entry_below(teb->NtTib.ExceptionList, caller_.Rsp)) {
        PEXCEPTION_REGISTRATION_RECORD entry = teb->NtTib.ExceptionList;
        const ULONG64 address = reinterpret_cast<ULONG64>(entry);
        if (!stack_.holds_frame(address)) raise_from(STATUS_BAD_STACK, &record_, &current_);
        if (address == target_) finish(current_);
        record_.ExceptionFlags = flags_for(address);
        teb->NtTib.ExceptionList = entry->Next;
        const EXCEPTION_DISPOSITION disposition =
            KiCallUnwindHandler(&record_, entry, &current_, &frame_.dispatcher, entry->Handler);
        if (disposition != ExceptionContinueSearch && disposition != ExceptionCollidedUnwind) {
            raise_from(STATUS_INVALID_DISPOSITION, &record_, &current_);
        }
    }
}

void Unwind::run(PUNWIND_HISTORY_TABLE history) {
    frame_.dispatcher.HistoryTable = history;
    for (;;) {
        caller_ = current_;
        if (!frame_.step(caller_, UNW_FLAG_UHANDLER, stack_)) {
            raise_from(STATUS_BAD_STACK, &record_, &current_);
        }
        const ULONG64 reached = frame_.dispatcher.EstablisherFrame;
        if (target_ && reached > target_ && !list_entry_below(list_head(), caller_.Rsp)) {
            raise_from(STATUS_INVALID_UNWIND_TARGET, &record_, &current_);
        }
        if (frame_.dispatcher.LanguageHandler) call_language_handlers();
        call_list_handlers();
        if (frame_.dispatcher.EstablisherFrame == target_) finish(current_);
        current_ = caller_;
        if (!current_.Rip || current_.Rsp >= stack_.high) break;
    }
    // An exit unwind ends above the last frame.
    if (!target_) {
        NtTerminateThread(NtCurrentThread(), STATUS_UNWIND);
    }
    raise_from(STATUS_INVALID_UNWIND_TARGET, &record_, &current_);
}

using ConsolidateCallback = PVOID(NTAPI*)(PEXCEPTION_RECORD);

}  // namespace
}  // namespace seh

extern "C" {

void NTAPI RtlUnwindEx(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD Record, PVOID ReturnValue,
                       PCONTEXT Context, PUNWIND_HISTORY_TABLE HistoryTable) {
    RtlCaptureContext(Context);
    // Skip this function's own frame: the walk begins with the caller.
    ULONG64 base;
    if (PRUNTIME_FUNCTION own = RtlLookupFunctionEntry(Context->Rip, &base, HistoryTable)) {
        PVOID data;
        ULONG64 frame;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, Context->Rip, own, Context, &data, &frame, nullptr);
    }
    EXCEPTION_RECORD local = {};
    if (!Record) {
        local.ExceptionCode = STATUS_UNWIND;
        local.ExceptionAddress = reinterpret_cast<PVOID>(Context->Rip);
        Record = &local;
    }
    Record->ExceptionFlags |= EXCEPTION_UNWINDING | (TargetFrame ? 0 : EXCEPTION_EXIT_UNWIND);
    seh::Unwind unwind(TargetFrame, TargetIp, *Record, ReturnValue, *Context);
    unwind.run(HistoryTable);
}

void NTAPI RtlUnwind(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD Record, PVOID ReturnValue) {
    CONTEXT context;
    RtlUnwindEx(TargetFrame, TargetIp, Record, ReturnValue, &context, nullptr);
}

// Two exception codes carry more than a context: longjmp's buffer, and a callback that says where to go on.
void NTAPI RtlRestoreContext(PCONTEXT Context, PEXCEPTION_RECORD Record) {
    if (Record && Record->ExceptionCode == STATUS_LONGJUMP && Record->NumberParameters >= 1) {
        const auto* buffer = reinterpret_cast<const ULONG64*>(Record->ExceptionInformation[0]);
        DWORD64* const registers[] = {&Context->Rbx, &Context->Rsp, &Context->Rbp, &Context->Rsi,
                                      &Context->Rdi, &Context->R12, &Context->R13, &Context->R14,
                                      &Context->R15, &Context->Rip};
        for (unsigned i = 0; i < 10; ++i)
            *registers[i] = buffer[1 + i];
        Context->MxCsr = static_cast<ULONG>(buffer[11]);
        rtl::copy(&Context->Xmm6, buffer + 12, 10 * sizeof(M128A));
    } else if (Record && Record->ExceptionCode == STATUS_UNWIND_CONSOLIDATE &&
               Record->NumberParameters >= 1) {
        const auto callback = reinterpret_cast<seh::ConsolidateCallback>(Record->ExceptionInformation[0]);
        Context->Rip = reinterpret_cast<DWORD64>(callback(Record));
    }
    RtlRaiseStatus(NtContinue(Context, FALSE));
}

}  // extern "C"
