// SPDX-License-Identifier: GPL-3.0-only
//
// What system information tells of drivers: pnp, which knows them, provides it at boot.
#pragma once

#include "abi/nt/neptune.h"
#include "executive/prelude.hpp"

namespace ex {

class DriverList {
public:
    virtual uint32_t count() = 0;
    virtual void describe(uint32_t index, NEPTUNE_DRIVER_INFORMATION& out) = 0;

protected:
    ~DriverList() = default;
};

void set_driver_list(DriverList& list);
// Null before pnp is up.
DriverList* driver_list();

}  // namespace ex
