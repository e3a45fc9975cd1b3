// SPDX-License-Identifier: GPL-3.0-only
//
// Something that happens at a point in time. A Timer belongs to whoever embeds it and unschedules itself when
// destroyed. expired() runs from the event loop, never from inside schedule().
#pragma once

#include <stdint.h>

#include "base/tree.hpp"
#include "executive/ke/clock.hpp"

namespace ke {

class Timer : public TreeLink<struct TimerTag> {
public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // At interrupt_time() >= due; re-scheduling moves it.
    void schedule(uint64_t due);
    // False when it was not scheduled (any more).
    bool cancel();
    bool scheduled() const { return scheduled_; }
    uint64_t due() const { return due_; }

    // Who comes first when many are due at once. Patient are those that programs make as many of as they
    // like and that may be a little late, urgent the waits of threads of high priority.
    enum class Urgency : uint8_t { Urgent, Prompt, Patient };

    virtual void expired() = 0;
    virtual Urgency urgency() const { return Urgency::Prompt; }

protected:
    ~Timer() { cancel(); }

private:
    friend class TimerQueue;
    uint64_t due_ = 0;
    bool scheduled_ = false;
    Urgency urgency_ = Urgency::Prompt;  // as it was when scheduled
};

// The end of a wait, as NT gives it: none, an interval (negative) or a system time.
class Deadline {
public:
    static Deadline never() { return Deadline(UINT64_MAX); }
    static Deadline now() { return Deadline(0); }
    // 100 ns units, NT's sign convention; 0 is "do not wait".
    static Deadline from_timeout(int64_t timeout);

    bool is_never() const { return due_ == UINT64_MAX; }
    bool is_now() const { return due_ == 0; }
    // On the interrupt_time() scale.
    uint64_t due() const { return due_; }

private:
    explicit Deadline(uint64_t due) : due_(due) {}
    uint64_t due_;
};

}  // namespace ke
