// SPDX-License-Identifier: GPL-3.0-only
//
// Taking requests off the ring and putting completions in.
#include <atomic>
#include <utility>

#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/file.hpp"
#include "wdm/io/violation.hpp"
#include "wdm/ke/activity.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/pump/calls.hpp"
#include "wdm/pump/data.hpp"
#include "wdm/pump/deferred.hpp"
#include "wdm/pump/lease.hpp"

extern "C" BOOLEAN IoCancelIrp(PIRP irp);

namespace pump {
namespace {

constexpr ULONG kBuckets = 256;

constinit WDM_RING* ring = nullptr;
constinit UCHAR* entries = nullptr;
constinit ULONG mask = 0;
constinit ULONG submit_head = 0;  // ours; the ring's word only tells the Executive
constinit ULONG cancel_head = 0;
constinit std::atomic<bool> unsignalled{false};

// Of the thread that drains the ring: its stock of free leases, and the one it is dispatching, which nobody
// looks for by its Id as long as it does.
constinit Lease* stock = nullptr;
constinit Lease* dispatched = nullptr;

// Guards what follows, the leases' places in it, and the ring of completions.
constinit platform::Lock lease_lock;
constinit Lease* by_id[kBuckets]{};
constinit Lease* free_leases = nullptr;
// Completed, and waiting for room in the ring.
constinit Lease* first_finished = nullptr;
constinit Lease** last_finished = &first_finished;

ULONG load(const ULONG& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}

const WDM_REQUEST& submission(ULONG number) {
    return *reinterpret_cast<const WDM_REQUEST*>(entries + SIZE_T{number & mask} * WDM_ENTRY_SIZE);
}

WDM_COMPLETION& completion(ULONG number) {
    SIZE_T entry = SIZE_T{mask} + 1 + (number & mask);
    return *reinterpret_cast<WDM_COMPLETION*>(entries + entry * WDM_ENTRY_SIZE);
}

bool room_to_complete() {
    return ring->CompleteTail - load(ring->CompleteHead) <= mask;
}

// --- under lease_lock

void insert(Lease& lease) {
    Lease*& bucket = by_id[lease.id % kBuckets];
    lease.next = bucket;
    lease.link = &bucket;
    if (bucket != nullptr) bucket->link = &lease.next;
    bucket = &lease;
}

void remove(Lease& lease) {
    if (lease.link == nullptr) return;
    *lease.link = lease.next;
    if (lease.next != nullptr) lease.next->link = lease.link;
    lease.link = nullptr;
}

void put(ULONG64 id, NTSTATUS status, ULONG64 information, const UCHAR* output, ULONG64 written) {
    ULONG tail = ring->CompleteTail;
    WDM_COMPLETION& entry = completion(tail);
    entry.Id = id;
    entry.Status = status;
    entry.Information = information;
    entry.Written = written;
    if (written != 0 && output != nullptr) {
        if (written <= kShortData)
            copy_short(entry.Inline, output, written);
        else
            __builtin_memcpy(entry.Inline, output, written);
    }
    __atomic_store_n(&ring->CompleteTail, tail + 1, __ATOMIC_RELEASE);
}

// The lease is free afterwards.
void put(Lease& lease) {
    const UCHAR* output = lease.window == nullptr ? lease.output : nullptr;
    put(lease.id, lease.status, lease.information, output, lease.written);
    if (lease.data != nullptr && lease.data != lease.short_data) give_data(lease.data, lease.data_length);
    lease.data = nullptr;
    lease.next = free_leases;
    free_leases = &lease;
}

// False: some are left, and the Executive will signal when there is room.
bool put_finished_locked() {
    for (;;) {
        while (first_finished != nullptr && room_to_complete()) {
            Lease& lease = *first_finished;
            first_finished = lease.next;
            if (first_finished == nullptr) last_finished = &first_finished;
            put(lease);
        }
        if (first_finished == nullptr) return true;
        __atomic_store_n(&ring->CompletionsWaiting, 1u, __ATOMIC_SEQ_CST);
        if (!room_to_complete()) return false;
    }
}

// ---

// Fills the stock; false without memory.
bool fetch_leases() {
    {
        platform::Guard guard(lease_lock);
        stock = free_leases;
        free_leases = nullptr;
    }
    if (stock != nullptr) return true;
    stock = static_cast<Lease*>(platform::allocate(sizeof(Lease)));
    if (stock == nullptr) return false;
    stock->next = nullptr;
    stock->link = nullptr;
    stock->deep_irp = nullptr;
    stock->data = nullptr;
    return true;
}

// The lease of this request from now on. Null when there is no memory.
Lease* take_lease(ULONG64 id) {
    if (stock == nullptr && !fetch_leases()) return nullptr;
    Lease* lease = stock;
    stock = lease->next;
    if (lease->deep_irp != nullptr) [[unlikely]]
        platform::release(lease->deep_irp);
    lease->deep_irp = nullptr;
    lease->irp = nullptr;
    lease->deferred = false;
    lease->id = id;
    lease->active.store(true, std::memory_order_release);
    return lease;
}

// True: it has to wait for a thread, which will take it.
bool defer_request(Lease& lease, DEVICE_OBJECT& top) {
    platform::Guard guard(lease_lock);
    if (!defer(lease, top)) [[likely]]
        return false;
    insert(lease);
    return true;
}

Lease* next_request() {
    platform::Guard guard(lease_lock);
    return next_deferred();
}

// From now on its request is found by its Id, unless it has been completed.
void hold(Lease& lease, ULONG64 id) {
    platform::Guard guard(lease_lock);
    bool there = lease.link != nullptr;
    if (!there && lease.active.load(std::memory_order_relaxed) && lease.id == id) insert(lease);
}

// Completions made by the thread that drains the ring are told once per batch, others at once.
void announce_completion(bool all_put) {
    if (all_put && ke::current().pump_leader)
        unsignalled.store(true, std::memory_order_relaxed);
    else
        platform::signal_completions();
}

// Ends the lease. It may be used again at once.
void complete_lease(Lease& lease) {
    bool all_put = true;
    {
        platform::Guard guard(lease_lock);
        remove(lease);
        lease.active.store(false, std::memory_order_relaxed);
        if (first_finished == nullptr && room_to_complete()) [[likely]] {
            put(lease);
        } else {
            lease.next = nullptr;
            *last_finished = &lease;
            last_finished = &lease.next;
            all_put = put_finished_locked();
        }
    }
    announce_completion(all_put);
}

void put_finished() {
    if (first_finished == nullptr) [[likely]]
        return;
    bool all_put;
    {
        platform::Guard guard(lease_lock);
        all_put = put_finished_locked();
    }
    announce_completion(all_put);
}

void on_lease_completed(IRP& irp) {
    if (irp.IoStatus.Status == STATUS_PENDING) [[unlikely]]
        ke::bug_check(ke::kDriverVerifierDetectedViolation, 0x306, reinterpret_cast<ULONG64>(&irp));
    Lease& lease = lease_of(irp);
    finish_irp(lease);
    complete_lease(lease);
}

void finish_now(Lease& lease, NTSTATUS status) {
    lease.status = status;
    lease.information = lease.written = 0;
    lease.output = lease.window = nullptr;
    complete_lease(lease);
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

// The dispatch routine of the topmost device returned `status` without completing.
void check_pending(const Lease& lease, ULONG64 id, NTSTATUS status, const DEVICE_OBJECT& device) {
    if (!lease.active || lease.id != id) return;
    if (status != STATUS_PENDING) not_pending(lease, device);
    check_marked(lease, id);
}

void cancel_deferred(Lease& lease) {
    lease.irp->IoStatus.Status = STATUS_CANCELLED;
    lease.irp->IoStatus.Information = 0;
    finish_irp(lease);
    complete_lease(lease);
}

// The entry may be used again.
void take_entry() {
    __atomic_store_n(&ring->SubmitHead, ++submit_head, __ATOMIC_RELEASE);
}

// A request may complete while this runs; then IoCancelIrp finds an IRP that is not cancelable. Its lease is
// not used again meanwhile, for only the thread that drains the ring takes one.
void cancel_requested(const _KTHREAD& me) {
    while (me.pump_leader && load(ring->CancelTail) != cancel_head) {
        ULONG64 id = ring->Cancels[cancel_head % WDM_CANCELS];
        __atomic_store_n(&ring->CancelHead, ++cancel_head, __ATOMIC_RELEASE);
        IRP* irp = nullptr;
        Lease* waiting = nullptr;
        {
            platform::Guard guard(lease_lock);
            Lease* lease = by_id[id % kBuckets];
            while (lease != nullptr && lease->id != id)
                lease = lease->next;
            if (lease != nullptr && lease->deferred) {
                take_out(*lease);
                waiting = lease;
            } else if (lease != nullptr) {
                irp = lease->irp;
            }
        }
        if (waiting != nullptr) cancel_deferred(*waiting);
        if (irp != nullptr) IoCancelIrp(irp);
    }
}

bool to_be_cancelled(const WDM_REQUEST& request) {
    return __atomic_load_n(&request.CancelId, __ATOMIC_ACQUIRE) == request.Id;
}

// Why it does not get to its driver, or its IRP in the lease, for `top`.
NTSTATUS prepare_irp(Lease& lease, const WDM_REQUEST& request, DEVICE_OBJECT*& top) {
    if (to_be_cancelled(request)) return STATUS_CANCELLED;
    DEVICE_OBJECT* device = io::device_of(request.Target);
    bool opens = opens_file(request.MajorFunction);
    if (device == nullptr || (opens && device->DeviceObjectExtension->deleted)) return STATUS_NO_SUCH_DEVICE;
    top = &io::top_of(*device);
    return build_irp(lease, request, *top);
}

// REQUIRES: me.subject is its subject.
NTSTATUS dispatch(_KTHREAD& me, Lease& lease, DEVICE_OBJECT& top) {
    lease.irp->Tail.Overlay.Thread = &me;
    return io::call_driver(top, *lease.irp);
}

void pick_up_irp(_KTHREAD& me, Lease& lease, const WDM_REQUEST& request) {
    ULONG64 id = request.Id;
    DEVICE_OBJECT* top = nullptr;
    NTSTATUS status = prepare_irp(lease, request, top);
    bool may_wait = crowded();
    if (may_wait) lease.its_class = class_of(request);
    take_entry();
    if (status < 0) return finish_now(lease, status);
    if (may_wait && defer_request(lease, *top)) return;
    dispatched = &lease;
    NTSTATUS result = dispatch(me, lease, *top);
    if (me.pump_leader) {
        dispatched = nullptr;
        if (!lease.active.load(std::memory_order_acquire)) return;  // or another's by now, which is the same
        hold(lease, id);
    }
    check_pending(lease, id, result, *top);
}

void pick_up_control(Lease& lease, const WDM_REQUEST& submitted) {
    WDM_REQUEST request = submitted;
    take_entry();
    finish_now(lease, control_request(request));
}

void pick_up_call(Lease& lease, const WDM_REQUEST& submitted) {
    WDM_REQUEST request = submitted;
    take_entry();
    NTSTATUS status = hand_over_call(lease, request);
    if (status != STATUS_PENDING) finish_now(lease, status);
}

// There is no memory for it: it fails as soon as there is room to say so.
void refuse(ULONG64 id) {
    for (;;) {
        {
            platform::Guard guard(lease_lock);
            if (put_finished_locked() && room_to_complete()) {
                put(id, STATUS_INSUFFICIENT_RESOURCES, 0, nullptr, 0);
                break;
            }
            __atomic_store_n(&ring->CompletionsWaiting, 1u, __ATOMIC_SEQ_CST);
        }
        platform::signal_completions();
        platform::wait_for_requests();
    }
    take_entry();
    announce_completion(true);
}

// It is about nobody's request any more, and acts as nobody.
void end_dispatch(_KTHREAD& me) {
    __atomic_store_n(me.dispatch_line, 0ull, __ATOMIC_RELEASE);
    if (me.impersonating) [[unlikely]] {
        platform::revert_to_self();
        me.impersonating = false;
    }
}

void pick_up(_KTHREAD& me, const WDM_REQUEST& request) {
    me.subject = request.Subject;
    bool awaited = request.Awaited != 0;
    ULONG64& line = *me.dispatch_line;
    __atomic_store_n(&line, request.Id, __ATOMIC_RELEASE);
    Lease* lease = take_lease(request.Id);
    if (lease == nullptr) [[unlikely]]
        refuse(request.Id);
    else if (request.Kind == WDM_REQUEST_IRP) [[likely]]
        pick_up_irp(me, *lease, request);
    else if (request.Kind == WDM_REQUEST_CALL)
        pick_up_call(*lease, request);
    else
        pick_up_control(*lease, request);
    end_dispatch(me);
    if (awaited) announce_completion(true);
}

}  // namespace

void attach_ring(WDM_RING& attached) {
    ring = &attached;
    entries = reinterpret_cast<UCHAR*>(&attached) + 4096;
    mask = attached.Depth - 1;
    ke::attach_activities(attached.Activities);
    submit_head = attached.SubmitHead;
    cancel_head = attached.CancelHead;
    io::lease_completed = on_lease_completed;
}

void finish_call(Lease& lease, NTSTATUS status) {
    finish_now(lease, status);
}

ULONG64& dispatch_line(ULONG number) {
    return ring->Dispatching[number];
}

bool submitted() {
    return load(ring->SubmitTail) != submit_head;
}

bool requests_pending() {
    if (submitted() || __atomic_load_n(&ring->CancelTail, __ATOMIC_SEQ_CST) != cancel_head) return true;
    return first_finished != nullptr && room_to_complete();
}

// For a thread that has lost the lead: it goes on with what waits for one.
void dispatch_deferred(_KTHREAD& me) {
    ULONG64& line = *me.dispatch_line;
    while (Lease* lease = next_request()) {
        ULONG64 id = lease->id;
        DEVICE_OBJECT* top = lease->top;
        me.subject = lease->subject;
        __atomic_store_n(&line, id, __ATOMIC_RELEASE);
        NTSTATUS result = dispatch(me, *lease, *top);
        check_pending(*lease, id, result, *top);
        end_dispatch(me);
    }
}

void engage() {
    platform::Guard guard(lease_lock);
    count_engaged();
}

void drain(_KTHREAD& me) {
    ring->HostWaiting = 0;
    // What comes after the last look is found by requests_pending(), once HostWaiting is set.
    for (;;) {
        put_finished();
        cancel_requested(me);
        // Where the thread blocked in the driver somebody else drains now.
        if (!me.pump_leader) return dispatch_deferred(me);
        if (!submitted()) break;
        pick_up(me, submission(submit_head));
        if (!me.pump_leader) return dispatch_deferred(me);
    }
    flush_completions();
    __atomic_store_n(&ring->HostWaiting, 1, __ATOMIC_SEQ_CST);
}

void leave_lead() {
    Lease* lease = std::exchange(dispatched, nullptr);
    if (lease != nullptr) hold(*lease, lease->id);
    flush_completions();
}

void flush_completions() {
    bool signal = unsignalled.exchange(false, std::memory_order_relaxed);
    if (load(ring->ExecutiveWaiting) != 0)
        signal |= __atomic_exchange_n(&ring->ExecutiveWaiting, 0, __ATOMIC_SEQ_CST) != 0;
    if (signal) platform::signal_completions();
}

}  // namespace pump
