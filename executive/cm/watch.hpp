// SPDX-License-Identifier: GPL-3.0-only
//
// Somebody who wants to hear of a change to a key, or to anything below it. A watch is on one key; it fires
// once and is off its list then.
#pragma once

#include "base/list.hpp"
#include "executive/cm/key.hpp"

namespace cm {

class Watch : public ListLink<WatchTag> {
public:
    Watch();
    virtual void fired(NTSTATUS status) = 0;

    ULONG filter = 0;  // REG_NOTIFY_*
    bool tree = false;
    const uint64_t number;  // later ones have greater numbers

protected:
    ~Watch() = default;
};

// Fires the watches that cover a change of this kind to this key.
void report_change(Key& key, ULONG filter);

}  // namespace cm
