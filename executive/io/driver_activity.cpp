// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_activity.hpp"

#include "executive/ke/clock.hpp"

namespace io {

namespace {

const char* name_of(uint32_t kind) {
    switch (kind) {
        case WDM_ACTIVITY_INTERRUPT:
            return "interrupt routine";
        case WDM_ACTIVITY_DPC:
            return "DPC";
        default:
            return "work item";
    }
}

}  // namespace

void DriverActivity::begin(const DriverRing& ring, uint64_t patience) {
    ring_ = &ring;
    patience_ = patience;
    for (Line& line : lines_)
        line = {};
    schedule(ke::interrupt_time() + patience / 2);
}

void DriverActivity::end() {
    cancel();
    ring_ = nullptr;
}

void DriverActivity::expired() {
    uint64_t now = ke::interrupt_time();
    for (unsigned i = 0; i < WDM_ACTIVITIES; ++i) {
        WDM_ACTIVITY claimed = ring_->activity(i);
        Line& line = lines_[i];
        bool running = claimed.Turn % 2 != 0;
        if (!running || line.since == 0 || claimed.Turn != line.turn) {
            line = {claimed.Turn, running ? now : 0};
            continue;
        }
        if (now - line.since < patience_) continue;
        uint64_t lasted = (now - line.since) / ke::kTicksPerMillisecond;
        return owner_.runs_endlessly({name_of(claimed.Kind), claimed.Routine, lasted});
    }
    schedule(now + patience_ / 2);
}

}  // namespace io
