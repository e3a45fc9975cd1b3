// SPDX-License-Identifier: GPL-3.0-only
//
// The killer: plays a scenario again and again, and ends its thread, its process or the driver's process at
// the first point, the second, and so on to the last. In each such row the thread is also disturbed before,
// at each earlier point: alerted, sent an APC, suspended, sent on an errand, its request cancelled.
// Afterwards nothing may be left of it, and others go on with what it used.
#pragma once

#include "tests/host/killer/world.hpp"

namespace killer {

class Scenario {
public:
    virtual ~Scenario() = default;
    virtual void prepare(World&) {}
    // The call of the thread that is ended.
    virtual Service service(World&) = 0;
    // What happens while it waits, a step at a time, until the call ends by itself. False: that was all.
    virtual bool go_on(World&, unsigned step) {
        (void)step;
        return false;
    }
    // The next user of the same objects, when the victim is through or ended. `outcome`: of the victim's
    // service.
    virtual void afterwards(World&, std::optional<NTSTATUS> outcome) { (void)outcome; }
};

using Make = std::function<std::unique_ptr<Scenario>()>;
void kill_everywhere(const Make& make);

template <typename T>
void kill_everywhere() {
    kill_everywhere([] { return std::make_unique<T>(); });
}

}  // namespace killer
