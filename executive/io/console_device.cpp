// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/console_device.hpp"

#include <algorithm>

#include "executive/hal/console.hpp"

namespace io {

void ConsoleDevice::start(Irp& irp) {
    switch (irp.major) {
        case Major::Create:
            return irp.complete(irp.name.empty() ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND,
                                FILE_OPENED);
        case Major::Write: {
            NTSTATUS status = write(irp);
            return irp.complete(status, NT_SUCCESS(status) ? irp.input.length : 0);
        }
        case Major::FlushBuffers:
            return irp.complete(STATUS_SUCCESS);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

NTSTATUS ConsoleDevice::write(Irp& irp) {
    uint8_t text[512];
    for (size_t at = 0; at < irp.input.length;) {
        size_t length = std::min(sizeof text, irp.input.length - at);
        auto read = irp.read_input(at, {text, length});
        if (!read) return read.error();
        hal::console_write({reinterpret_cast<const char*>(text), length});
        at += length;
    }
    return STATUS_SUCCESS;
}

}  // namespace io
