// SPDX-License-Identifier: GPL-3.0-only
//
// Cancelling requests: a thread's own on a file, a process's on a file, the one another thread waits for. The
// device is asked; how a request ends is its device's to say. Only NtCancelIoFile waits for the end.
#include "executive/io/pending_sweep.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/thread.hpp"
#include "executive/services.hpp"

namespace io {

namespace {

// STATUS_SUCCESS when all that `chosen` picks were asked to end, STATUS_NOT_FOUND when it picked none, or
// STATUS_THREAD_IS_TERMINATING.
template <typename Chosen>
ke::Task<NTSTATUS> cancel_requests(ke::Thread& thread, File& file, Chosen chosen) {
    PendingSweep sweep(file);
    bool found = false;
    auto step = [&sweep, &found, &chosen]() -> Result<bool> {
        ke::Slice slice;
        while (Irp* irp = sweep.next(slice, chosen)) {
            found = true;
            irp->request_cancel();
            if (slice.over()) break;
        }
        return sweep.over();
    };
    NTSTATUS status = co_await ke::in_slices(thread, step);
    co_return NT_SUCCESS(status) && !found ? STATUS_NOT_FOUND : status;
}

// STATUS_SUCCESS when those that `chosen` picks have ended, or STATUS_THREAD_IS_TERMINATING.
template <typename Chosen>
ke::Task<NTSTATUS> wait_for_requests(ke::Thread& thread, File& file, Chosen chosen) {
    PendingSweep sweep(file);
    while (!sweep.over()) {
        Ref<Irp> irp;
        auto step = [&sweep, &irp, &chosen]() -> Result<bool> {
            irp = Ref<Irp>(sweep.next(ke::Slice(), chosen));
            return irp || sweep.over();
        };
        NTSTATUS status = co_await ke::in_slices(thread, step);
        if (!NT_SUCCESS(status)) co_return status;
        if (!irp) break;
        co_await ke::EventWait(thread, irp->done());
        if (!irp->is_done()) co_return STATUS_THREAD_IS_TERMINATING;
    }
    co_return STATUS_SUCCESS;
}

NTSTATUS report(ke::Call& call, ke::UserOut<IO_STATUS_BLOCK> status_block, NTSTATUS status) {
    IO_STATUS_BLOCK block{};
    block.Status = status;
    TRY(call.write(status_block, block));
    return status;
}

}  // namespace

}  // namespace io

ke::Task<NTSTATUS> NtCancelIoFile(ke::Call& call, NtCancelIoFileArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, 0));
    ke::Thread& thread = call.thread();
    auto own = [&thread](Irp& irp) { return irp.issued_by(thread); };
    NTSTATUS status = co_await cancel_requests(thread, *file, own);
    if (NT_SUCCESS(status)) status = co_await wait_for_requests(thread, *file, own);
    if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
    co_return report(call, args.IoStatusBlock, STATUS_SUCCESS);
}

ke::Task<NTSTATUS> NtCancelIoFileEx(ke::Call& call, NtCancelIoFileExArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, 0));
    uint64_t wanted = args.IoRequestToCancel.address();
    NTSTATUS status = co_await cancel_requests(call.thread(), *file, [&call, wanted](Irp& irp) {
        if (!irp.from_client() || &irp.client() != &call.client()) return false;
        return wanted == 0 || irp.status_block() == wanted;
    });
    if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
    co_return report(call, args.IoStatusBlock, status);
}

NTSTATUS NtCancelSynchronousIoFile(ke::Call& call, const NtCancelSynchronousIoFileArgs& args) {
    TRY(call.probe(args.IoStatusBlock));
    auto thread = TRY(ob::resolve<ps::Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    ke::Cancellable* wait = thread->current_wait();
    bool found = wait && wait->cancel_request(args.IoRequestToCancel.address());
    return io::report(call, args.IoStatusBlock, found ? STATUS_SUCCESS : STATUS_NOT_FOUND);
}
