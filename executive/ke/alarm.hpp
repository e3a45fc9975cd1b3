// SPDX-License-Identifier: GPL-3.0-only
//
// A one-shot timer of the machine. Two are known: a comparator of the HPET, and channel 0 of the PIT.
#pragma once

#include <stdint.h>

#include "executive/ke/hardware.hpp"

namespace ke {

class Alarm {
public:
    virtual const char* name() const = 0;
    virtual Result<Interrupt::Route> route() = 0;
    // Interrupts once, after about this many 100 ns. An earlier interrupt than asked is allowed.
    virtual void arm(uint64_t interval) = 0;
    virtual void acknowledge() {}

protected:
    ~Alarm() = default;
};

// Null when the machine has none.
Alarm* find_hpet();
Alarm* find_pit();

}  // namespace ke
