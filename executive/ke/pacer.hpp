// SPDX-License-Identifier: GPL-3.0-only
//
// Work that would be too long for one turn and has no client any more whose stub could repeat it: the end of
// processes, of big objects, of long queues. It is done in slices; a helper thread calls the Executive once
// for each, so that whoever is more important runs in between. When others leave the pacer no time at all,
// its priority is raised for a moment now and then: the memory of the dead comes back even beside a hog.
#pragma once

#include "base/list.hpp"
#include "executive/ke/helper_thread.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

class PacedWork : public ListLink<struct PacedTag> {
public:
    // Does about a ke::Slice of the work; true when nothing is left. It is off the pacer's list meanwhile and
    // is put back when something is left: a last slice may destroy it.
    virtual bool slice() = 0;
    // True when a slice gives back memory and touches nothing but what is dead: it may then be done in the
    // midst of any service that needs memory.
    virtual bool gives_memory() const { return false; }

protected:
    ~PacedWork() = default;
};

class Pacer final : public HelperThread, public Timer {
public:
    // The kernel's, of NT's priority 8.
    static constexpr unsigned kPromptPriority = 96;
    // Above ordinary programs, below high ones.
    static constexpr unsigned kRaisedPriority = 114;
    // The kernel's, for what the whole system waits for: where driver hosts are, above every program.
    static constexpr unsigned kSystemPriority = 190;
    // Above all, a driver host that spins too: for a few slices.
    static constexpr unsigned kHighestPriority = 254;

    static Pacer& instance();
    // Once, at boot.
    Result<void> initialize();

    // Somebody waits for the end of this work: as a thread of normal priority.
    void add(PacedWork& work) { queue(prompt_, work); }
    // A thread of this priority of the kernel's waits for it, and it is done at no lower one.
    void add(PacedWork& work, unsigned priority);
    // Nobody does: below all threads, but for those that keep the pacer busy.
    void add_idle(PacedWork& work) { queue(idle_, work); }
    // Does a slice of something that gives memory back. False: there is none.
    bool relieve();

    uint64_t called(uint64_t word) override;
    void expired() override;

private:
    using Works = List<PacedWork, PacedTag>;
    static constexpr unsigned kIdlePriority = 32;
    static constexpr unsigned kSlicesAtHighest = 16;
    // One slice in so many, whatever is more urgent.
    static constexpr uint64_t kPromptShare = 8;
    static constexpr uint64_t kIdleShare = 64;
    static constexpr uint64_t kPatience = 100 * kTicksPerMillisecond;
    static constexpr uint64_t kRaisedTime = 20 * kTicksPerMillisecond;

    void run() override;
    void queue(Works& works, PacedWork& work);
    bool busy() const { return !urgent_.empty() || !prompt_.empty() || !idle_.empty(); }
    void slice();
    bool slice(Works& works);
    void choose_priority();

    Works urgent_;          // for threads above the normal priority
    unsigned urgency_ = 0;  // the highest of them since there was none, the kernel's
    Works prompt_;
    Works idle_;
    uint64_t slices_ = 0;  // done, ever
    uint64_t seen_ = 0;    // of them when the timer looked last
    unsigned priority_ = kIdlePriority;
    unsigned raised_ = 0;  // 1: beside hogs, 2: beside hogs of high priority
    unsigned left_ = 0;    // slices at the highest priority
};

}  // namespace ke
