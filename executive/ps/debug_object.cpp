// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/debug_object.hpp"

#include <utility>

#include "executive/ps/process.hpp"

namespace ps {

constinit const ob::Type DebugObject::kType = {
    u"DebugObject",
    {STANDARD_RIGHTS_READ | DEBUG_READ_EVENT, STANDARD_RIGHTS_WRITE | DEBUG_PROCESS_ASSIGN,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, DEBUG_ALL_ACCESS},
    DEBUG_ALL_ACCESS,
};

DebugObject::DebugObject(bool kills) : Object(kType), kills_(kills) {
    set_extra_charge(sizeof(DebugObject));
}

Result<Ref<DebugObject>> DebugObject::create(bool kills) {
    return make_ref<DebugObject>(kills);
}

void DebugObject::last_handle_closed() {
    active_ = false;
    wake();
    closing_.begin();
}

// One that has a permanent name may be opened again, and closed, while it still lets its processes go.
void DebugObject::Closing::begin() {
    self_ = Ref<DebugObject>(object_);
    if (!linked() && !slice()) ke::Pacer::instance().add(*this);
}

bool DebugObject::Closing::slice() {
    ke::Slice slice;
    while (Debuggee* debuggee = object_.debuggees_.front()) {
        if (slice.over()) return false;
        Ref<Process> process(debuggee->process());
        // Ended first, so that nothing of it runs when it is let go.
        if (object_.kills_) process->terminate_from_outside(STATUS_DEBUGGER_INACTIVE);
        debuggee->detach();
    }
    Ref<DebugObject> self = std::move(self_);
    return true;
}

}  // namespace ps
