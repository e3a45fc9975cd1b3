// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/deferred.hpp"

namespace pump {
namespace {

// By their class, the oldest first.
struct Deferred {
    Lease* first;
    Lease* last;
};
constinit Deferred deferred[kDeferrable]{};
constinit ULONG engaged = 0;

// The leader is one more.
bool has_thread(RequestClass of, ULONG busy) {
    constexpr ULONG kLeft[] = {6, 4, 2};
    return busy + 1 + kLeft[static_cast<ULONG>(of)] < WDM_DISPATCHERS;
}

bool file_waits(const FILE_OBJECT* file) {
    for (Lease* lease = deferred[0].first; lease != nullptr; lease = lease->next_deferred)
        if (lease->file == file) return true;
    return false;
}

// The list that it has to wait in, null for none: none passes those of its class, and what ends a file comes
// after what was asked of it before.
Deferred* must_wait(const Lease& lease) {
    if (lease.major == IRP_MJ_CLEANUP && file_waits(lease.file)) return &deferred[0];
    Deferred& kind = deferred[static_cast<ULONG>(lease.its_class)];
    return kind.first == nullptr && has_thread(lease.its_class, engaged) ? nullptr : &kind;
}

}  // namespace

RequestClass class_of(const WDM_REQUEST& request) {
    if ((request.IrpFlags & IRP_PAGING_IO) != 0) return RequestClass::kPaging;
    UCHAR major = request.MajorFunction;
    bool ends = major == IRP_MJ_CLOSE || major == IRP_MJ_CLEANUP;
    return opens_file(major) || ends ? RequestClass::kOpenAndClose : RequestClass::kOrdinary;
}

bool crowded() {
    return __atomic_load_n(&engaged, __ATOMIC_RELAXED) != 0;
}

void count_engaged() {
    __atomic_store_n(&engaged, engaged + 1, __ATOMIC_RELAXED);
}

bool defer(Lease& lease, DEVICE_OBJECT& top) {
    Deferred* kind = must_wait(lease);
    if (kind == nullptr) return false;
    lease.top = &top;
    lease.deferred = true;
    lease.next_deferred = nullptr;
    (kind->first == nullptr ? kind->first : kind->last->next_deferred) = &lease;
    kind->last = &lease;
    return true;
}

void take_out(Lease& lease) {
    lease.deferred = false;
    for (Deferred& kind : deferred) {
        Lease* before = nullptr;
        for (Lease* at = kind.first; at != nullptr; before = at, at = at->next_deferred) {
            if (at != &lease) continue;
            (before == nullptr ? kind.first : before->next_deferred) = lease.next_deferred;
            if (kind.last == &lease) kind.last = before;
            return;
        }
    }
}

Lease* next_deferred() {
    ULONG others = engaged - 1;
    for (ULONG kind = kDeferrable; kind-- > 0;) {
        Lease* lease = deferred[kind].first;
        if (lease == nullptr || !has_thread(static_cast<RequestClass>(kind), others)) continue;
        take_out(*lease);
        return lease;
    }
    __atomic_store_n(&engaged, others, __ATOMIC_RELAXED);
    return nullptr;
}

}  // namespace pump
