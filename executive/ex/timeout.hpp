// SPDX-License-Identifier: GPL-3.0-only
//
// How long a waiting service waits, as its caller says it.
#pragma once

#include "executive/ke/ke.hpp"

namespace ex {

// The optional time-out argument of waiting services; without one the wait has no end.
inline Result<ke::Deadline> read_timeout(const ke::Call& call, ke::UserIn<LARGE_INTEGER> timeout) {
    if (timeout.null()) return ke::Deadline::never();
    return ke::Deadline::from_timeout(TRY(call.read(timeout)).QuadPart);
}

}  // namespace ex
