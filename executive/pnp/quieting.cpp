// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/quieting.hpp"

#include <algorithm>

#include "executive/hal/log.hpp"
#include "executive/pnp/host.hpp"

namespace pnp {

bool Quieting::begin() {
    for (Driver& driver : host_.drivers())
        driver.stop_due = 0;
    if (!wait()) return true;
    log.info("{}: its devices are stopped", host_.name());
    return false;
}

void Quieting::expired() {
    step();
    if (wait()) return;
    log.info("{}: its devices are quiet", host_.name());
    host_.channel().process()->memory_may_go();
}

void Quieting::step() {
    uint64_t now = ke::interrupt_time();
    for (Driver& driver : host_.drivers()) {
        if (!driver.stop || driver.stop_due > now) continue;
        uint32_t milliseconds = driver.stop->step();
        driver.stop_due = now + milliseconds * ke::kTicksPerMillisecond;
        if (milliseconds == 0) driver.stop.reset();
        return;
    }
}

bool Quieting::wait() {
    uint64_t next = UINT64_MAX;
    for (Driver& driver : host_.drivers())
        if (driver.stop) next = std::min(next, driver.stop_due);
    if (next == UINT64_MAX) return false;
    schedule(next);
    return true;
}

}  // namespace pnp
