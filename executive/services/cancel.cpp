// SPDX-License-Identifier: GPL-3.0-only
//
// Cancelling requests: a thread's own on a file, a process's on a file, the one another thread waits for. The
// device is asked; how a request ends is its device's to say. Only NtCancelIoFile waits for the end.
#include "executive/io/client_io.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/thread.hpp"
#include "executive/services.hpp"

namespace io {

namespace {

// False: there was none that `chosen` picks.
template <typename Chosen>
bool cancel_requests(File& file, Chosen chosen) {
    bool found = false;
    for (Irp* irp = file.pending().front(); irp;) {
        // A request that ends of it takes itself, and nothing else, off the list.
        Irp* next = file.pending().next(*irp);
        if (chosen(*irp)) {
            found = true;
            irp->request_cancel();
        }
        irp = next;
    }
    return found;
}

Irp* find_request(File& file, const ke::Thread& issuer) {
    for (Irp& irp : file.pending())
        if (irp.issued_by(issuer)) return &irp;
    return nullptr;
}

NTSTATUS report(ke::Call& call, ke::UserOut<IO_STATUS_BLOCK> status_block, bool found) {
    IO_STATUS_BLOCK block{};
    block.Status = found ? STATUS_SUCCESS : STATUS_NOT_FOUND;
    TRY(call.write(status_block, block));
    return block.Status;
}

}  // namespace

}  // namespace io

ke::Task<NTSTATUS> NtCancelIoFile(ke::Call& call, NtCancelIoFileArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, 0));
    ke::Thread& thread = call.thread();
    cancel_requests(*file, [&thread](Irp& irp) { return irp.issued_by(thread); });
    while (Irp* left = find_request(*file, thread)) {
        Ref<Irp> irp(*left);
        co_await ke::EventWait(thread, irp->done());
        if (!irp->is_done()) co_return STATUS_THREAD_IS_TERMINATING;
    }
    co_return report(call, args.IoStatusBlock, true);
}

NTSTATUS NtCancelIoFileEx(ke::Call& call, const NtCancelIoFileExArgs& args) {
    using namespace io;
    TRY(call.probe(args.IoStatusBlock));
    Ref<File> file = TRY(ob::resolve<File>(call, args.FileHandle, 0));
    uint64_t wanted = args.IoRequestToCancel.address();
    bool found = cancel_requests(*file, [&call, wanted](Irp& irp) {
        if (!irp.from_client() || &irp.client() != &call.client()) return false;
        return wanted == 0 || irp.status_block() == wanted;
    });
    return report(call, args.IoStatusBlock, found);
}

NTSTATUS NtCancelSynchronousIoFile(ke::Call& call, const NtCancelSynchronousIoFileArgs& args) {
    TRY(call.probe(args.IoStatusBlock));
    auto thread = TRY(ob::resolve<ps::Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    ke::Cancellable* wait = thread->current_wait();
    bool found = wait && wait->cancel_request(args.IoRequestToCancel.address());
    return io::report(call, args.IoStatusBlock, found);
}
