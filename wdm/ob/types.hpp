// SPDX-License-Identifier: GPL-3.0-only
//
// Object types as drivers name them: a driver only compares their addresses.
#pragma once

#include "abi/nt/ntdef.h"

namespace ob {

struct TypeObject {
    const WCHAR* name;
};

}  // namespace ob
