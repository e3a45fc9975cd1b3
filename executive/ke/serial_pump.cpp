// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/serial_pump.hpp"

#include "executive/hal/serial.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit SerialPump pump;

}  // namespace

void SerialPump::initialize() {
    hal::serial_queue([] { pump.wake(); }, interrupt_time);
}

void SerialPump::wake() {
    if (!linked() && !scheduled()) Pacer::instance().add(*this);
}

bool SerialPump::slice() {
    Slice slice;
    hal::SerialLine line;
    do {
        line = hal::serial_send();
        if (line == hal::SerialLine::Idle) return true;
    } while (line == hal::SerialLine::Moving && !slice.over());
    if (line == hal::SerialLine::Moving) return false;
    schedule(interrupt_time() + (line == hal::SerialLine::Busy ? kWhenBusy : kWhenStalled));
    return true;
}

}  // namespace ke
