// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/device.hpp"

#include "executive/io/file.hpp"

namespace io {

const ob::Type Device::kType{u"Device",
                             {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS},
                             FILE_ALL_ACCESS,
                             true};

Result<Ref<mm::Backing>> Device::backing(File& file) {
    (void)file;
    return fail(STATUS_INVALID_FILE_FOR_SECTION);
}

}  // namespace io
