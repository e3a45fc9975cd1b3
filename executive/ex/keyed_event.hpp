// SPDX-License-Identifier: GPL-3.0-only
//
// Keyed events: a waiter and a releaser that name the same key meet; whoever comes first waits for the other.
// Keys are addresses in the caller's process, so they only match within it.
#pragma once

#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class KeyedEvent final : public ob::Object {
public:
    static const ob::Type kType;
    static Result<Ref<KeyedEvent>> create();
    enum class Side : uint8_t { Wait, Release };

    // The caller holds a reference to this object.
    ke::Task<NTSTATUS> meet(ke::Thread& thread, Side side, uint64_t key, bool alertable,
                            ke::Deadline deadline);

private:
    // Who waits, in the order in which they came for each key and side of each process.
    struct Place {
        ke::Client* client;
        uint64_t key;
        Side side;
        uint64_t turn;
        bool operator<(const Place& other) const;
    };
    struct Party;
    struct PlaceOf {
        const Place& operator()(const Party& party) const;
    };
    using Parties = Tree<Party, struct PartyTag, PlaceOf>;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    KeyedEvent();
    ~KeyedEvent() override;

    Parties parties_;
    uint64_t last_turn_ = 0;
};

}  // namespace ex
