// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/ring.hpp"

#include <string.h>

namespace io::afd {

Ring::~Ring() {
    for (mm::FrameNumber frame : frames_)
        if (frame != mm::kNoFrame) mm::release_frame(frame);
}

Result<void> Ring::prepare(size_t length) {
    for (size_t at = 0; at < length; at += piece(produced_ + at, length - at)) {
        mm::FrameNumber& frame = frames_[(produced_ + at) / mm::kPageSize % kPages];
        if (frame == mm::kNoFrame) [[unlikely]]
            frame = TRY(mm::allocate_client_frame());
    }
    return {};
}

Result<void> Ring::put(ke::UserMemory& memory, uint64_t address, size_t offset, size_t length) {
    uint64_t counter = produced_ + offset;
    for (size_t done = 0, part; done < length; done += part) {
        part = piece(counter + done, length - done);
        TRY(memory.copy_in(at(counter + done), address + done, part));
    }
    return {};
}

void Ring::put(std::span<const uint8_t> bytes, size_t offset) {
    uint64_t counter = produced_ + offset;
    for (size_t done = 0, part; done < bytes.size(); done += part) {
        part = piece(counter + done, bytes.size() - done);
        memcpy(at(counter + done), &bytes[done], part);
    }
}

Result<void> Ring::get(ke::UserMemory& memory, uint64_t address, size_t offset, size_t length) const {
    uint64_t counter = consumed_ + offset;
    for (size_t done = 0, part; done < length; done += part) {
        part = piece(counter + done, length - done);
        TRY(memory.copy_out(address + done, at(counter + done), part));
    }
    return {};
}

}  // namespace io::afd
