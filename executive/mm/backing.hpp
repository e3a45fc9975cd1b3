// SPDX-License-Identifier: GPL-3.0-only
//
// What a file section takes its pages from. io implements it for files; a section holds a reference.
#pragma once

#include <span>

#include "base/ref.hpp"
#include "base/task.hpp"
#include "executive/mm/frames.hpp"

namespace mm {

class Backing : public RefCounted {
public:
    // Bytes.
    virtual uint64_t size() const = 0;
    // A page of the file that already lies in a frame, whole and page aligned: mapped without a copy.
    // kNoFrame when it must be read. The reference stays the backing's.
    virtual FrameNumber resident_page(uint64_t page) {
        (void)page;
        return kNoFrame;
    }
    // Reads without waiting, for what is in memory. STATUS_PENDING when the data must be fetched with read()
    // first; reads past the end give zeros.
    virtual Result<void> read_now(uint64_t offset, std::span<uint8_t> into) = 0;
    virtual Task<NTSTATUS> fetch(uint64_t offset, size_t length) = 0;
    // Writes back a page of a shared data section that may have changed. Default: the file cannot be written.
    virtual Result<void> write_back(uint64_t offset, std::span<const uint8_t> data) {
        (void)offset;
        (void)data;
        return fail(STATUS_MEDIA_WRITE_PROTECTED);
    }
};

}  // namespace mm
