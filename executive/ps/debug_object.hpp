// SPDX-License-Identifier: GPL-3.0-only
//
// Debug objects: what a debugger waits on to be told what happens in the processes that it debugs. Each
// process in it has at most one event at hand (ps::Debuggee); those whose event is to be had are in a queue,
// first come, first served. An object with one is signalled. When its last handle is closed, which the
// debugger's end does too, its processes go on without it, or end, as the flag says.
#pragma once

#include "abi/nt/ntdbg.h"
#include "executive/ke/pacer.hpp"
#include "executive/ob/object.hpp"
#include "executive/ps/debuggee.hpp"

namespace ps {

class DebugObject final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    static Result<Ref<DebugObject>> create(bool kills);

    // False when nobody has a handle any more: no process joins, no wait begins.
    bool active() const { return active_; }
    // The processes in it end with it.
    void set_kills(bool kills) { kills_ = kills; }
    // The process whose event has waited longest; null: there is none.
    Debuggee* ready() { return ready_.front(); }

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread&) const override { return !active_ || !ready_.empty(); }
    bool keeps_state() const override { return true; }
    void last_handle_closed() override;

private:
    friend class Debuggee;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit DebugObject(bool kills);

    // Lets its processes go, paced.
    class Closing final : public ke::PacedWork {
    public:
        explicit Closing(DebugObject& object) : object_(object) {}
        bool slice() override;
        void begin();

    private:
        DebugObject& object_;
        Ref<DebugObject> self_;  // while there is something to do
    };

    List<Debuggee, DebuggeeTag> debuggees_;
    List<Debuggee, ReadyDebuggeeTag> ready_;
    bool active_ = true;
    bool kills_;
    Closing closing_{*this};
};

}  // namespace ps
