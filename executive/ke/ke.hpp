// SPDX-License-Identifier: GPL-3.0-only
//
// The kernel component: service dispatch and the event loop, threads, waits, timers, APCs. Includes
// everything that other components need of it.
#pragma once

#include "executive/hal/log.hpp"
#include "executive/ke/call.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/hardware.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ke/timer.hpp"
#include "executive/ke/user_memory.hpp"
#include "executive/ke/wait.hpp"
