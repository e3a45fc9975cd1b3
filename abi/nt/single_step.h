// SPDX-License-Identifier: GPL-3.0-only
// A context with the trap flag that ntdll loads for a thread itself. The processor stops the thread behind
// the last of the instructions that load, before the first of the context's own: where that is, is written
// here (in the thread's block, from its TEB), and the Executive lets the thread go on from there once.
// ntdll/arch/context.S has the number too.
#pragma once

#define NEPTUNE_STEP_FROM 0x2df8

// Not 0: the thread has breakpoints in debug registers. A context that it goes on with is loaded by the
// Executive then, which keeps the trap and the resume flag, and comes upon none of them on the way.
#define NEPTUNE_BREAKPOINTS 0x2df0
