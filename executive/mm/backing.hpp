// SPDX-License-Identifier: GPL-3.0-only
//
// What a control area takes a file's pages from and gives them back to: its pager. io implements it for
// files; the control area owns it. Page numbers are offsets in the file / 4096, 0 to 2^40 - 1.
#pragma once

#include <span>

#include "base/task.hpp"
#include "executive/mm/frames.hpp"

namespace mm {

class ControlArea;

class Backing {
public:
    virtual ~Backing() = default;

    // Are the control area's frames the file itself, as on a volume in RAM? Then nothing is fetched, written
    // or dirty, and a page that nobody has written is zeros, or what resident() says. Always the same answer.
    virtual bool in_memory() const { return false; }
    // A page that lies in a frame for good, whole, zeros behind the file's end: shared as long as it is only
    // read. kNoFrame: there is none. The reference stays the backing's.
    virtual FrameNumber resident(uint64_t page) const {
        (void)page;
        return kNoFrame;
    }
    // The file is going to be written to, through a section or a request. STATUS_DISK_FULL: it has not the
    // room for that.
    virtual Result<void> begin_writing() { return {}; }
    // The control area's size is about to become this. STATUS_DISK_FULL, with nothing changed; a smaller size
    // always succeeds.
    virtual Result<void> resize(uint64_t bytes) {
        (void)bytes;
        return {};
    }
    // For a section that is larger than its file: makes the file larger, so that the control area is resized.
    [[clang::coro_wrapper]] virtual Task<NTSTATUS> extend(ControlArea& area, uint64_t bytes) {
        (void)area;
        (void)bytes;
        return Task<NTSTATUS>(STATUS_SECTION_NOT_EXTENDED);
    }
    // Fills the frames with the pages from `first` on, with zeros behind the file's valid data. It is not
    // over, whatever becomes of whoever waits, before nobody touches the frames any more. At most kMostPages.
    [[clang::coro_wrapper]] virtual Task<NTSTATUS> fetch(uint64_t first,
                                                         std::span<const FrameNumber> frames) {
        (void)first;
        (void)frames;
        return Task<NTSTATUS>(STATUS_UNEXPECTED_IO_ERROR);
    }
    // Writes the frames to the pages from `first` on, the last only up to the file's end. When it has
    // succeeded the file's data is valid for `valid` bytes. As fetch() otherwise.
    [[clang::coro_wrapper]] virtual Task<NTSTATUS> write(uint64_t first, std::span<const FrameNumber> frames,
                                                         uint64_t valid) {
        (void)first;
        (void)frames;
        (void)valid;
        return Task<NTSTATUS>(STATUS_MEDIA_WRITE_PROTECTED);
    }

    static constexpr unsigned kMostPages = 16;
};

}  // namespace mm
