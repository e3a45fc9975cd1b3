// SPDX-License-Identifier: GPL-3.0-only
//
// Copies between the memories of two processes, in slices of the call.
#pragma once

#include "executive/ke/page_in.hpp"
#include "executive/mm/address_space.hpp"

namespace services {

struct CopyEnd {
    ke::UserMemory& memory;
    uint64_t address;
    bool foreign = false;  // another process's

    // The caller spends a guard page of his own, and is told of it; another's is memory that is not to be
    // had.
    NTSTATUS refused(NTSTATUS status) const {
        bool guard = foreign && status == STATUS_GUARD_PAGE_VIOLATION;
        return guard || status == STATUS_ACCESS_VIOLATION ? STATUS_PARTIAL_COPY : status;
    }
};

// A slice of a copy between two processes, page by page through the Executive's aliases. `copied` bytes are
// done, by this and earlier slices; it counts even on failure. Each page of either side may have to be made:
// a slice may end with only the source's brought in, which the progress' detail says.
// STATUS_ACCESS_VIOLATION: beyond user space; STATUS_PARTIAL_COPY.
NTSTATUS copy_between(ke::Call& call, CopyEnd from, CopyEnd to, uint64_t length, uint64_t& copied);

}  // namespace services
