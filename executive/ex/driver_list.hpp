// SPDX-License-Identifier: GPL-3.0-only
//
// What ex wants of drivers: pnp, which knows them, provides it at boot.
#pragma once

#include "abi/nt/neptune.h"
#include "executive/ke/ke.hpp"

namespace ex {

class DriverList {
public:
    virtual uint32_t count() = 0;
    virtual void describe(uint32_t index, NEPTUNE_DRIVER_INFORMATION& out) = 0;
    // Tells those that registered for it that the system goes down, and waits for them; a driver that does
    // not answer within its watchdog's patience is ended.
    virtual ke::Task<NTSTATUS> shut_down() = 0;

protected:
    ~DriverList() = default;
};

void set_driver_list(DriverList& list);
// Null before pnp is up.
DriverList* driver_list();

}  // namespace ex
