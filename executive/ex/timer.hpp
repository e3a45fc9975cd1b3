// SPDX-License-Identifier: GPL-3.0-only
//
// Timer objects: set to a time, signalled when it comes, again and again when periodic; an APC may go to the
// thread that set it, at most one at a time. Setting or cancelling drops an APC that has not been delivered
// yet.
#pragma once

#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class Timer final : public ob::Object, public ke::Waitable, private ke::Timer, private ke::ThreadBound {
public:
    static const ob::Type kType;
    static Result<Ref<Timer>> create(TIMER_TYPE type);

    struct Target {
        ke::Thread* thread = nullptr;  // null: no APC
        uint64_t routine = 0;
        uint64_t context = 0;
    };
    // Due on the interrupt_time() scale, period in milliseconds (0: once). Returns whether it was signalled.
    bool set(uint64_t due, uint32_t period, const Target& target);
    bool cancel();
    bool is_set() const { return set_; }
    // 100 ns until it is due; 0 or less when it is past or was never set.
    int64_t remaining() const;

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread&) const override { return set_; }
    NTSTATUS consume(ke::Thread&) override;
    bool keeps_state() const override { return timer_type_ == NotificationTimer; }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Timer(TIMER_TYPE type) : Object(kType), timer_type_(type) { set_extra_charge(sizeof(ke::Apc)); }
    ~Timer() override { drop_apc(); }
    void expired() override;
    Urgency urgency() const override { return Urgency::Patient; }
    void thread_ended(ke::Thread& thread) override;
    void last_handle_closed() override { cancel(); }
    void stop();
    void queue_apc();
    void drop_apc() { delete apc_; }

    TIMER_TYPE timer_type_;
    bool set_ = false;
    uint32_t period_ = 0;
    Target target_;
    ke::Apc* apc_ = nullptr;  // queued and not delivered yet
};

}  // namespace ex
