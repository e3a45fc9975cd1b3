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
    struct Party;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    KeyedEvent();
    ~KeyedEvent() override;

    List<Party, struct PartyTag> parties_;
};

}  // namespace ex
