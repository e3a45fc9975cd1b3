// SPDX-License-Identifier: GPL-3.0-only
//
// What all together have been promised, and how far down memory may be used. Nothing is ever paged out: a
// page that is promised is one that is there, so what is *available* is what is free less what is promised
// and not yet given. Of that the last part is a reserve. Programs do not get it; driver hosts, the session
// manager and its shells do, and whatever they start while it has little (ke/claim.hpp), so that whoever uses
// up memory can be found and ended by hand; and the very last pages are the Executive's own.
#pragma once

#include <stdint.h>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// Promises pages, each for one promised frame (frames.hpp). STATUS_COMMITMENT_LIMIT.
Result<void> commit_pages(uint64_t pages);
void uncommit_pages(uint64_t pages);
// May so many pages be taken that nobody was promised, for the sake of whom the Executive works?
bool may_take(uint64_t pages);

struct CommitCounts {
    uint64_t committed;  // pages
    uint64_t limit;      // pages that could be, if nothing else were in use
    uint64_t peak;       // pages: the most that were committed since the system started
    uint64_t given;      // pages that were promised and are with those they were promised to
};
CommitCounts commit_counts();

// Once, when all RAM is known: how much is kept.
void set_reserves();

// --- for who gives promised pages: so many have been given, or, below 0, have come back
void promises_kept(int64_t pages);

}  // namespace mm
