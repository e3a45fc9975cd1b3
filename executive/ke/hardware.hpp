// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupts, ports and notifications as capabilities, for the components that hand them to drivers. A
// capability held here is deleted with its holder.
#pragma once

#include <stdint.h>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke {

using CPtr = uint64_t;

// A kernel notification. Signals are bits that add up until received.
class Notification {
public:
    static Result<Own<Notification>> create();
    ~Notification();
    // Wakes the receiver with the bits that the capability carries (see badged()).
    void signal();
    // A capability to the same notification that signals these bits; deleted with this object.
    // REQUIRES: fewer than 32 asked for.
    Result<CPtr> badged(uint64_t bits);
    CPtr capability() const { return capability_; }

private:
    explicit Notification(CPtr capability) : capability_(capability) {}
    CPtr capability_;
    CPtr badged_[32] = {};
    unsigned badged_count_ = 0;
};

// The Executive's own wake-up line: whoever holds capability() signals it, and received() runs from the event
// loop.
class Doorbell {
public:
    virtual void received() = 0;
    // STATUS_INSUFFICIENT_RESOURCES when all (24) lines are taken.
    Result<void> open();
    CPtr capability() const { return capability_; }

protected:
    ~Doorbell();

private:
    friend class Dispatcher;
    CPtr capability_ = 0;
    int line_ = -1;
};

// An I/O APIC pin. Interrupts signal `target`; each needs an acknowledge() (or IRQHandler.Ack on
// capability()).
class Interrupt {
public:
    struct Route {
        uint32_t ioapic = 0;
        uint32_t pin = 0;
        bool level = false;
        bool active_low = false;
    };
    static Result<Own<Interrupt>> connect(const Route& route, CPtr target);
    ~Interrupt();
    void acknowledge();
    CPtr capability() const { return capability_; }

private:
    Interrupt(CPtr capability, unsigned vector) : capability_(capability), vector_(vector) {}
    CPtr capability_;
    unsigned vector_;
};

// A capability to this inclusive range of I/O ports, shared with everybody who asks for the same range.
// STATUS_CONFLICTING_ADDRESSES when it overlaps another range in part.
Result<CPtr> port_range(uint16_t first, uint16_t last);

}  // namespace ke
