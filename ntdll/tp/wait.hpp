// SPDX-License-Identifier: GPL-3.0-only
//
// Waits of the thread pool, and those that RtlRegisterWait makes of them.
#pragma once

#include "ntdll/tp/pool.hpp"

namespace tp {

struct Registration;

// An object that is posted when a handle is signalled or its time is over, once for each time it is armed.
struct Wait : Object {
    Registration* registration;  // what waits for it now
    ULONG signalled;             // pending callbacks for signals; the others are for time-outs
    bool closed;                 // released: cannot be armed any more
    bool in_wait_thread;
};

// What `run` is called with as token.
constexpr ULONG_PTR wait_signalled = 0;
constexpr ULONG_PTR wait_timed_out = 0x102;

// Fills in what a wait has and other objects have not.
void init_wait(Wait& wait);
// `until` is a time of now(); never: for ever. Ends what was armed before.
NTSTATUS arm(Wait& wait, HANDLE handle, LONGLONG until);
// True if it was armed.
bool disarm(Wait& wait, bool close);
void stop_wait(Object& object);

}  // namespace tp
