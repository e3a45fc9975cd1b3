// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's heap, behind operator new (runtime/new.cpp). Blocks are aligned to 16 bytes and not
// cleared.
#pragma once

#include <stddef.h>

namespace mm {

// Once, when there is memory: what the longest names need is made ready.
void initialize_heap();
// Null when memory has run out.
void* heap_allocate(size_t size);
void heap_free(void* block);

}  // namespace mm
