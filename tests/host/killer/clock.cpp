// SPDX-License-Identifier: GPL-3.0-only
//
// A clock that the test moves, in place of executive/ke/clock.cpp.
#include "tests/host/killer/clock.hpp"

#include "executive/ke/clock.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/timer_queue.hpp"

namespace ke {

namespace {

uint64_t now = 1000 * kTicksPerSecond;

}  // namespace

uint64_t interrupt_time() {
    return now;
}
uint64_t system_time() {
    return now;
}
uint32_t processor_megahertz() {
    return 1000;
}
uint64_t boot_time() {
    return 0;
}
uint64_t performance_counter() {
    return now;
}
void set_system_time(uint64_t) {}
void arm_alarm(uint64_t) {}
void acknowledge_alarm() {}
Result<void> initialize_clock(uint64_t) {
    return {};
}

}  // namespace ke

void killer::advance_clock(uint64_t by) {
    ke::now += by;
    ke::TimerQueue::instance().run_due();
}
