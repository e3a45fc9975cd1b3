// SPDX-License-Identifier: GPL-3.0-only
//
// Sends what is queued for the serial line (hal/serial.hpp): the pacer as long as the line takes something, a
// timer while it does not.
#pragma once

#include "executive/ke/pacer.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

class SerialPump final : public PacedWork, public Timer {
public:
    // From now on what is written to the line is queued. Once, at boot. REQUIRES: the clock and the pacer
    // work.
    static void initialize();

    bool slice() override;
    void expired() override { wake(); }

private:
    static constexpr uint64_t kWhenBusy = kTicksPerMillisecond;
    static constexpr uint64_t kWhenStalled = 20 * kTicksPerMillisecond;

    void wake();
};

}  // namespace ke
