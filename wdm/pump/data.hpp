// SPDX-License-Identifier: GPL-3.0-only
//
// Memory for the data of long requests: what the driver sees as its SystemBuffer. Blocks of a page to 64 KiB
// are kept for the next request when one is done with them, a few of each size, for memory that is there
// costs no page faults. The host pays for them.
#pragma once

#include "abi/nt/ntdef.h"

namespace pump {

// 16-byte aligned, page aligned from one page up; not zeroed. Null when there is no memory.
UCHAR* take_data(SIZE_T length);
// `length`: as it was taken.
void give_data(UCHAR* data, SIZE_T length);

}  // namespace pump
