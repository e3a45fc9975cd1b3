// SPDX-License-Identifier: GPL-3.0-only
//
// What all processes of a run share: a section that each maps at the same address. Its pages carry marks by
// which the harness finds them in the machine's memory when the system itself has stopped
// (tools/torture_memory.py reads them).
#pragma once

#include "nt/service_table.hpp"
#include "tests/torture/services/generate.hpp"

namespace torture {

constexpr ULONG64 kSharedBase = 0x500000000000;
constexpr const WCHAR* kSharedName = u"\\BaseNamedObjects\\torture-shared";
constexpr ULONG64 kPageMark = 0x73657274726f7431;  // followed by its complement, at the start of a ThreadPage
constexpr ULONG kMostProcesses = 6;
constexpr ULONG kThreadsEach = 8;  // slots of a process: its nurse first, then its workers
constexpr ULONG kSlots = kMostProcesses * kThreadsEach;
constexpr ULONG kMostClients = 128;
constexpr ULONG kMostOthers = 32;
constexpr ULONG kMostStatuses = 512;
constexpr ULONG kLessons = 4;  // remembered for each service

enum RecordState : USHORT { kInside = 1, kDone = 2 };

// One call. `status` counts once it is done.
struct Record {
    USHORT service;  // index into service_table::services
    USHORT state;
    ULONG status;
    ULONG64 arguments[service_table::most_arguments];
};
static_assert(sizeof(Record) == 144);

constexpr ULONG kRecords = 27;

// Written by the thread that has the slot alone. Call n lies in ring[n % kRecords].
struct alignas(4096) ThreadPage {
    ULONG64 mark;
    ULONG64 mark_complement;
    ULONG slot;
    ULONG incarnation;
    ULONG64 process;
    ULONG64 thread;
    volatile ULONG64 calls;
    ULONG64 seed;
    ULONG64 pace;  // calls between two rests; 0: it takes none
    Record ring[kRecords];
};
static_assert(sizeof(ThreadPage) == 4096);

struct Status {
    ULONG status;
    ULONG count;
};

struct Shared {
    ULONG64 seed;
    HANDLE keeper;  // identifier of the process that runs the epoch: nobody's prey
    ULONG epoch;
    ULONG processes;
    ULONG threads;                        // workers of each process
    bool left_out[service_table::count];  // what this run was told not to call
    bool ordinary;                        // see Plan
    bool scenes;                          // not when services were chosen
    volatile ULONG stop;
    volatile ULONG threads_ended;
    volatile ULONG processes_ended;
    volatile ULONG undying;  // threads that were told to end and did not
    ULONG undying_slot;
    volatile ULONG next_client;
    CLIENT_ID clients[kMostClients];
    CLIENT_ID others[kMostOthers];  // the system's processes, the shell, the keeper: an ordinary user may try
    ULONG others_count;
    volatile ULONG calls[service_table::count];
    Status statuses[kMostStatuses];
    Lesson lessons[service_table::count][kLessons];
    ThreadPage pages[kSlots];
};

inline Shared& shared() {
    return *reinterpret_cast<Shared*>(kSharedBase);
}

inline ULONG add(volatile ULONG& counter, ULONG amount = 1) {
    return __atomic_fetch_add(&counter, amount, __ATOMIC_RELAXED);
}

// Creates the section (`create`) or opens the one that the parent made, and maps it.
NTSTATUS map_shared(bool create);

}  // namespace torture
