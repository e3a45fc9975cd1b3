// SPDX-License-Identifier: GPL-3.0-only
//
// Arguments of the bus data calls.
#pragma once

#include "abi/nt/ntdef.h"

namespace ke {

struct BusData {
    ULONG type, bus, slot;
    PVOID buffer;
    ULONG offset, length;
};

}  // namespace ke
