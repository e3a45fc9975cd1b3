// SPDX-License-Identifier: GPL-3.0-only
// The private contract between ntdll and the Executive: where a thread's capabilities are, what a reply
// means, and where the page behind the TEB is. At the end, what Neptune tells beyond NT (drivers, object
// types, the log), for its own tools; a program that runs on NT too does without.
#pragma once

#include "abi/nt/ntdef.h"

// A thread has a CNode of 8 slots of its own, with the capabilities of its service and of its fault handler
// in slots 1 and 2. A driver host's threads have them in slots 0 and 1, and in another slot the CNode that
// they share, 64 slots of what the Executive grants their host: there a CPtr is slot number << 6, and
// leftover bits do not matter, so that the service's is the same in every thread.
#define NEPTUNE_CSPACE_RADIX 3
#define NEPTUNE_GRANTS_RADIX 6
#define NEPTUNE_SLOT_GRANTS 3
#define NEPTUNE_CPTR(slot) ((slot) << NEPTUNE_GRANTS_RADIX)
#define NEPTUNE_CPTR_SERVICE 1

// Label of the Executive's answer to a service call.
#define NEPTUNE_REPLY_STATUS 0
#define NEPTUNE_REPLY_APC 1
#define NEPTUNE_REPLY_FLOATING 2  // the call goes on: move the floating point state and come back

// The call is long and one slice of it is done: the answer's label is this plus the service's number, its
// words are the four arguments, and the stub calls again with just those. The arguments behind them lie where
// it put them.
#define NEPTUNE_REPLY_AGAIN 0x1000

// What a thread says that has moved its floating point state between its registers and the area below: to the
// Executive, which sent it to do so. The word in the second message register of the order: 1 to load, 0 to
// save.
#define NEPTUNE_CALL_MOVED 0xfff

// A call always carries four message registers in registers; arguments 5.. lie in the IPC buffer.
#define NEPTUNE_CALL_LENGTH 4

// TEB (two pages), then the thread page, which starts with the seL4 IPC buffer.
#define NEPTUNE_TEB_SIZE 0x2000
#define NEPTUNE_THREAD_PAGE 0x2000
#define NEPTUNE_THREAD_PAGE_SIZE 0x1000
#define NEPTUNE_IPC_BUFFER_TAG NEPTUNE_THREAD_PAGE
#define NEPTUNE_IPC_BUFFER_WORD(i) (NEPTUNE_THREAD_PAGE + 8 + 8 * (i))
// In FXSAVE's layout.
#define NEPTUNE_FLOATING_AREA (NEPTUNE_THREAD_PAGE + 0xe00)
#define NEPTUNE_THREAD_BLOCK_SIZE (NEPTUNE_TEB_SIZE + NEPTUNE_THREAD_PAGE_SIZE)

// Fixed addresses every process shares.
#define NEPTUNE_USER_SHARED_DATA 0x7ffe0000ull
#define NEPTUNE_SYSCALL_GATE 0x7ffe1000ull
#define NEPTUNE_LOWEST_USER_ADDRESS 0x10000ull
#define NEPTUNE_HIGHEST_USER_ADDRESS 0x7ffffffeffffull

#define NEPTUNE_VERSION u"0.1"

#define NEPTUNE_DRIVER_STOPPED 0
#define NEPTUNE_DRIVER_STARTING 1
#define NEPTUNE_DRIVER_RUNNING 2
#define NEPTUNE_DRIVER_FAILED 3

NT_BEGIN_C

// SystemNeptuneDriverInformation: an array, one for each driver service. HostProcess is 0 when not running.
typedef struct _NEPTUNE_DRIVER_INFORMATION {
    WCHAR Name[32];
    WCHAR FileName[32];
    ULONG64 HostProcess;
    ULONG State;
    ULONG Restarts;
    ULONG LeasedRequests;
    ULONG Devices;
} NEPTUNE_DRIVER_INFORMATION, *PNEPTUNE_DRIVER_INFORMATION;
C_ASSERT(sizeof(NEPTUNE_DRIVER_INFORMATION) == 0x98);

// SystemNeptuneObjectTypes: an array indexed by the ObjectTypeIndex of handle lists; entry 0 is unused.
typedef struct _NEPTUNE_OBJECT_TYPE {
    WCHAR Name[32];
    ULONG Objects;
    ULONG Handles;
} NEPTUNE_OBJECT_TYPE, *PNEPTUNE_OBJECT_TYPE;
C_ASSERT(sizeof(NEPTUNE_OBJECT_TYPE) == 0x48);

// SystemNeptuneTurns: the longest turn of the Executive that each cause had since the list was taken last, an
// array; only causes with turns of 10,000 ticks or more. Empty unless the system was booted with turns=1.
typedef struct _NEPTUNE_TURN {
    WCHAR Name[48];
    ULONG64 Ticks;
    ULONG64 Turns;
} NEPTUNE_TURN, *PNEPTUNE_TURN;
C_ASSERT(sizeof(NEPTUNE_TURN) == 0x70);

NT_END_C
