// SPDX-License-Identifier: GPL-3.0-only
// Debug registers: loaded while a thread runs that has breakpoints, and else off. As long as no thread has
// any, no switch asks: those that have make all switches go the long way through fpu_switch().
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/switch.hpp"

namespace arch {

bool plain_switches;

namespace {

Word threads_with_breakpoints;

constexpr Word kControlOff = 0x400;          // the bit that is always set
constexpr Word kNothingCaught = 0xffff0ff0;  // of DR6
constexpr Word kCaught = 0xe00f;             // breakpoints 0 to 3; register access, single step, task switch
constexpr Word kResume = 1 << 16;            // the flag with which an instruction is not stopped again

Thread* loaded;  // whose breakpoints the CPU has

void load(Thread& thread) {
    const Breakpoints& given = thread.breakpoints;
    write_debug_register<0>(given.address[0]);
    write_debug_register<1>(given.address[1]);
    write_debug_register<2>(given.address[2]);
    write_debug_register<3>(given.address[3]);
    write_debug_register<7>(given.control | kControlOff);
    loaded = &thread;
}

void unload() {
    if (!loaded) return;
    write_debug_register<7>(kControlOff);
    loaded = nullptr;
}

}  // namespace

void breakpoints_switch(Thread& to) {
    if (loaded == &to) return;
    unload();
    if (to.breakpoints.any()) load(to);
}

void breakpoints_set(Thread& thread, const Breakpoints& breakpoints, bool running) {
    threads_with_breakpoints += Word{breakpoints.any()} - Word{thread.breakpoints.any()};
    plain_switches = features.xsaveopt && threads_with_breakpoints == 0;
    thread.breakpoints = breakpoints;
    if (loaded == &thread) unload();
    if (running && breakpoints.any()) load(thread);
}

Word take_debug_status(Thread& thread) {
    const Word status = read_debug_register<6>() & kCaught;
    write_debug_register<6>(kNothingCaught);
    if (!thread.breakpoints.any()) return 0;
    for (unsigned i = 0; i < 4; i++) {
        const bool execution = (thread.breakpoints.control >> (16 + 4 * i) & 3) == 0;
        if ((status >> i & 1) && execution) thread.context.rflags |= kResume;
    }
    return status;
}

}  // namespace arch
