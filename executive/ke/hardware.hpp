// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupts, ports and notifications as capabilities, for the components that hand them to drivers. A
// capability held here is deleted with its holder.
#pragma once

#include <stdint.h>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
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
// loop. There are as many as one likes; they share the bits of one notification, so received() can also run
// without a signal of its own.
class Doorbell : public Ready, public ListLink<struct DoorbellTag> {
public:
    // One slice of the work there is. True: there is more, and it runs again soon.
    virtual bool received() = 0;
    Result<void> open();
    CPtr capability() const { return capability_; }

    void run() final {
        if (received()) Loop::instance().post(*this);
    }

protected:
    ~Doorbell();

private:
    CPtr capability_ = 0;
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

// --- capabilities to inclusive ranges of I/O ports; drivers get theirs through ke::PortRange
// A new one. STATUS_CONFLICTING_ADDRESSES when one of the ports is in another.
Result<CPtr> issue_ports(uint16_t first, uint16_t last);
// Goes with all its copies.
void delete_ports(CPtr capability);
// The Executive's own of exactly this range, 0 when it has none.
CPtr executive_ports(uint16_t first, uint16_t last);

}  // namespace ke
