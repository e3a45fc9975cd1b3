// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_ring.hpp"

#include "executive/ke/slice.hpp"

namespace io {

static_assert(mm::kPageSize % WDM_ENTRY_SIZE == 0);

DriverRing::DriverRing(uint32_t depth) : depth_(depth), mask_(depth - 1) {
    ASSERT(valid_depth(depth));
}

Result<Own<DriverRing>> DriverRing::create(uint32_t depth) {
    return make_own<DriverRing>(depth);
}

Result<bool> DriverRing::add_pages() {
    size_t pages = WDM_RING_SIZE(depth_) / mm::kPageSize;
    for (ke::Slice slice; made_ < pages; ++made_) {
        if (slice.over()) return false;
        frames_[made_] = TRY(mm::allocate_frame());
        pages_[made_] = mm::alias(frames_[made_]);
    }
    header().Version = WDM_RING_VERSION;
    header().Depth = depth_;
    return true;
}

DriverRing::~DriverRing() {
    for (mm::FrameNumber frame : frames_)
        if (frame != mm::kNoFrame) mm::release_frame(frame);
}

void DriverRing::follow_submissions() {
    uint32_t head = load(header().SubmitHead);
    if (head - submit_head_ > submit_tail_ - submit_head_) [[unlikely]]
        spoilt_ = true;
    else
        submit_head_ = head;
}

uint32_t DriverRing::room() {
    follow_submissions();
    return depth_ - (submit_tail_ - submit_head_);
}

void DriverRing::submit(uint64_t id) {
    submitted_[submit_tail_ & mask_] = id;
    __atomic_store_n(&header().SubmitTail, ++submit_tail_, __ATOMIC_RELEASE);
}

bool DriverRing::untaken(uint32_t entry, uint64_t id) {
    follow_submissions();
    return submitted_[entry] == id && ((entry - submit_head_) & mask_) < submit_tail_ - submit_head_;
}

uint64_t DriverRing::untaken(uint32_t ahead) {
    follow_submissions();
    if (ahead >= submit_tail_ - submit_head_) return 0;
    return submitted_[(submit_head_ + ahead) & mask_];
}

bool DriverRing::cancel(uint32_t number, uint64_t id) {
    if (submitted_[number] == id)
        __atomic_store_n(&reinterpret_cast<WDM_REQUEST*>(entry(number))->CancelId, id, __ATOMIC_RELEASE);
    uint32_t taken = load(header().CancelHead);
    if (cancel_tail_ - taken > WDM_CANCELS) spoilt_ = true;
    if (cancel_tail_ - taken >= WDM_CANCELS) return false;
    __atomic_store_n(&header().Cancels[cancel_tail_ % WDM_CANCELS], id, __ATOMIC_RELAXED);
    __atomic_store_n(&header().CancelTail, ++cancel_tail_, __ATOMIC_SEQ_CST);
    return true;
}

const WDM_COMPLETION* DriverRing::next_completion() {
    uint32_t waiting = __atomic_load_n(&header().CompleteTail, __ATOMIC_ACQUIRE) - complete_head_;
    if (waiting == 0) return nullptr;
    if (waiting > depth_) [[unlikely]] {
        spoilt_ = true;
        return nullptr;
    }
    return reinterpret_cast<const WDM_COMPLETION*>(entry(depth_ + (complete_head_ & mask_)));
}

bool DriverRing::pop() {
    __atomic_store_n(&header().CompleteHead, ++complete_head_, __ATOMIC_SEQ_CST);
    if (load(header().CompletionsWaiting) == 0) [[likely]]
        return false;
    __atomic_store_n(&header().CompletionsWaiting, 0u, __ATOMIC_SEQ_CST);
    return true;
}

bool DriverRing::dispatches(uint64_t id) const {
    for (unsigned line = 0; line < WDM_LINES; ++line)
        if (dispatching(line) == id) return true;
    return false;
}

WDM_ACTIVITY DriverRing::activity(unsigned line) const {
    const WDM_ACTIVITY& shared = header().Activities[line];
    return {__atomic_load_n(&shared.Turn, __ATOMIC_ACQUIRE), __atomic_load_n(&shared.Kind, __ATOMIC_RELAXED),
            __atomic_load_n(&shared.Routine, __ATOMIC_RELAXED)};
}

}  // namespace io
