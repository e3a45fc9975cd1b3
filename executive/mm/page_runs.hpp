// SPDX-License-Identifier: GPL-3.0-only
//
// Several pages of an address space mapped or unmapped together. A kernel that can do it in one call
// announces it (abi/sel4/extensions.h); with any other it takes a call or two for each, and everything works
// the same otherwise.
#pragma once

#include <span>

#include "abi/sel4/types.h"
#include "executive/mm/frames.hpp"

namespace mm {

// Pages of one call.
inline constexpr size_t kMostRunPages = 32;

// Looks for the announcement. Before the first run.
void find_page_runs();
// Do several pages cost little more than one?
bool page_runs();

// How many pages may go at once in what is measured after each step: what four cost that go one by one.
size_t pages_at_once();

struct MappedPage {
    CPtr frame;  // 0: this page stays as it is
    CPtr copy;   // an empty slot for the capability to map; 0: the frame's own
};

// At consecutive addresses from this one on. How many it came to, all but where the kernel refuses the next:
// of that one nothing has been done. REQUIRES: at most kMostRunPages.
size_t map_pages(CPtr vspace, uint64_t address, seL4_CapRights_t rights, seL4_X86_VMAttributes attributes,
                 std::span<const MappedPage> pages);

struct UnmappedPage {
    CPtr frame;
    bool copy;  // its slot is emptied
};

// REQUIRES: at most kMostRunPages, each mapped in this space or nowhere.
void unmap_pages(CPtr vspace, std::span<const UnmappedPage> pages);

}  // namespace mm
