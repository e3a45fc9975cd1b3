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
#include "abi/wdm/setypes.h"
#include "wdm/io/irp.hpp"
#include "wdm/ke/thread.hpp"

namespace pump {

constexpr CCHAR kInlineStack = 6;
constexpr ULONG kShortData = 128;

// What waits for a thread, waits among its own kind (deferred.hpp).
enum class RequestClass : UCHAR { kOrdinary, kOpenAndClose, kPaging };
constexpr ULONG kDeferrable = 3;

struct Lease {
    // The IRP with its stack locations; `irp` points here unless the device stack is deeper than
    // kInlineStack.
    alignas(16) UCHAR irp_memory[io::irp_size(kInlineStack)];
    // The data of a short request.
    alignas(16) UCHAR short_data[kShortData];
    IRP* irp;
    void* deep_irp;  // in place of irp_memory, behind a DeepIrp; freed when the lease is used again
    ULONG64 id;
    WDM_SUBJECT subject;
    UCHAR major;
    RequestClass its_class;  // of one that may have to wait for a thread
    bool deferred;
    DEVICE_OBJECT* top;  // of a deferred one: where it goes
    std::atomic<bool> active;
    // Our own copy of the data, short_data or of the heap: what came in the ring, and what is the driver's
    // SystemBuffer. Null for none.
    UCHAR* data;
    SIZE_T data_length;  // of the heap's
    MDL* mdl;
    // A parameter that its stack location points to, of the heap; null for none.
    void* parameter;
    LARGE_INTEGER lock_length;
    IO_SECURITY_CONTEXT security;
    ACCESS_STATE access;
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
    // In the table of Ids, where `link` is not null; among the free ones; among those that wait for room in
    // the ring.
    Lease* next;
    Lease** link;
    Lease* next_deferred;
};

// Stands before an IRP that does not lie in its lease.
struct alignas(16) DeepIrp {
    Lease* lease;
};

// REQUIRES: an IRP that build_irp() made.
inline Lease& lease_of(IRP& irp) {
    bool deep = irp.StackCount > kInlineStack;
    return deep ? *(reinterpret_cast<DeepIrp*>(&irp) - 1)->lease : *reinterpret_cast<Lease*>(&irp);
}

inline bool opens_file(UCHAR major) {
    return major == IRP_MJ_CREATE || major == IRP_MJ_CREATE_NAMED_PIPE || major == IRP_MJ_CREATE_MAILSLOT;
}

// Copies at most kShortData bytes, rounded up to 16, for the price of the bytes: from and to such places that
// may be read and written as far.
[[clang::no_builtin("memcpy")]] inline void copy_short(UCHAR* to, const UCHAR* from, SIZE_T length) {
    using Block [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = ULONG64;
    for (SIZE_T at = 0; at < length; at += sizeof(Block))
        *reinterpret_cast<Block*>(to + at) = *reinterpret_cast<const Block*>(from + at);
}

// The ring is `ring`; called once, before the first drain.
void attach_ring(WDM_RING& ring);
// Takes requests off the ring until it is empty, or this thread leads no more. One thread at a time.
void drain(_KTHREAD& me);
bool requests_pending();
// The word in the ring that says what a thread is busy with. `number` < WDM_LINES.
ULONG64& dispatch_line(ULONG number);
// Tells the Executive about completions that were only noted so far.
void flush_completions();
// The calling thread leads no more, though its dispatch routine has not returned.
void leave_lead();
// It has lost the lead: one thread less for others until drain() returns.
void engage();

// A call into a file system is done.
void finish_call(Lease& lease, NTSTATUS status);

// Builds the IRP of an IRP request; a failure is the status to complete it with. `request`: in the ring.
NTSTATUS build_irp(Lease& lease, const WDM_REQUEST& request, DEVICE_OBJECT& device);
// Says in the lease how it ended, and frees what build_irp made but `data`.
void finish_irp(Lease& lease);

// LOAD, UNLOAD, ADD_DEVICE, REMOVE_DEVICE: run on the pump's thread, may wait.
NTSTATUS control_request(const WDM_REQUEST& request);

}  // namespace pump
