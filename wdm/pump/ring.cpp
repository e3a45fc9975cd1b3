// SPDX-License-Identifier: GPL-3.0-only
//
// Taking requests off the ring and putting completions in.
#include <atomic>

#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/file.hpp"
#include "wdm/io/violation.hpp"
#include "wdm/ke/activity.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/pump/lease.hpp"

extern "C" BOOLEAN IoCancelIrp(PIRP irp);

namespace pump {
namespace {

constinit WDM_RING* ring = nullptr;
constinit Lease leases[WDM_SLOTS]{};
constinit platform::Lock completion_lock;
constinit std::atomic<bool> unsignalled{false};
constinit ULONG submit_head = 0;  // ours; the ring's word only tells the Executive

ULONG load(const ULONG& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}

WDM_REQUEST& request_of(ULONG slot) {
    return *reinterpret_cast<WDM_REQUEST*>(ring->Slots[slot]);
}

void set_state(WDM_REQUEST& request, ULONG state) {
    __atomic_store_n(&request.State, state, __ATOMIC_RELEASE);
}

// Ends the lease. After the slot is in the completion ring it may be used again at once.
void complete_slot(Lease& lease, NTSTATUS status, ULONG64 information) {
    lease.request->Status = status;
    lease.request->Information = information;
    lease.active = false;
    set_state(*lease.request, WDM_STATE_COMPLETED);
    platform::Guard guard(completion_lock);
    ULONG tail = ring->CompleteTail;
    ring->CompleteRing[tail % WDM_SLOTS] = lease.slot;
    __atomic_store_n(&ring->CompleteTail, tail + 1, __ATOMIC_RELEASE);
}

// Completions made by the thread that drains the ring are told once per batch, others at once.
void announce_completion() {
    if (ke::current().pump_leader)
        unsignalled.store(true, std::memory_order_relaxed);
    else
        platform::signal_completions();
}

// The lease of an IRP: most IRPs lie in their lease, those for deep device stacks do not.
Lease& lease_of(IRP& irp) {
    for (Lease& lease : leases)
        if (lease.irp == &irp) return lease;
    ke::bug_check(ke::kInconsistentIrp, reinterpret_cast<ULONG64>(&irp));
}

void on_lease_completed(IRP& irp) {
    Lease* lease = reinterpret_cast<Lease*>(&irp);
    bool inside = lease >= leases && lease < leases + WDM_SLOTS && lease->irp == &irp;
    if (!inside) [[unlikely]]
        lease = &lease_of(irp);
    NTSTATUS status = irp.IoStatus.Status;
    ULONG64 information = irp.IoStatus.Information;
    if (status == STATUS_PENDING) [[unlikely]]
        ke::bug_check(ke::kDriverVerifierDetectedViolation, 0x306, reinterpret_cast<ULONG64>(&irp));
    finish_irp(*lease);
    complete_slot(*lease, status, information);
    announce_completion();
}

void finish_now(Lease& lease, NTSTATUS status) {
    complete_slot(lease, status, 0);
    announce_completion();
}

// The driver that holds the IRP, having returned STATUS_PENDING, has marked it so. The IRP may be completed
// while this looks: then the number of the lease says that what was seen means nothing.
void check_marked(const Lease& lease, ULONG64 id) {
    const IRP* irp = lease.irp;
    if (irp == nullptr || static_cast<const void*>(irp) != lease.irp_memory) return;
    const IO_STACK_LOCATION location = *irp->Tail.Overlay.CurrentStackLocation;
    std::atomic_thread_fence(std::memory_order_acquire);
    if ((location.Control & SL_PENDING_RETURNED) != 0) return;
    if (!lease.active || lease.id != id || lease.irp != irp) return;
    io::mishandled(io::Violation::kNotMarkedPending, *location.DeviceObject, location.MajorFunction, *irp);
}

[[noreturn, gnu::noinline]] void not_pending(const Lease& lease, const DEVICE_OBJECT& device) {
    bool marked = (io::current_location(*lease.irp).Control & SL_PENDING_RETURNED) != 0;
    io::mishandled(marked ? io::Violation::kNotReturnedPending : io::Violation::kNotCompleted, device,
                   lease.major, *lease.irp);
}

// The dispatch routine of the topmost device returned `status` without completing: from here on the watchdog
// is content.
void note_pending(Lease& lease, ULONG64 id, NTSTATUS status, const DEVICE_OBJECT& device) {
    if (!lease.active || lease.id != id) return;
    if (status != STATUS_PENDING) not_pending(lease, device);
    check_marked(lease, id);
    ULONG expected = WDM_STATE_DISPATCHING;
    __atomic_compare_exchange_n(&lease.request->State, &expected, WDM_STATE_PENDING, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
}

void dispatch_irp(Lease& lease) {
    DEVICE_OBJECT* device = io::device_of(lease.request->Target);
    bool opens = lease.request->MajorFunction == IRP_MJ_CREATE;
    if (device == nullptr || (opens && device->DeviceObjectExtension->deleted))
        return finish_now(lease, STATUS_NO_SUCH_DEVICE);
    DEVICE_OBJECT& top = io::top_of(*device);
    NTSTATUS status = build_irp(lease, top);
    if (status < 0) return finish_now(lease, status);
    ULONG64 id = lease.id;
    NTSTATUS result = io::call_driver(top, *lease.irp);
    note_pending(lease, id, result, top);
}

bool to_be_cancelled(const Lease& lease) {
    return __atomic_load_n(&lease.request->CancelId, __ATOMIC_ACQUIRE) == lease.id;
}

// A request may complete while this runs; then IoCancelIrp finds an IRP that is not cancelable. Its slot is
// not used again meanwhile, for only the thread that drains the ring picks requests up.
void cancel_requested() {
    if (__atomic_load_n(&ring->CancelSlots, __ATOMIC_RELAXED) == 0) return;
    ULONG64 slots = __atomic_exchange_n(&ring->CancelSlots, 0, __ATOMIC_SEQ_CST);
    for (; slots != 0; slots &= slots - 1) {
        Lease& lease = leases[__builtin_ctzll(slots)];
        if (lease.active && lease.irp != nullptr && to_be_cancelled(lease)) IoCancelIrp(lease.irp);
    }
}

void pick_up(ULONG slot) {
    Lease& lease = leases[slot];
    WDM_REQUEST& request = request_of(slot);
    lease.request = &request;
    lease.slot = slot;
    lease.id = request.Id;
    lease.irp = nullptr;
    lease.active = true;
    set_state(request, WDM_STATE_DISPATCHING);
    switch (request.Kind) {
        case WDM_REQUEST_IRP:
            if (to_be_cancelled(lease)) return finish_now(lease, STATUS_CANCELLED);
            return dispatch_irp(lease);
        default:
            return finish_now(lease, control_request(request));
    }
}

}  // namespace

void attach_ring(WDM_RING& attached) {
    ring = &attached;
    ke::attach_activities(attached.Activities);
    submit_head = attached.SubmitHead;
    io::lease_completed = on_lease_completed;
}

bool submitted() {
    return load(ring->SubmitTail) != submit_head;
}

bool requests_pending() {
    return submitted() || __atomic_load_n(&ring->CancelSlots, __ATOMIC_SEQ_CST) != 0;
}

void drain() {
    const _KTHREAD& me = ke::current();
    ring->HostWaiting = 0;
    // What comes after the last look is found by requests_pending(), once HostWaiting is set.
    for (;;) {
        cancel_requested();
        if (!submitted()) break;
        ULONG slot = ring->SubmitRing[submit_head % WDM_SLOTS];
        __atomic_store_n(&ring->SubmitHead, ++submit_head, __ATOMIC_RELEASE);
        if (slot < WDM_SLOTS && !leases[slot].active) pick_up(slot);
        // The thread blocked in the driver and somebody else drains now.
        if (!me.pump_leader) return;
    }
    flush_completions();
    __atomic_store_n(&ring->HostWaiting, 1, __ATOMIC_SEQ_CST);
}

void flush_completions() {
    if (unsignalled.exchange(false, std::memory_order_relaxed)) platform::signal_completions();
}

}  // namespace pump
