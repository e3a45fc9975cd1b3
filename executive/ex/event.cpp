// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/event.hpp"

namespace ex {

const ob::Type Event::kType{
    u"Event",
    {STANDARD_RIGHTS_READ | EVENT_QUERY_STATE, STANDARD_RIGHTS_WRITE | EVENT_MODIFY_STATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, EVENT_ALL_ACCESS},
    EVENT_ALL_ACCESS};

Result<Ref<Event>> Event::create(EVENT_TYPE type, bool set) {
    return make_ref<Event>(type, set);
}

bool Event::set() {
    bool was_set = set_;
    set_ = true;
    wake();
    return was_set;
}

bool Event::pulse() {
    bool was_set = set();
    set_ = false;
    return was_set;
}

NTSTATUS Event::consume(ke::Thread&) {
    if (event_type_ == SynchronizationEvent) set_ = false;
    return STATUS_SUCCESS;
}

}  // namespace ex
