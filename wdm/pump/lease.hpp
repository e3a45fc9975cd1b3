// SPDX-License-Identifier: GPL-3.0-only
//
// The host's side of the request ring. A Lease is what the host keeps of one request that it has taken: the
// IRP the driver sees, its buffers, and the request's Id. It is built from the ring's entry, which is free
// from then on, and ends when the completion is in the ring. The IRP and the file object belong to the lease;
// the Executive owns the request.
//
// Leases are used again and never given back to the heap, and only the thread that drains the ring takes one:
// so whoever looks at a lease that has ended meanwhile looks at a lease.
#pragma once

#include <atomic>

#include "abi/wdm/ring.h"
#include "wdm/io/irp.hpp"

namespace pump {

constexpr CCHAR kInlineStack = 6;
constexpr ULONG kShortData = 128;

struct Lease {
    // The IRP with its stack locations; `irp` points here unless the device stack is deeper than
    // kInlineStack.
    alignas(16) UCHAR irp_memory[io::irp_size(kInlineStack)];
    // The data of a short request.
    alignas(16) UCHAR short_data[kShortData];
    IRP* irp;
    void* deep_irp;  // in place of irp_memory; freed when the lease is used again
    ULONG64 id;
    UCHAR major;
    std::atomic<bool> active;
    // Our own copy of the data, short_data or of the heap: what came in the ring, and what is the driver's
    // SystemBuffer. Null for none.
    UCHAR* data;
    MDL* mdl;
    IO_SECURITY_CONTEXT security;
    FILE_OBJECT* file;
    // The output: where the driver writes it, if not to the window itself; that window, null when it goes
    // into the ring; its length.
    UCHAR* output;
    UCHAR* window;
    ULONG output_length;
    // How it ended.
    NTSTATUS status;
    ULONG64 information;
    ULONG64 written;  // WDM_COMPLETION's
    // In the table of Ids; among the free ones; among those that wait for room in the ring.
    Lease* next;
    Lease** link;
};

// The ring is `ring`; called once, before the first drain.
void attach_ring(WDM_RING& ring);
// Takes requests off the ring until it is empty. One thread at a time.
void drain();
bool requests_pending();
// The word in the ring that says what a thread is busy with. `number` < WDM_DISPATCHERS.
ULONG64& dispatch_line(ULONG number);
// Tells the Executive about completions that were only noted so far.
void flush_completions();

// Builds the IRP of an IRP request; a failure is the status to complete it with. `request`: in the ring.
NTSTATUS build_irp(Lease& lease, const WDM_REQUEST& request, DEVICE_OBJECT& device);
// Says in the lease how it ended, and frees what build_irp made but `data`.
void finish_irp(Lease& lease);

// LOAD, UNLOAD, ADD_DEVICE, REMOVE_DEVICE: run on the pump's thread, may wait.
NTSTATUS control_request(const WDM_REQUEST& request);

}  // namespace pump
