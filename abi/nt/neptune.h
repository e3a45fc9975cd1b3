// SPDX-License-Identifier: GPL-3.0-only
// The private contract between ntdll and the Executive: where a thread's capabilities are, what a reply
// means, and where the page behind the TEB is. Programs never use it.
#pragma once

#include "abi/nt/ntdef.h"

// Slots of a thread's own 8-slot CNode; CPtr = slot number.
#define NEPTUNE_CPTR_SERVICE 1
#define NEPTUNE_CPTR_FAULT 2
#define NEPTUNE_CPTR_DRIVER_REQUEST 3
#define NEPTUNE_CPTR_DRIVER_COMPLETION 4
#define NEPTUNE_CPTR_DRIVER_HARDWARE 5
#define NEPTUNE_CSPACE_RADIX 3

// Label of the Executive's answer to a service call.
#define NEPTUNE_REPLY_STATUS 0
#define NEPTUNE_REPLY_APC 1

// A call always carries four message registers in registers; arguments 5.. lie in the IPC buffer.
#define NEPTUNE_CALL_LENGTH 4

// TEB (two pages), then the thread page, which starts with the seL4 IPC buffer.
#define NEPTUNE_TEB_SIZE 0x2000
#define NEPTUNE_THREAD_PAGE 0x2000
#define NEPTUNE_THREAD_PAGE_SIZE 0x1000
#define NEPTUNE_IPC_BUFFER_TAG NEPTUNE_THREAD_PAGE
#define NEPTUNE_IPC_BUFFER_WORD(i) (NEPTUNE_THREAD_PAGE + 8 + 8 * (i))
#define NEPTUNE_THREAD_BLOCK_SIZE (NEPTUNE_TEB_SIZE + NEPTUNE_THREAD_PAGE_SIZE)

// Fixed addresses every process shares.
#define NEPTUNE_USER_SHARED_DATA 0x7ffe0000ull
#define NEPTUNE_SYSCALL_GATE 0x7ffe1000ull
#define NEPTUNE_LOWEST_USER_ADDRESS 0x10000ull
#define NEPTUNE_HIGHEST_USER_ADDRESS 0x7ffffffeffffull
