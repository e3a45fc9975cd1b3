// SPDX-License-Identifier: GPL-3.0-only
//
// Pages that cannot be executed. A kernel that can make them announces it (abi/sel4/extensions.h); with any
// other, every page that can be read can be executed, and everything works the same otherwise.
#pragma once

#include "abi/sel4/types.h"

namespace mm {

bool execute_disable();
// Looks for the announcement. Before the first page is mapped.
void find_execute_disable();

// The attribute of a page that is data, to be added to those of its cache.
seL4_X86_VMAttributes data_attributes(seL4_Word cache_attributes = seL4_X86_Default_VMAttributes);

}  // namespace mm
