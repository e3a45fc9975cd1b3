// SPDX-License-Identifier: GPL-3.0-only
//
// Work in the midst of a call or a fault that is more than a turn can do, and of which a part stays done:
// memory that the dead still have, device memory that is taken apart.
#pragma once

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// What a step fails with that has done its slice: a call that can be made again is (STATUS_NO_MEMORY,
// ke/shortage.hpp), whatever else waits for the next turn as for a page (STATUS_IN_PAGE_ERROR,
// ke/page_in.hpp), and then all is tried again. STATUS_NO_MEMORY too where there is none to wait with.
NTSTATUS later();

}  // namespace mm
