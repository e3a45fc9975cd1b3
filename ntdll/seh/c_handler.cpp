// SPDX-License-Identifier: GPL-3.0-only
// __C_specific_handler: the language handler behind every __try block a C compiler makes. Scopes are listed
// inner first; ScopeIndex remembers how far an unwind came, so that no __finally block runs twice.
#include "ntdll/seh/seh.hpp"

namespace {

struct Scopes {
    const SCOPE_TABLE* table;
    ULONG64 base;
    ULONG64 pc;

    ULONG count() const { return table->Count; }
    const auto& at(ULONG index) const { return table->ScopeRecord[index]; }
    bool covers(ULONG index) const { return pc >= at(index).BeginAddress && pc < at(index).EndAddress; }
    bool is_finally(ULONG index) const { return at(index).JumpTarget == 0; }
};

// Whether `target`, where an unwind within this function goes on, lies inside scope `index` or is its
// handler. A scope may be split into several ranges, which then share handler and jump target.
bool stays_inside(const Scopes& scopes, ULONG index, ULONG64 target) {
    const auto& scope = scopes.at(index);
    if (!scopes.is_finally(index) && scope.JumpTarget == target) return true;
    for (ULONG i = 0; i < scopes.count(); ++i) {
        const auto& part = scopes.at(i);
        if (target >= part.BeginAddress && target < part.EndAddress && part.JumpTarget == scope.JumpTarget &&
            part.HandlerAddress == scope.HandlerAddress) {
            return true;
        }
    }
    return false;
}

EXCEPTION_DISPOSITION search(const Scopes& scopes, PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                             PDISPATCHER_CONTEXT dispatcher) {
    EXCEPTION_POINTERS pointers = {record, context};
    for (ULONG i = dispatcher->ScopeIndex; i < scopes.count(); ++i) {
        if (!scopes.covers(i) || scopes.is_finally(i)) continue;
        const ULONG handler = scopes.at(i).HandlerAddress;
        LONG verdict = EXCEPTION_EXECUTE_HANDLER;
        if (handler != EXCEPTION_EXECUTE_HANDLER) {
            verdict = reinterpret_cast<PEXCEPTION_FILTER>(scopes.base + handler)(&pointers, frame);
        }
        if (verdict < 0) return ExceptionContinueExecution;
        if (verdict > 0) {
            RtlUnwindEx(
                frame, reinterpret_cast<PVOID>(scopes.base + scopes.at(i).JumpTarget), record,
                reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(static_cast<ULONG>(record->ExceptionCode))),
                dispatcher->ContextRecord, dispatcher->HistoryTable);
        }
    }
    return ExceptionContinueSearch;
}

EXCEPTION_DISPOSITION unwind(const Scopes& scopes, PEXCEPTION_RECORD record, PVOID frame,
                             PDISPATCHER_CONTEXT dispatcher) {
    const ULONG64 target = dispatcher->TargetIp - scopes.base;
    for (ULONG i = dispatcher->ScopeIndex; i < scopes.count(); ++i) {
        if (!scopes.covers(i)) continue;
        if (IS_TARGET_UNWIND(record->ExceptionFlags) && stays_inside(scopes, i, target)) break;
        if (!scopes.is_finally(i)) continue;
        dispatcher->ScopeIndex = i + 1;
        reinterpret_cast<PTERMINATION_HANDLER>(scopes.base + scopes.at(i).HandlerAddress)(TRUE, frame);
    }
    return ExceptionContinueSearch;
}

}  // namespace

extern "C" EXCEPTION_DISPOSITION __C_specific_handler(PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                                                      PCONTEXT Context,
                                                      PDISPATCHER_CONTEXT DispatcherContext) {
    const Scopes scopes{static_cast<const SCOPE_TABLE*>(DispatcherContext->HandlerData),
                        DispatcherContext->ImageBase,
                        DispatcherContext->ControlPc - DispatcherContext->ImageBase};
    if (IS_UNWINDING(Record->ExceptionFlags))
        return unwind(scopes, Record, EstablisherFrame, DispatcherContext);
    return search(scopes, Record, EstablisherFrame, Context, DispatcherContext);
}
