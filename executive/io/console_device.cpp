// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/console_device.hpp"

#include <string.h>

#include <algorithm>

#include "abi/console/screen.h"
#include "executive/hal/acpi.hpp"
#include "executive/hal/console.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/reports.hpp"

namespace io {

static_assert(hal::kSerialBreak == SCREEN_BREAK);

void ConsoleDevice::start(Irp& irp) {
    switch (irp.major) {
        case Major::Create:
            return irp.complete(irp.text().empty() ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND,
                                FILE_OPENED);
        case Major::Write:
            return write(irp);
        case Major::Read:
            return read(irp);
        case Major::DeviceControl:
            return control(irp);
        case Major::FlushBuffers:
            return irp.complete(STATUS_SUCCESS);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void ConsoleDevice::control(Irp& irp) {
    if (irp.parameters.control.code != SCREEN_GET_SIZE) return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    hal::ConsoleSize size = hal::console_size();
    SCREEN_SIZE told{size.columns, size.rows};
    if (irp.output.length < sizeof told) return irp.complete(STATUS_BUFFER_TOO_SMALL);
    NTSTATUS status = to_status(irp.write_output(0, {reinterpret_cast<uint8_t*>(&told), sizeof told}));
    irp.complete(status, NT_SUCCESS(status) ? sizeof told : 0);
}

Result<void> ConsoleDevice::listen() {
    if (interrupt_) return {};
    // What comes before the line's interrupt is connected is taken by the first read.
    if (!hal::serial_listen()) return fail(STATUS_NO_SUCH_DEVICE);
    hal::InterruptLine line = hal::isa_interrupt(hal::kSerialIrq);
    hal::InterruptPin pin = TRY(hal::interrupt_pin(line.gsi));
    TRY(open());
    interrupt_ =
        TRY(ke::Interrupt::connect({pin.ioapic, pin.pin, line.level, line.active_low}, capability()));
    return {};
}

void ConsoleDevice::read(Irp& irp) {
    if (auto listening = listen(); !listening) return irp.complete(listening.error());
    irp.add_ref();
    reads_.push_back(irp);
    serve_reads();
    // What the line has held meanwhile.
    if (typed_length_ == 0 && received()) ke::Loop::instance().post(*this);
}

void ConsoleDevice::serve_reads() {
    while (typed_length_ > 0) {
        Irp* irp = reads_.pop_front();
        if (!irp) return;
        size_t length = std::min(typed_length_, irp->output.length);
        NTSTATUS status = to_status(irp->write_output(0, {typed_, length}));
        if (NT_SUCCESS(status)) {
            typed_length_ -= length;
            memmove(typed_, typed_ + length, typed_length_);
        }
        Ref<Irp>::adopt(irp)->complete(status, NT_SUCCESS(status) ? length : 0);
    }
}

bool ConsoleDevice::received() {
    constexpr size_t kPart = 16;  // a port is read twice for each
    if (!interrupt_) return false;
    // What comes while the line is emptied interrupts again.
    interrupt_->acknowledge();
    size_t room = std::min(kPart, sizeof typed_ - typed_length_);
    size_t got = hal::serial_receive({typed_ + typed_length_, room});
    typed_length_ += got;
    serve_reads();
    return got == room && typed_length_ < sizeof typed_;
}

void ConsoleDevice::cancel(Irp& irp) {
    if (irp.major != Major::Read || !static_cast<ListLink<QueueTag>&>(irp).linked()) return;
    reads_.remove(irp);
    Ref<Irp>::adopt(&irp)->complete(STATUS_CANCELLED);
}

void ConsoleDevice::write(Irp& irp) {
    irp.add_ref();
    writes_.push_back(irp);
    if (!ke::PacedWork::linked() && !slice()) ke::Pacer::instance().add(*this);
}

bool ConsoleDevice::slice() {
    // A few characters, for each may take a thousand instructions on the serial mirror.
    uint8_t text[8];
    ke::Slice slice;
    if (!ke::Reports::instance().drain(slice)) return false;
    while (Irp* irp = writes_.front()) {
        NTSTATUS status = STATUS_SUCCESS;
        while (written_ < irp->input.length && NT_SUCCESS(status)) {
            if (slice.over()) return false;
            if (!hal::serial_takes(sizeof text)) continue;
            size_t length = std::min(sizeof text, irp->input.length - written_);
            status = to_status(irp->read_input(written_, {text, length}));
            if (NT_SUCCESS(status)) hal::console_put({reinterpret_cast<const char*>(text), length});
            written_ += length;
        }
        while (!hal::console_show())
            if (slice.over()) return false;
        written_ = 0;
        writes_.remove(*irp);
        Ref<Irp>::adopt(irp)->complete(status, NT_SUCCESS(status) ? irp->input.length : 0);
    }
    return true;
}

}  // namespace io
