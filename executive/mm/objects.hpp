// SPDX-License-Identifier: GPL-3.0-only
//
// Kernel objects that are not memory: threads and notifications.
#pragma once

#include "executive/ke/thread.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

// A TCB and its CNode from one page, and an empty slot for replies. Not configured.
Result<ke::ThreadResources> allocate_thread();
// Ends the thread and every capability to it.
void free_thread(const ke::ThreadResources& resources);

// PML4s with an ASID; given back empty.
Result<PageNumber> take_vspace();
void give_vspace(PageNumber root);

}  // namespace mm
