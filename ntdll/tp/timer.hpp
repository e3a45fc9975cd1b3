// SPDX-License-Identifier: GPL-3.0-only
//
// Timers of the thread pool.
#pragma once

#include "base/tree.hpp"
#include "ntdll/tp/pool.hpp"

namespace tp {

// An object that is posted when its time comes. All timers of the process are in one tree, which one thread
// serves.
struct Timer : Object, base::TreeLink<Timer> {
    LONGLONG due;
    LONGLONG period;  // 100 ns; 0: once
    bool set;         // as TpIsTimerSet has it
    bool waits;       // is in the tree
    bool closed;      // released: cannot be set any more
    bool in_timer_thread;
};

// `due` is a time of now(). True if it was waiting before.
bool set_timer(Timer& timer, LONGLONG due, LONGLONG period);
bool cancel_timer(Timer& timer, bool close);
void stop_timer(Object& object);

}  // namespace tp
