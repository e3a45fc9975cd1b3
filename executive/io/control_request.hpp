// SPDX-License-Identifier: GPL-3.0-only
//
// What the Executive itself asks of a driver host: load a driver, add a device.
#pragma once

#include "abi/wdm/ring.h"
#include "base/ref.hpp"
#include "base/task.hpp"
#include "executive/io/lent.hpp"
#include "executive/prelude.hpp"

namespace io {

class ControlRequest final : public RefCounted, public Lease, public ListLink<struct ControlTag> {
public:
    ControlRequest(uint32_t request_kind, uint32_t request_target)
        : Lease(true), kind(request_kind), target(request_target) {}

    const uint32_t kind;  // WDM_REQUEST_*
    const uint32_t target;
    uint8_t data[WDM_INLINE_SIZE] = {};
    size_t data_length = 0;
    // With the host's status, or STATUS_DRIVER_PROCESS_TERMINATED, which no host can answer itself.
    Event done;
    // For one that its host did not live to answer: whether the host had taken it. Whether it was ended for
    // it: overdue.
    bool taken = false;
};

}  // namespace io
