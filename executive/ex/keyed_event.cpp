// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/keyed_event.hpp"

namespace ex {

const ob::Type KeyedEvent::kType{
    u"KeyedEvent",
    {STANDARD_RIGHTS_READ | KEYEDEVENT_WAIT, STANDARD_RIGHTS_WRITE | KEYEDEVENT_WAKE, STANDARD_RIGHTS_EXECUTE,
     KEYEDEVENT_ALL_ACCESS},
    KEYEDEVENT_ALL_ACCESS};

struct KeyedEvent::Party : ListLink<PartyTag> {
    ke::Client* client;
    uint64_t key;
    Side side;
    ke::Latch met;
};

KeyedEvent::KeyedEvent() : Object(kType) {}
KeyedEvent::~KeyedEvent() = default;

Result<Ref<KeyedEvent>> KeyedEvent::create() {
    return make_ref<KeyedEvent>();
}

ke::Task<NTSTATUS> KeyedEvent::meet(ke::Thread& thread, Side side, uint64_t key, bool alertable,
                                    ke::Deadline deadline) {
    for (Party& party : parties_) {
        if (party.client != &thread.client() || party.key != key || party.side == side) continue;
        party.unlink();
        party.met.set();
        co_return STATUS_SUCCESS;
    }
    Party self;
    self.client = &thread.client();
    self.key = key;
    self.side = side;
    parties_.push_back(self);
    // Leaving the frame takes the party off the list, however the wait ended.
    co_return co_await ke::wait(thread, self.met, alertable, deadline);
}

}  // namespace ex
