// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/irp.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/file.hpp"

namespace io {

Result<Ref<Irp>> Irp::create(Major major, File& file, ke::Client* client) {
    Ref<Irp> irp = TRY(make_ref<Irp>(major));
    irp->file_number = file.number();
    irp->device_ = Ref<Device>(file.device());
    irp->file_ = Ref<File>(file);
    if (client) {
        TRY(client->quota().charge(sizeof(Irp)));
        irp->client_ = client;
        irp->client_object_ = Ref<ob::Object>(client->process_object());
    }
    return irp;
}

Result<Ref<Irp>> Irp::create(Major major, Device& device) {
    Ref<Irp> irp = TRY(make_ref<Irp>(major));
    irp->device_ = Ref<Device>(device);
    return irp;
}

Irp::Irp(Major irp_major) : major(irp_major) {}
Irp::~Irp() {
    if (client_) client_->quota().release(sizeof(Irp));
}

void Irp::set_file(File& file) {
    file_ = Ref<File>(file);
    file_number = file.number();
}

Result<void> Irp::read_input(size_t at, std::span<uint8_t> into) const {
    ASSERT(range_fits(at, into.size(), input.length));
    if (abandoned_) return fail(STATUS_CANCELLED);
    if (input.place == IrpBuffer::Place::Client)
        return client_->memory().copy_in(into.data(), input.address + at, into.size());
    if (!into.empty()) memcpy(into.data(), input.data + at, into.size());
    return {};
}

Result<void> Irp::write_output(size_t at, std::span<const uint8_t> data) const {
    ASSERT(range_fits(at, data.size(), output.length));
    if (abandoned_) return fail(STATUS_CANCELLED);
    if (output.place == IrpBuffer::Place::Client)
        return client_->memory().copy_out(output.address + at, data.data(), data.size());
    if (!data.empty()) memcpy(output.data + at, data.data(), data.size());
    return {};
}

void Irp::start() {
    Ref<Irp> keep(*this);
    if (file_) file_->pending().push_back(*this);
    device_->start(*this);
}

void Irp::complete(NTSTATUS status, uint64_t information) {
    Ref<Irp> keep(*this);
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} done: {s}, {} bytes", static_cast<unsigned>(major), device_->name(),
                  status, information);
    static_cast<ListLink<FileIrpTag>&>(*this).unlink();
    if (abandoned_) {
        // Nobody will ever use the file that the driver has just opened.
        if (major == Major::Create && NT_SUCCESS(status)) {
            file_->set_opened();
            file_->last_handle_closed();
        }
        return;
    }
    ASSERT(!is_done());
    forget_thread();
    status_ = status;
    information_ = information;
    if (notified_) notice_.deliver(client_, *file_, status, information);
    done_.signal(status);
}

void Irp::request_cancel() {
    if (cancel_requested_ || (is_done() && !abandoned_)) return;
    cancel_requested_ = true;
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} is to be cancelled", static_cast<unsigned>(major), device_->name());
    device_->cancel(*this);
}

void Irp::forget_thread() {
    static_cast<ListLink<ke::CancellableTag>&>(*this).unlink();
    static_cast<ListLink<ke::ThreadBoundTag>&>(*this).unlink();
}

void Irp::thread_ended(ke::Thread&) {
    Ref<Irp> keep(*this);
    abandon();
}

void Irp::cancel(NTSTATUS status) {
    Ref<Irp> keep(*this);
    forget_thread();
    if (status == STATUS_THREAD_IS_TERMINATING) return abandon();
    interruption_ = status;
    request_cancel();
}

void Irp::abandon() {
    if (is_done()) return;
    abandoned_ = true;
    status_ = STATUS_CANCELLED;
    if (notified_) notice_.deliver(nullptr, *file_, status_, 0);
    done_.signal(status_);
    request_cancel();
}

}  // namespace io
