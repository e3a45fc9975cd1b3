// SPDX-License-Identifier: GPL-3.0-only
//
// Watches what runs in a driver host without a request: a DPC, an interrupt routine or a work item that does
// not end starves its host, and no request's time says so (WDM_ACTIVITY in abi/wdm/ring.h).
#pragma once

#include "executive/io/driver_ring.hpp"
#include "executive/ke/timer.hpp"

namespace io {

class DriverActivity final : public ke::Timer {
public:
    // A routine that has run for longer than the patience.
    struct Endless {
        const char* kind;
        uint64_t routine;       // as the host says
        uint64_t milliseconds;  // that it is known to run
    };
    class Owner {
    public:
        virtual void runs_endlessly(const Endless& found) = 0;

    protected:
        ~Owner() = default;
    };

    explicit DriverActivity(Owner& owner) : owner_(owner) {}
    // Looks every half of `patience` (100 ns) until end().
    void begin(const DriverRing& ring, uint64_t patience);
    void end();

    void expired() override;

private:
    struct Line {
        uint32_t turn = 0;
        uint64_t since = 0;
    };

    Owner& owner_;
    const DriverRing* ring_ = nullptr;
    uint64_t patience_ = 0;
    Line lines_[WDM_ACTIVITIES];
};

}  // namespace io
