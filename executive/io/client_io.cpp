// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/client_io.hpp"

namespace io {

namespace {

bool moves_position(const Irp& irp) {
    return irp.major == Major::Read || irp.major == Major::Write;
}

void take_position(Irp& irp) {
    if (moves_position(irp) && irp.parameters.transfer.offset == kAtPosition)
        irp.parameters.transfer.offset = static_cast<int64_t>(irp.file()->position);
}

void advance_position(Irp& irp) {
    if (moves_position(irp) && NT_SUCCESS(irp.status()))
        irp.file()->position = static_cast<uint64_t>(irp.parameters.transfer.offset) + irp.information();
}

// The status of a request whose wait an alert or APC broke off.
NTSTATUS final_status(const Irp& irp) {
    bool interrupted = irp.interruption() != STATUS_SUCCESS && irp.status() == STATUS_CANCELLED;
    return interrupted ? irp.interruption() : irp.status();
}

}  // namespace

Task<NTSTATUS> answer(NTSTATUS status) {
    co_return status;
}

Task<NTSTATUS> perform(ke::Call& call, Ref<Irp> request) {
    Irp& irp = *request;
    Ref<File> file(*irp.file());
    bool synchronous = file->synchronous();
    while (synchronous && !file->acquire()) {
        NTSTATUS status = co_await ke::wait_event(call.thread(), file->freed());
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
    }
    if (synchronous) take_position(irp);
    file->signal().clear();
    irp.start();
    if (!irp.is_done()) {
        ke::Thread& thread = call.thread();
        if (!synchronous) {
            irp.deliver_notice();
            thread.bind(irp);
            co_return STATUS_PENDING;
        }
        irp.set_alertable(file->alertable());
        thread.add_cancellable(irp);
        if (file->alertable() && thread.apc_pending()) irp.cancel(STATUS_USER_APC);
        co_await irp.done();
    }
    if (synchronous) {
        advance_position(irp);
        file->release_turn();
    }
    NTSTATUS status = final_status(irp);
    if (irp.abandoned()) co_return status;
    if (status == STATUS_USER_APC) call.thread().deliver_apc();
    if (NT_ERROR(status)) {
        file->signal().set();
        co_return status;
    }
    irp.notice().deliver(&call.client(), *file, status, irp.information());
    co_return status;
}

Task<NTSTATUS> perform_synchronously(ke::Call& call, Ref<Irp> irp,
                                     ke::UserOut<IO_STATUS_BLOCK> status_block) {
    irp->start();
    if (!irp->is_done()) {
        call.thread().add_cancellable(*irp);
        co_await irp->done();
    }
    if (irp->abandoned()) co_return irp->status();
    IO_STATUS_BLOCK block{};
    block.Status = irp->status();
    block.Information = irp->information();
    CO_TRY(call.write(status_block, block));
    co_return irp->status();
}

}  // namespace io
