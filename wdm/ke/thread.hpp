// SPDX-License-Identifier: GPL-3.0-only
//
// The KTHREAD of a driver host. To a driver it is opaque; it starts with a dispatcher header, so that a
// thread can be waited for. One exists for every host thread that ever ran driver code; it is freed when the
// thread has ended and the last reference is gone.
#pragma once

#include <atomic>

#include "abi/wdm/ketypes.h"
#include "abi/wdm/ring.h"
#include "wdm/platform/platform.hpp"

constexpr ULONG kThreadWaitBlocks = 4;  // THREAD_WAIT_OBJECTS + 1
constexpr ULONG kMaximumWaitObjects = 64;

namespace ke {

// One thread's wait for one object; in the object's wait list while the thread waits.
struct WaitBlock {
    LIST_ENTRY entry;
    _KTHREAD* thread;
    DISPATCHER_HEADER* object;
};

}  // namespace ke

struct _KTHREAD {
    DISPATCHER_HEADER header;
    LIST_ENTRY link;  // all threads of the host
    std::atomic<LONG> references;
    ULONG64 id;
    HANDLE handle;
    KIRQL irql;
    bool in_interrupt;  // holds the device lock only: it "preempted" whoever is at DISPATCH_LEVEL
    KIRQL irql_before_cli;
    bool impersonating;      // acts as a client until its dispatch routine returns
    bool pump_leader;        // it is the one that takes requests off the ring
    ULONG64* dispatch_line;  // where the ring says what it dispatches, null until it first leads
    WDM_SUBJECT subject;     // whose request that is, while that is not 0
    WDM_ACTIVITY* activity;  // of the routine it runs, null for none
    LONG critical_regions;
    LONG priority;
    PKSTART_ROUTINE start;
    PVOID context;
    PVOID top_level_irp;
    struct _DEVICE_OBJECT* device_to_verify;
    // The wait in progress, under the dispatcher lock except for `wait_done`.
    ke::WaitBlock* wait_blocks;
    ULONG wait_count;
    bool wait_all;
    NTSTATUS wait_status;
    std::atomic<bool> wait_done;
    ke::WaitBlock own_wait_blocks[kThreadWaitBlocks];
};

namespace ke {

// The running thread; a thread that nobody introduced is given its KTHREAD on the first call.
_KTHREAD& current();
// Starts a system thread; the reference returned belongs to the caller. Null when there is no memory.
_KTHREAD* create_thread(PKSTART_ROUTINE start, PVOID context);
[[noreturn]] void end_thread(NTSTATUS status);
_KTHREAD* find_thread(ULONG64 id);  // referenced, or null
// What stands for a thread that has ended and of which only a handle is left: signalled, referenced, or null
// without memory.
_KTHREAD* ended_thread(ULONG64 id);
void reference(_KTHREAD& thread);
void dereference(_KTHREAD& thread);

}  // namespace ke
