// SPDX-License-Identifier: GPL-3.0-only
//
// holder.sys is as much of a file system as is called to hold its files still. It holds any of them by one
// resource; \refused it does not, over \slow it takes HOLDER_SLOW milliseconds, over \crowd until
// HOLDER_CROWD threads are kept by HOLDER_BLOCK, but HOLDER_PATIENCE milliseconds at most, and \deadly ends
// its process. Who opens \unblock ends what HOLDER_BLOCK does.
#pragma once

#define HOLDER_SLOW 150
#define HOLDER_CROWD 20
#define HOLDER_PATIENCE 4000

#define HOLDER_CODE(function) (0x222000u | ((function) << 2))
#define HOLDER_LOOK HOLDER_CODE(1)   // out: HOLDER_SEEN
#define HOLDER_BLOCK HOLDER_CODE(2)  // keeps its thread

typedef struct _HOLDER_SEEN {
    unsigned long Acquired, Released;
    unsigned long Wrong;    // held already, not held, or by another thread than let it go
    unsigned long Table;    // calls of the fast I/O table, which come between the others
    unsigned long Blocked;  // threads, when a file was acquired last
    unsigned long Protection;
} HOLDER_SEEN;
