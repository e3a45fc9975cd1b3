// SPDX-License-Identifier: GPL-3.0-only
//
// The host's side of the request ring. A Lease is the host's copy of one slot: the IRP the driver sees, its
// buffers, and the identity of the request. It is built when a request is picked up and is free again when
// the request has been put into the completion ring. The IRP and the file object belong to the lease; the
// Executive owns the request.
#pragma once

#include <atomic>

#include "abi/wdm/ring.h"
#include "wdm/io/irp.hpp"

namespace pump {

constexpr CCHAR kInlineStack = 6;

struct Lease {
    // The IRP with its stack locations; `irp` points here unless the device stack is deeper than
    // kInlineStack.
    alignas(16) UCHAR irp_memory[io::irp_size(kInlineStack)];
    IRP* irp;
    WDM_REQUEST* request;
    ULONG64 id;
    ULONG slot;
    UCHAR major;
    std::atomic<bool> active;
    void* system_buffer;  // own copy of a buffered transfer, null when the slot itself serves
    MDL* mdl;
    IO_SECURITY_CONTEXT security;
    FILE_OBJECT* file;
};

// The ring is `ring`; called once, before the first drain.
void attach_ring(WDM_RING& ring);
// Takes requests off the ring until it is empty. One thread at a time.
void drain();
bool requests_pending();
// Tells the Executive about completions that were only noted so far.
void flush_completions();

// Builds the IRP of an IRP request; a failure is the status to complete it with.
NTSTATUS build_irp(Lease& lease, DEVICE_OBJECT& device);
// Copies results back and frees what build_irp made.
void finish_irp(Lease& lease);

// LOAD, UNLOAD, ADD_DEVICE, REMOVE_DEVICE: run on the pump's thread, may wait.
NTSTATUS control_request(const WDM_REQUEST& request);

}  // namespace pump
