// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's end of a driver host's request ring (abi/wdm/ring.h). The memory is shared with the host,
// which may write anything into it at any time: every word is read once, the Executive's counters are its own
// and are only copied out, and what does not fit the protocol is reported, never followed.
#pragma once

#include "abi/wdm/ring.h"
#include "base/ref.hpp"
#include "executive/mm/frames.hpp"

namespace io {

class DriverRing {
public:
    static constexpr bool valid_depth(uint32_t depth) {
        return depth >= WDM_LEAST_DEPTH && depth <= WDM_MOST_DEPTH && (depth & (depth - 1)) == 0;
    }

    // Without its pages. REQUIRES: valid_depth(depth), entries of either ring.
    static Result<Own<DriverRing>> create(uint32_t depth);
    // A slice of making them; true when all are there, which everything else requires.
    Result<bool> add_pages();
    explicit DriverRing(uint32_t depth);
    ~DriverRing();

    uint32_t depth() const { return depth_; }
    std::span<const mm::FrameNumber> frames() const { return {frames_, made_}; }

    // --- submissions
    // Entries that are free. A host that says it took what it was never given has spoilt() its ring.
    uint32_t room();
    // The entry that is submitted next. REQUIRES: room() > 0.
    WDM_REQUEST& next_request() { return *reinterpret_cast<WDM_REQUEST*>(entry(submit_tail_ & mask_)); }
    // Its number, by which the others are asked.
    uint32_t next_entry() const { return submit_tail_ & mask_; }
    // Hands it over. `id`: its Id.
    void submit(uint64_t id);
    // The host has not taken this request yet, which was submitted in this entry.
    bool untaken(uint32_t entry, uint64_t id);
    // The Id of the request that was submitted `ahead` after the oldest that the host has not taken; 0 when
    // there is none.
    uint64_t untaken(uint32_t ahead);
    // The host is about to sleep and needs a signal.
    bool host_waits() const { return load(header().HostWaiting) != 0; }
    // The host is to signal when it has taken something.
    void wait_for_room() { __atomic_store_n(&header().ExecutiveWaiting, 1u, __ATOMIC_SEQ_CST); }

    // --- cancels
    // Tells the host to cancel this request, which was submitted in this entry. False: there is no room, and
    // nothing was done but what a request needs that the host has not taken.
    bool cancel(uint32_t entry, uint64_t id);

    // --- completions
    // What the host has completed next, null for nothing; it is there until pop(). The words in it are the
    // host's.
    const WDM_COMPLETION* next_completion();
    // True when the host waits for that.
    bool pop();

    // The host's counters made no sense.
    bool spoilt() const { return spoilt_; }
    // What the host says that one of its threads is busy with; 0: nothing. REQUIRES: line < WDM_LINES.
    uint64_t dispatching(unsigned line) const {
        return __atomic_load_n(&header().Dispatching[line], __ATOMIC_ACQUIRE);
    }
    bool dispatches(uint64_t id) const;
    // What the host says of one line, copied once. REQUIRES: line < WDM_ACTIVITIES.
    WDM_ACTIVITY activity(unsigned line) const;

private:
    static constexpr unsigned kEntriesPerPage = mm::kPageSize / WDM_ENTRY_SIZE;
    static constexpr size_t kMostPages = WDM_RING_SIZE(WDM_MOST_DEPTH) / mm::kPageSize;

    static uint32_t load(const ULONG& word) { return __atomic_load_n(&word, __ATOMIC_SEQ_CST); }
    // Only the first page may be used through this: the frames need not lie next to each other.
    WDM_RING& header() const { return *reinterpret_cast<WDM_RING*>(pages_[0]); }
    uint8_t* entry(uint32_t number) const {
        return pages_[1 + number / kEntriesPerPage] + number % kEntriesPerPage * WDM_ENTRY_SIZE;
    }
    void follow_submissions();

    const uint32_t depth_;
    const uint32_t mask_;
    bool spoilt_ = false;
    uint32_t submit_tail_ = 0;
    uint32_t submit_head_ = 0;  // the host's, as far as it is believed
    uint32_t complete_head_ = 0;
    uint32_t cancel_tail_ = 0;
    size_t made_ = 0;                          // pages
    uint64_t submitted_[WDM_MOST_DEPTH] = {};  // the Id that each entry was last used for
    mm::FrameNumber frames_[kMostPages] = {};
    uint8_t* pages_[kMostPages] = {};  // the aliases of the frames
};

}  // namespace io
