// SPDX-License-Identifier: GPL-3.0-only
// Completions of requests on files. One port collects them for all pools; a thread passes them on to the
// objects.
#include "ntdll/tp/pool.hpp"

namespace tp {
namespace {

struct Completion {
    LIST_ENTRY links;
    PVOID apc_context;
    IO_STATUS_BLOCK status;
};

struct Io;
// Where the object lies is the compiler's matter, since it derives from another.
struct Link {
    LIST_ENTRY entry;
    Io* io;
};

// What a program has as its PTP_IO. libwine's kernelbase keeps the program's callback in the first eight
// bytes.
struct Handle {
    PVOID of_kernelbase;
    Io* io;
};

struct Io : Object {
    Link all;
    Handle handle;
    LIST_ENTRY completions;
    ULONG started;  // requests that TpStartAsyncIoOperation announced, each with a reference
    ULONG skipped;  // those of them that nobody waits for any more
    Completion* arriving;
};

RTL_SRWLOCK lock;
LIST_ENTRY all = {&all, &all};
HANDLE port;
RTL_RUN_ONCE once;

// The object of a key, with a reference, if there still is one.
Io* find(PVOID key) {
    rtl::SharedGuard guard(lock);
    for (PLIST_ENTRY link = all.Flink; link != &all; link = link->Flink) {
        Io* io = CONTAINING_RECORD(link, Link, entry)->io;
        if (io != key) continue;
        for (LONG refs = io->refs; refs;) {
            if (__atomic_compare_exchange_n(&io->refs, &refs, refs + 1, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE))
                return io;
        }
        return nullptr;
    }
    return nullptr;
}

Completion* new_completion() {
    for (;;) {
        if (auto* completion = static_cast<Completion*>(allocate(sizeof(Completion)))) return completion;
        LARGE_INTEGER interval;
        interval.QuadPart = -100000;
        NtDelayExecution(FALSE, &interval);
    }
}

void note(Object& object, ULONG_PTR completion) {
    InsertTailList(&static_cast<Io&>(object).completions, &reinterpret_cast<Completion*>(completion)->links);
}

// True if the request had been announced, and its reference is to be dropped.
bool end_request(Io& io, bool& skip) {
    rtl::ExclusiveGuard guard(io.pool->lock);
    skip = io.skipped != 0;
    if (skip) --io.skipped;
    if (!io.started) return false;
    --io.started;
    if (skip) RtlWakeAllConditionVariable(&io.finished);
    return true;
}

void arrive(Io& io, PVOID apc_context, const IO_STATUS_BLOCK& status) {
    bool skip;
    Completion* completion = new_completion();
    completion->apc_context = apc_context;
    completion->status = status;
    const bool announced = end_request(io, skip);
    if (skip) {
        free(completion);
    } else {
        post(io, note, reinterpret_cast<ULONG_PTR>(completion));
    }
    if (announced) dereference(io);
    dereference(io);
}

NTSTATUS NTAPI port_thread(PVOID) {
    for (;;) {
        PVOID key;
        PVOID apc_context;
        IO_STATUS_BLOCK status;
        if (NtRemoveIoCompletion(port, &key, &apc_context, &status, nullptr) != STATUS_SUCCESS) continue;
        if (Io* io = find(key)) arrive(*io, apc_context, status);
    }
}

ULONG NTAPI make_port(PRTL_RUN_ONCE, PVOID, PVOID*) {
    if (!NT_SUCCESS(NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0))) return FALSE;
    if (NT_SUCCESS(start_thread(port_thread, nullptr, nullptr))) return TRUE;
    NtClose(port);
    return FALSE;
}

NTSTATUS associate(HANDLE file, Io* io) {
    if (RtlRunOnceExecuteOnce(&once, make_port, nullptr, nullptr) != 0) return STATUS_NO_MEMORY;
    FILE_COMPLETION_INFORMATION information = {port, io};
    IO_STATUS_BLOCK status;
    return NtSetInformationFile(file, &status, &information, sizeof(information), FileCompletionInformation);
}

ULONG_PTR dequeue(Object& object) {
    return reinterpret_cast<ULONG_PTR>(
        CONTAINING_RECORD(RemoveHeadList(&static_cast<Io&>(object).completions), Completion, links));
}
void drop(Object& object, ULONG count) {
    for (; count; --count)
        free(reinterpret_cast<PVOID>(dequeue(object)));
}
bool outstanding(Object& object) {
    const Io& io = static_cast<Io&>(object);
    return io.started > io.skipped;
}
void destroy(Object& object) {
    rtl::ExclusiveGuard guard(lock);
    RemoveEntryList(&static_cast<Io&>(object).all.entry);
}
PTP_IO handle_of(Io& io) {
    return reinterpret_cast<PTP_IO>(&io.handle);
}
void run_io(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR token) {
    auto* completion = reinterpret_cast<Completion*>(token);
    IO_STATUS_BLOCK status = completion->status;
    PVOID apc_context = completion->apc_context;
    free(completion);
    reinterpret_cast<PTP_IO_CALLBACK>(object.callback)(instance, object.context, apc_context, &status,
                                                       handle_of(static_cast<Io&>(object)));
}
// Callbacks of RtlSetIoCompletionCallback belong to no object that anybody sees.
void run_bare(Object& object, PTP_CALLBACK_INSTANCE, ULONG_PTR token) {
    auto* completion = reinterpret_cast<Completion*>(token);
    const IO_STATUS_BLOCK status = completion->status;
    PVOID apc_context = completion->apc_context;
    free(completion);
    reinterpret_cast<RTL_IO_COMPLETION_CALLBACK>(object.callback)(
        static_cast<ULONG>(status.Status), static_cast<ULONG>(status.Information), apc_context);
}

NTSTATUS create_io(Io** result, HANDLE file, PVOID callback, PVOID context, PTP_CALLBACK_ENVIRON environ) {
    Object* object;
    NTSTATUS status = create(&object, sizeof(Io), Kind::Io, callback, context, environ);
    if (!NT_SUCCESS(status)) return status;
    Io* io = static_cast<Io*>(object);
    io->run = run_io;
    io->dequeue = dequeue;
    io->drop = drop;
    io->outstanding = outstanding;
    io->destroy = destroy;
    InitializeListHead(&io->completions);
    {
        rtl::ExclusiveGuard guard(lock);
        io->all.io = io->handle.io = io;
        InsertTailList(&all, &io->all.entry);
    }
    status = associate(file, io);
    if (!NT_SUCCESS(status)) {
        release(*io);
        return status;
    }
    *result = io;
    return STATUS_SUCCESS;
}

Io& io_of(PTP_IO io) {
    return *reinterpret_cast<Handle*>(io)->io;
}

}  // namespace
}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO* Result, HANDLE File, PTP_IO_CALLBACK Callback, PVOID Context,
                                   PTP_CALLBACK_ENVIRON Environ) {
    Io* io;
    const NTSTATUS status = create_io(&io, File, reinterpret_cast<PVOID>(Callback), Context, Environ);
    if (NT_SUCCESS(status)) *Result = handle_of(*io);
    return status;
}

