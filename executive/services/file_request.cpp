// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/file_request.hpp"

#include "executive/io/pinning.hpp"

using namespace io;

namespace services {

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

}  // namespace

Task<NTSTATUS> answer(NTSTATUS status) {
    co_return status;
}

Task<NTSTATUS> perform(ke::Call& call, Ref<Irp> request) {
    Irp& irp = *request;
    ke::Thread& thread = call.thread();
    File* file = irp.file();  // lives as long as the request
    bool synchronous = file->synchronous(), in_turn = file->one_at_a_time();
    if (must_pin(irp) && !CO_TRY(pin_some(irp))) [[unlikely]] {
        NTSTATUS status = co_await pin_rest(thread, irp);
        if (status != STATUS_SUCCESS) co_return status;
    }
    if (in_turn && !file->turn().try_wait(thread)) {
        NTSTATUS status = co_await ke::wait(thread, file->turn(), file->alertable(), ke::Deadline::never());
        if (status != STATUS_SUCCESS) co_return status;
    }
    if (synchronous)
        take_position(irp);
    else if (file->device().answers())
        irp.await_answer();
    file->signal().clear();
    irp.start();
    if (!synchronous && !irp.is_done()) {
        if (irp.awaited() && !irp.answer().happened()) co_await ke::EventWait(thread, irp.answer());
        if (!irp.is_done()) {
            irp.go_on_without(thread);
            co_return STATUS_PENDING;
        }
        thread.note_boost(file->device().wake_increment());
    }
    NTSTATUS status = irp.status();
    if (!irp.is_done()) {
        status = co_await RequestWait(thread, irp, file->alertable());
        if (status == STATUS_ALERTED || status == STATUS_USER_APC) {
            // It becomes the request's status, unless that comes to another end all the same.
            irp.request_cancel();
            NTSTATUS end = co_await RequestWait(thread, irp);
            if (end != STATUS_CANCELLED) status = end;
        }
    }
    if (synchronous) {
        if (irp.is_done()) advance_position(irp);
        if (in_turn) file->turn().pass();
    }
    if (!irp.is_done()) co_return status;
    if (status == STATUS_USER_APC) thread.deliver_apc();
    ke::Client& client = call.client();
    if (NT_ERROR(status)) {
        client.count_io(irp.counts_as(), 0);
        file->signal().set();
        co_return status;
    }
    client.count_io(irp.counts_as(), irp.information());
    irp.notice().deliver(&client, *file, status, irp.information(), Notice::When::AtOnce);
    co_return status;
}

Task<NTSTATUS> perform_synchronously(ke::Call& call, Ref<Irp> irp,
                                     ke::UserOut<IO_STATUS_BLOCK> status_block) {
    irp->notice().name_status_block(status_block.address());
    if (must_pin(*irp) && !CO_TRY(pin_some(*irp))) [[unlikely]] {
        NTSTATUS status = co_await pin_rest(call.thread(), *irp);
        if (status != STATUS_SUCCESS) co_return status;
    }
    irp->start();
    if (!irp->is_done()) {
        NTSTATUS status = co_await RequestWait(call.thread(), *irp);
        if (!irp->is_done()) co_return status;
    }
    IO_STATUS_BLOCK block{};
    call.client().count_io(irp->counts_as(), irp->information());
    block.Status = irp->status();
    block.Information = irp->information();
    CO_TRY(call.write(status_block, block));
    co_return irp->status();
}

}  // namespace services
