// SPDX-License-Identifier: GPL-3.0-only
//
// What all processes of a run share: two sections that each maps at the same addresses. The keeper's orders
// others can only read, for they pass any address to any service. The pages of the other carry marks by which
// the harness finds them in the machine's memory when the system itself has stopped (tools/torture_memory.py
// reads them).
#pragma once

#include "nt/service_table.hpp"
#include "tests/torture/services/generate.hpp"

namespace torture {

constexpr ULONG64 kSharedBase = 0x500000000000;
constexpr ULONG64 kOrdersBase = 0x510000000000;
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

struct Orders {
    ULONG64 seed;
    HANDLE keeper;  // identifier of the process that runs the epoch: nobody's prey
    ULONG epoch;
    ULONG threads;                        // workers of each process
    bool left_out[service_table::count];  // what this run was told not to call
    bool ordinary;                        // see Plan
    bool scenes;                          // not when services were chosen
    volatile ULONG stop;
    CLIENT_ID others[kMostOthers];  // the system's processes, the shell, the keeper: an ordinary user may try
    ULONG others_count;
};

struct Shared {
    volatile ULONG threads_ended;
    volatile ULONG processes_ended;
    volatile ULONG undying;  // threads that were told to end and did not
    ULONG undying_slot;
    volatile ULONG next_client;
    CLIENT_ID clients[kMostClients];
    volatile ULONG calls[service_table::count];
    Status statuses[kMostStatuses];
    Lesson lessons[service_table::count][kLessons];
    ThreadPage pages[kSlots];
};

inline Shared& shared() {
    return *reinterpret_cast<Shared*>(kSharedBase);
}

inline const Orders& orders() {
    return *reinterpret_cast<const Orders*>(kOrdersBase);
}

// For the keeper alone.
inline Orders& own_orders() {
    return *reinterpret_cast<Orders*>(kOrdersBase);
}

inline ULONG add(volatile ULONG& counter, ULONG amount = 1) {
    return __atomic_fetch_add(&counter, amount, __ATOMIC_RELAXED);
}

// The keeper creates the sections (`create`), the others open them; both map them.
NTSTATUS map_shared(bool create);
void unmap_shared();

}  // namespace torture
