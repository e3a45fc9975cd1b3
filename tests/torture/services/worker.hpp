// SPDX-License-Identifier: GPL-3.0-only
//
// A fuzzing process: a nurse, which is its first thread, and workers that the nurse starts, disturbs, ends
// and starts again.
#pragma once

#include "tests/torture/services/process_world.hpp"

namespace torture {

// What the first thread of fuzzing process `index` does; ends with the process.
[[noreturn]] void run_process(ULONG index);

// --- its parts

// The slot of threads that were started by calls.
ULONG guest_slot();

// A worker's thread; the argument is its slot.
NTSTATUS NTAPI work(PVOID slot);
// What threads do that a call started, or that a context sent there: a few calls, then they end.
NTSTATUS NTAPI passer_by(PVOID);
void NTAPI apc(PVOID, PVOID, PVOID);

// A call of that service; what it gives and what it taught is kept.
void make(ThreadPage& page, ProcessWorld& world, unsigned service, Mood mood);
// One random call.
void step(ThreadPage& page, ProcessWorld& world);

// One thing done to a thread, this process's or another's: ended, suspended, alerted, interrupted, moved.
void disturb(ThreadPage& nurse, ProcessWorld& world, const CLIENT_ID& victim);

}  // namespace torture
