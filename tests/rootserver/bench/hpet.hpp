// SPDX-License-Identifier: GPL-3.0-only
// The HPET as an alarm clock that also tells how late it woke someone: its counter goes on while interrupts
// are off.
#pragma once
#include "stamps.hpp"

namespace bench {

class Alarm {
public:
    // False where there is no HPET at its usual address, or the kernel does not hand it out.
    bool open();

    // Waits for one alarm `delay` nanoseconds from now; returns how many nanoseconds after its time the
    // caller ran.
    Word late(Word delay);

private:
    enum Register : Word { kCapabilities = 0x0, kConfiguration = 0x10, kStatus = 0x20, kCounter = 0xf0 };
    static constexpr Word kTimer = 0x100;
    static constexpr Word kComparator = 0x108;

    volatile Word& reg(Word offset) const { return *reinterpret_cast<volatile Word*>(base_ + offset); }
    bool map();
    bool connect();

    Word base_ = 0;
    Word nanoseconds_per_count_ = 0;
    Word handler_ = 0;
    Word notification_ = 0;
};

}  // namespace bench
