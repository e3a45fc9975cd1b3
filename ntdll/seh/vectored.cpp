// SPDX-License-Identifier: GPL-3.0-only
// Vectored handlers: process-wide callbacks before any frame's handler (exception) and after a decision
// (continue). A handler that is removed while it runs stays allocated until its call returns.
#include "ntdll/seh/seh.hpp"

namespace seh {
namespace {

struct Handler {
    LIST_ENTRY links;
    PVECTORED_EXCEPTION_HANDLER function;
    ULONG references;
};

struct HandlerList {
    LIST_ENTRY head;
    RTL_SRWLOCK lock;
};

HandlerList lists[2] = {{{&lists[0].head, &lists[0].head}, {}}, {{&lists[1].head, &lists[1].head}, {}}};

HandlerList& list_of(VectoredKind kind) {
    return lists[static_cast<unsigned>(kind)];
}

// Drops a reference; true when it was the last and the caller must free the handler.
bool release(Handler* handler) {
    if (--handler->references) return false;
    RemoveEntryList(&handler->links);
    return true;
}

PVOID add(VectoredKind kind, ULONG first, PVECTORED_EXCEPTION_HANDLER function) {
    auto* handler = static_cast<Handler*>(RtlAllocateHeap(rtl::process_heap(), 0, sizeof(Handler)));
    if (!handler) return nullptr;
    handler->function = function;
    handler->references = 1;
    HandlerList& list = list_of(kind);
    rtl::ExclusiveGuard guard(list.lock);
    (first ? InsertHeadList : InsertTailList)(&list.head, &handler->links);
    return handler;
}

ULONG remove(VectoredKind kind, PVOID handle) {
    HandlerList& list = list_of(kind);
    Handler* found = nullptr;
    bool last = false;
    {
        rtl::ExclusiveGuard guard(list.lock);
        for (PLIST_ENTRY link = list.head.Flink; link != &list.head && !found; link = link->Flink) {
            Handler* handler = CONTAINING_RECORD(link, Handler, links);
            if (handler == handle && handler->function) found = handler;
        }
        if (!found) return FALSE;
        found->function = nullptr;
        last = release(found);
    }
    if (last) RtlFreeHeap(rtl::process_heap(), 0, found);
    return TRUE;
}

}  // namespace

bool call_vectored(VectoredKind kind, PEXCEPTION_RECORD record, PCONTEXT context) {
    HandlerList& list = list_of(kind);
    if (IsListEmpty(&list.head)) return false;
    EXCEPTION_POINTERS pointers = {record, context};
    LONG verdict = EXCEPTION_CONTINUE_SEARCH;
    PLIST_ENTRY dead = nullptr;
    RtlAcquireSRWLockExclusive(&list.lock);
    for (PLIST_ENTRY link = list.head.Flink; link != &list.head && verdict != EXCEPTION_CONTINUE_EXECUTION;) {
        Handler* handler = CONTAINING_RECORD(link, Handler, links);
        const PVECTORED_EXCEPTION_HANDLER function = handler->function;
        ++handler->references;
        RtlReleaseSRWLockExclusive(&list.lock);
        if (function) verdict = function(&pointers);
        RtlAcquireSRWLockExclusive(&list.lock);
        link = link->Flink;
        if (release(handler)) {
            handler->links.Flink = dead;
            dead = &handler->links;
        }
    }
    RtlReleaseSRWLockExclusive(&list.lock);
    while (dead) {
        Handler* handler = CONTAINING_RECORD(dead, Handler, links);
        dead = dead->Flink;
        RtlFreeHeap(rtl::process_heap(), 0, handler);
    }
    return verdict == EXCEPTION_CONTINUE_EXECUTION;
}

}  // namespace seh

extern "C" {

PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler) {
    return seh::add(seh::VectoredKind::Exception, First, Handler);
}
ULONG NTAPI RtlRemoveVectoredExceptionHandler(PVOID Handle) {
    return seh::remove(seh::VectoredKind::Exception, Handle);
}
PVOID NTAPI RtlAddVectoredContinueHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler) {
    return seh::add(seh::VectoredKind::Continue, First, Handler);
}
ULONG NTAPI RtlRemoveVectoredContinueHandler(PVOID Handle) {
    return seh::remove(seh::VectoredKind::Continue, Handle);
}

}  // extern "C"
