// SPDX-License-Identifier: GPL-3.0-only
//
// An epoch of the fuzzer: some processes that call services for a while, and what must hold after them.
#pragma once

#include "abi/nt/ntdll.h"

namespace torture {

// What one epoch does.
struct Plan {
    ULONG64 seed;
    ULONG epoch;
    ULONG64 calls;             // at least so many, over all threads
    ULONG processes;           // 1..kMostProcesses
    ULONG threads;             // workers of each process, 1..kThreadsEach - 2
    bool ordinary;             // the fuzzing processes have the rights of an ordinary user's program
    UNICODE_STRING selection;  // `only` or `without` and names of services, or nothing
};

// Starts the processes, waits until the calls were made, ends everything, and reports.
void run_epoch(const Plan& plan);

// --- its parts

// Ends every process that this run has started, at whatever remove; true when none is left within the time
// that the dead are given.
bool end_descendants(bool all);
// Removes names, keys, files and atoms that calls left behind.
void clean_up();
void prepare_places();
// Prints how many names there are of each kind.
void print_names();
// Prints the state of the system: pages, processes, threads, objects and handles by type, drivers; and the
// longest turns since the last time.
void print_state();
// Prints how often which service was called and which statuses came back.
void print_counts();

void pause(ULONG milliseconds);

}  // namespace torture
