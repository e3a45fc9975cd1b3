// SPDX-License-Identifier: GPL-3.0-only
//
// Large blocks of the heap: runs of frames in an address range of their own, a power of two of pages each,
// with the size in front. A page costs thousands of instructions to map, so what is freed stays mapped for
// the next, and where many are missing, a call waits while they are made (ke/shortage.hpp).
#pragma once

#include <stddef.h>

#include "executive/mm/pages.hpp"

namespace mm {

// A frame for the heap. Without the help of the dead: whoever allocates is in the midst of something.
Result<FrameNumber> heap_frame();

// What the longest names need is made ready. Once, when there is memory.
void make_runs_for_names();
// Of bytes. Null: memory has run out, or the call at hand is about to be made again.
void* allocate_run(size_t size);
void free_run(void* block);
bool is_run(const void* block);

}  // namespace mm
