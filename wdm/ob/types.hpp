// SPDX-License-Identifier: GPL-3.0-only
//
// Object types as drivers name them: a driver only compares their addresses.
#pragma once

#include "abi/nt/ntdef.h"

namespace ob {

struct TypeObject {
    // With mingw-w64's headers `*PsThreadType` in a driver reads one pointer more than with Microsoft's, and
    // lands here; with both the result is the address of the object.
    const TypeObject* self = this;
    const WCHAR* name;
};

}  // namespace ob
