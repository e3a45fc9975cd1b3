// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/keyed_event.hpp"

#include <tuple>
#include <utility>

namespace ex {

const ob::Type KeyedEvent::kType{
    u"KeyedEvent",
    {STANDARD_RIGHTS_READ | KEYEDEVENT_WAIT, STANDARD_RIGHTS_WRITE | KEYEDEVENT_WAKE, STANDARD_RIGHTS_EXECUTE,
     KEYEDEVENT_ALL_ACCESS},
    KEYEDEVENT_ALL_ACCESS};

struct KeyedEvent::Party : TreeLink<PartyTag> {
    Party(Parties& parties, const Place& where) : all(parties), place(where) { all.insert(*this); }
    Party(const Party&) = delete;
    Party& operator=(const Party&) = delete;
    ~Party() { leave(); }
    void leave() {
        if (!std::exchange(gone, true)) all.remove(*this);
    }

    Parties& all;
    const Place place;
    bool gone = false;
    ke::Latch met;
};

bool KeyedEvent::Place::operator<(const Place& other) const {
    return std::tie(client, key, side, turn) < std::tie(other.client, other.key, other.side, other.turn);
}

const KeyedEvent::Place& KeyedEvent::PlaceOf::operator()(const Party& party) const {
    return party.place;
}

KeyedEvent::KeyedEvent() : Object(kType) {}
KeyedEvent::~KeyedEvent() = default;

Result<Ref<KeyedEvent>> KeyedEvent::create() {
    return make_ref<KeyedEvent>();
}

ke::Task<NTSTATUS> KeyedEvent::meet(ke::Thread& thread, Side side, uint64_t key, bool alertable,
                                    ke::Deadline deadline) {
    ke::Client* client = &thread.client();
    Side other = side == Side::Wait ? Side::Release : Side::Wait;
    Party* party = parties_.find_at_or_after(Place{client, key, other, 0});
    if (party && party->place.client == client && party->place.key == key && party->place.side == other) {
        party->leave();
        party->met.set();
        co_return STATUS_SUCCESS;
    }
    Party self(parties_, {client, key, side, ++last_turn_});
    // Leaving the frame takes the party off the list, however the wait ended.
    co_return co_await ke::wait(thread, self.met, alertable, deadline);
}

}  // namespace ex
