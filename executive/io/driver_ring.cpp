// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_ring.hpp"

#include "executive/ke/slice.hpp"

namespace io {

static_assert(mm::kPageSize % WDM_SLOT_SIZE == 0);
static_assert(offsetof(WDM_RING, Slots) == mm::kPageSize);

DriverRing::DriverRing() = default;

Result<Own<DriverRing>> DriverRing::create() {
    return make_own<DriverRing>();
}

Result<bool> DriverRing::add_pages() {
    for (ke::Slice slice; made_ < kPages; ++made_) {
        if (slice.over()) return false;
        frames_[made_] = TRY(mm::allocate_frame());
        pages_[made_] = mm::alias(frames_[made_]);
    }
    return true;
}

DriverRing::~DriverRing() {
    for (mm::FrameNumber frame : frames_)
        if (frame != mm::kNoFrame) mm::release_frame(frame);
}

void DriverRing::submit(unsigned slot) {
    WDM_RING& ring = header();
    ring.SubmitRing[submit_tail_ % WDM_SLOTS] = slot;
    __atomic_store_n(&ring.SubmitTail, ++submit_tail_, __ATOMIC_RELEASE);
}

void DriverRing::cancel(unsigned slot, uint64_t id) {
    __atomic_store_n(&this->slot(slot).CancelId, id, __ATOMIC_RELAXED);
    __atomic_fetch_or(&header().CancelSlots, uint64_t{1} << slot, __ATOMIC_SEQ_CST);
}

bool DriverRing::host_waits() const {
    return __atomic_load_n(&header().HostWaiting, __ATOMIC_SEQ_CST) != 0;
}

bool DriverRing::taken(uint32_t submission) const {
    uint32_t head = __atomic_load_n(&header().SubmitHead, __ATOMIC_RELAXED);
    // A head that cannot be: the host wrote over it, so it had everything in its hands.
    if (submit_tail_ - head > WDM_SLOTS) return true;
    return static_cast<int32_t>(head - submission) > 0;
}

WDM_ACTIVITY DriverRing::activity(unsigned line) const {
    const WDM_ACTIVITY& shared = header().Activities[line];
    return {__atomic_load_n(&shared.Turn, __ATOMIC_ACQUIRE), __atomic_load_n(&shared.Kind, __ATOMIC_RELAXED),
            __atomic_load_n(&shared.Routine, __ATOMIC_RELAXED)};
}

Result<std::optional<unsigned>> DriverRing::next_completion() {
    WDM_RING& ring = header();
    uint32_t waiting = __atomic_load_n(&ring.CompleteTail, __ATOMIC_ACQUIRE) - complete_head_;
    if (waiting == 0) return std::optional<unsigned>();
    if (waiting > WDM_SLOTS) return fail(STATUS_INVALID_PARAMETER);
    uint32_t slot = __atomic_load_n(&ring.CompleteRing[complete_head_ % WDM_SLOTS], __ATOMIC_RELAXED);
    __atomic_store_n(&ring.CompleteHead, ++complete_head_, __ATOMIC_RELEASE);
    if (slot >= WDM_SLOTS) return fail(STATUS_INVALID_PARAMETER);
    return std::optional<unsigned>(slot);
}

}  // namespace io
