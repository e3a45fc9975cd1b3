// SPDX-License-Identifier: GPL-3.0-only
//
// The door of a service: what its declaration says of its arguments (abi/nt/nt.services) is brought in before
// its handler runs, so that the handler comes upon no page that has to be waited for when it has done
// something already. Only for a caller that has such pages (UserMemory::may_wait()).
#pragma once

#include "executive/ke/dispatch.hpp"

namespace ke {

// Of a buffer so many bytes; those who transfer more do it in slices, or pin it.
inline constexpr size_t kDoorWindow = 256 << 10;

// STATUS_SUCCESS: in. STATUS_IN_PAGE_ERROR with a PageIn, or "again". What is no memory at all, or not
// allowed, is the handler's to find.
NTSTATUS bring_in_arguments(Call& call, const Service& service, const Words& words);

inline NTSTATUS open_door(Call& call, const Service& service, const Words& words) {
    return call.memory().may_wait() ? bring_in_arguments(call, service, words) : STATUS_SUCCESS;
}

}  // namespace ke
