// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's end of a driver host's request ring (abi/wdm/ring.h). The memory is shared with the host,
// which may write anything into it at any time: every word is read once, the Executive's counters are its own
// and are only copied out, and what does not fit the protocol is reported, never followed.
#pragma once

#include <optional>

#include "abi/wdm/ring.h"
#include "base/ref.hpp"
#include "executive/mm/frames.hpp"

namespace io {

class DriverRing {
public:
    static constexpr size_t kPages = WDM_RING_SIZE / mm::kPageSize;

    // Without its pages.
    static Result<Own<DriverRing>> create();
    // A slice of making them; true when all are there, which everything else requires.
    Result<bool> add_pages();
    DriverRing();
    ~DriverRing();

    std::span<const mm::FrameNumber> frames() const { return frames_; }
    // The Executive's view of a slot. REQUIRES: slot < WDM_SLOTS.
    WDM_REQUEST& slot(unsigned slot) {
        ASSERT(slot < WDM_SLOTS);
        uint8_t* page = pages_[1 + slot / kSlotsPerPage];
        return *reinterpret_cast<WDM_REQUEST*>(page + slot % kSlotsPerPage * WDM_SLOT_SIZE);
    }
    // Where the host sees a place of a slot, given where it sees the ring.
    static uint64_t host_address(uint64_t ring, unsigned slot, size_t offset) {
        return ring + mm::kPageSize + slot * uint64_t{WDM_SLOT_SIZE} + offset;
    }

    // Puts a slot into the submission ring. REQUIRES: it is not in it.
    void submit(unsigned slot);
    // Tells the host to cancel this request, if the slot still holds it when the host looks.
    void cancel(unsigned slot, uint64_t id);
    // The host is about to sleep and needs a signal.
    bool host_waits() const;
    // True once the host has taken this submission (the value of submissions() before submit()).
    bool taken(uint32_t submission) const;
    uint32_t submissions() const { return submit_tail_; }

    // Takes the next completed slot; empty when there is none. STATUS_INVALID_PARAMETER when the host's
    // counters or the slot number make no sense.
    Result<std::optional<unsigned>> next_completion();

    // What the host says of one line, copied once. REQUIRES: line < WDM_ACTIVITIES.
    WDM_ACTIVITY activity(unsigned line) const;

    static uint32_t state(const WDM_REQUEST& request) {
        return __atomic_load_n(&request.State, __ATOMIC_ACQUIRE);
    }

private:
    static constexpr unsigned kSlotsPerPage = mm::kPageSize / WDM_SLOT_SIZE;

    // Only the fields of the first page may be used through this: the frames need not lie next to each other.
    WDM_RING& header() const { return *reinterpret_cast<WDM_RING*>(pages_[0]); }

    mm::FrameNumber frames_[kPages] = {};
    uint8_t* pages_[kPages] = {};  // the aliases of the frames
    size_t made_ = 0;              // of both
    uint32_t submit_tail_ = 0;
    uint32_t complete_head_ = 0;
};

}  // namespace io