void NTAPI TpStartAsyncIoOperation(PTP_IO Object) {
    Io& io = io_of(Object);
    rtl::ExclusiveGuard guard(io.pool->lock);
    reference(io);
    ++io.started;
}

void NTAPI TpCancelAsyncIoOperation(PTP_IO Object) {
    Io& io = io_of(Object);
    {
        rtl::ExclusiveGuard guard(io.pool->lock);
        if (!io.started) return;
        --io.started;
        if (io.skipped > io.started) io.skipped = io.started;
        RtlWakeAllConditionVariable(&io.finished);
    }
    dereference(io);
}

void NTAPI TpWaitForIoCompletion(PTP_IO Object, ULONG CancelPending) {
    Io& io = io_of(Object);
    if (CancelPending) {
        rtl::ExclusiveGuard guard(io.pool->lock);
        io.skipped = io.started;
    }
    tp::wait(io, CancelPending != 0);
}

void NTAPI TpReleaseIoCompletion(PTP_IO Object) {
    release(io_of(Object));
}

NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE File, RTL_IO_COMPLETION_CALLBACK Callback, ULONG Flags) {
    TP_CALLBACK_ENVIRON environ = {};
    environ.Version = 1;
    environ.u.s.LongFunction = (Flags & WT_EXECUTELONGFUNCTION) != 0;
    Io* io;
    const NTSTATUS status = create_io(&io, File, reinterpret_cast<PVOID>(Callback), nullptr, &environ);
    // It lives as long as the process: nothing tells when the file is gone.
    if (NT_SUCCESS(status)) io->run = run_bare;
    return status;
}

}  // extern "C"
