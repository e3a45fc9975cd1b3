// SPDX-License-Identifier: GPL-3.0-only
//
// Event objects. A notification event stays set until cleared; a synchronization event is taken by the first
// waiter.
#pragma once

#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class Event final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    static Result<Ref<Event>> create(EVENT_TYPE type, bool set);

    EVENT_TYPE event_type() const { return event_type_; }
    bool is_set() const { return set_; }
    // Each returns whether it was set before.
    bool set();
    bool clear() { return std::exchange(set_, false); }
    // Sets it for those who wait now, and clears it.
    bool pulse();

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread&) const override { return set_; }
    NTSTATUS consume(ke::Thread&) override;
    bool keeps_state() const override { return event_type_ == NotificationEvent; }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Event(EVENT_TYPE type, bool set) : Object(kType), event_type_(type), set_(set) {}

    EVENT_TYPE event_type_;
    bool set_;
};

}  // namespace ex
