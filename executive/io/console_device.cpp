// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/console_device.hpp"

#include <algorithm>

#include "executive/hal/console.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/reports.hpp"

namespace io {

void ConsoleDevice::start(Irp& irp) {
    switch (irp.major) {
        case Major::Create:
            return irp.complete(irp.text().empty() ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND,
                                FILE_OPENED);
        case Major::Write:
            return write(irp);
        case Major::FlushBuffers:
            return irp.complete(STATUS_SUCCESS);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void ConsoleDevice::write(Irp& irp) {
    irp.add_ref();
    writes_.push_back(irp);
    if (!linked() && !slice()) ke::Pacer::instance().add(*this);
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
