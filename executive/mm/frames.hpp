// SPDX-License-Identifier: GPL-3.0-only
//
// Physical memory. mm owns every untyped capability. RAM is taken in chunks of up to 2 MiB, when needed; each
// 4 KiB page of a chunk has its own untyped, so it can become a frame, a paging structure or a thread's
// objects and go back. A page that is a frame is mapped in the Executive's window for good: alias() is how
// its content is reached.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <utility>

#include "base/result.hpp"
#include "executive/hal/machine.hpp"
#include "executive/prelude.hpp"

namespace mm {

using CPtr = uint64_t;

// A frame of RAM or of the boot image, by number; 0 is none. Copies are shared explicitly with add_frame().
using FrameNumber = uint32_t;
inline constexpr FrameNumber kNoFrame = 0;
// Set in the number of a frame of the boot image; the rest is its page in the image. It is never written.
inline constexpr FrameNumber kBootFrame = 1u << 27;
inline constexpr uint64_t kPageSize = 4096;

// A zeroed frame with one reference. STATUS_NO_MEMORY.
Result<FrameNumber> allocate_frame();
// The same for a program's sake: what is promised, and the reserve (commitment.hpp), are left alone, so that
// it is the program that is told of the end of memory. While the dead still have some it may fail as
// mm::later() says (later.hpp).
Result<FrameNumber> allocate_client_frame();
// One of those that have been promised: it is there, though the dead may still have it, as above. It goes
// back with release_promised_frame().
Result<FrameNumber> allocate_promised_frame();
// The promise for it ends, or is open again; whoever else still holds the frame holds a page like any other.
// Other frames are let go as by release_frame().
void release_promised_frame(FrameNumber frame);
// Would a client get none? Then nothing that lasts is made for it.
bool memory_is_short();
void add_frame(FrameNumber frame);
void release_frame(FrameNumber frame);
uint32_t frame_references(FrameNumber frame);

uint8_t* alias(FrameNumber frame);
uint64_t physical_address(FrameNumber frame);
// The frame that holds this page of the boot image (archive data), without a copy. REQUIRES: page aligned,
// inside it.
FrameNumber boot_frame(const void* address);

struct MemoryCounts {
    uint64_t total_pages;  // all RAM given to the Executive
    uint64_t free_pages;   // not in use, in whatever form
};
MemoryCounts memory_counts();
uint64_t free_page_count();

}  // namespace mm
