// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/device.hpp"

#include "executive/io/file.hpp"

namespace io {

unsigned Device::wake_increment() const {
    switch (device_type_) {
        case FILE_DEVICE_SOUND:
            return 8;
        case FILE_DEVICE_KEYBOARD:
        case FILE_DEVICE_MOUSE:
            return 6;
        case FILE_DEVICE_SERIAL_PORT:
        case FILE_DEVICE_NETWORK:
        case FILE_DEVICE_NAMED_PIPE:
        case FILE_DEVICE_MAILSLOT:
            return 2;
        case FILE_DEVICE_NULL:
            return 0;
        default:
            return 1;
    }
}

const ob::Type Device::kType{u"Device",
                             {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS},
                             FILE_ALL_ACCESS,
                             true,
                             ob::Secured::Elsewhere};

Result<Ref<mm::ControlArea>> Device::control_area(File& file) {
    (void)file;
    return fail(STATUS_INVALID_FILE_FOR_SECTION);
}

}  // namespace io
