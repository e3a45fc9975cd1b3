// SPDX-License-Identifier: GPL-3.0-only
//
// A test in the Executive's place: requests go into the ring and completions come out.
#pragma once

#include <cstring>
#include <map>
#include <string>

#include "tests/host/wdm/wdm.hpp"
#include "wdm/pump/lease.hpp"
#include "wdm/pump/threads.hpp"

namespace test {

// The Executive's half of the ring.
class Executive {
public:
    static Executive& get() {
        static Executive& instance = *new Executive;
        return instance;
    }

    WDM_REQUEST& request(ULONG slot) { return *reinterpret_cast<WDM_REQUEST*>(ring_.Slots[slot]); }

    // A fresh request in a free slot.
    ULONG prepare(ULONG kind, ULONG target, UCHAR major = 0) {
        ULONG slot = next_slot_++ % WDM_SLOTS;
        WDM_REQUEST& fresh = request(slot);
        std::memset(&fresh, 0, sizeof fresh);
        fresh.Id = ++next_id_;
        fresh.Kind = kind;
        fresh.Target = target;
        fresh.MajorFunction = major;
        fresh.RequestorMode = UserMode;
        return slot;
    }

    void submit(ULONG slot) {
        ring_.SubmitRing[ring_.SubmitTail % WDM_SLOTS] = slot;
        __atomic_store_n(&ring_.SubmitTail, ring_.SubmitTail + 1, __ATOMIC_RELEASE);
        platform::host::wake_pump();
    }

    void cancel(ULONG slot, ULONG64 id) {
        __atomic_store_n(&request(slot).CancelId, id, __ATOMIC_RELAXED);
        __atomic_fetch_or(&ring_.CancelSlots, ULONG64{1} << slot, __ATOMIC_SEQ_CST);
        platform::host::wake_pump();
    }

    bool completed(ULONG slot) {
        while (ring_.CompleteHead != __atomic_load_n(&ring_.CompleteTail, __ATOMIC_ACQUIRE))
            done_[ring_.CompleteRing[ring_.CompleteHead++ % WDM_SLOTS]]++;
        return done_[slot] != 0;
    }

    WDM_REQUEST& run(ULONG slot) {
        done_[slot] = 0;
        submit(slot);
        EXPECT_TRUE(eventually([&] { return completed(slot); })) << "request not completed";
        return request(slot);
    }

    void forget(ULONG slot) { done_[slot] = 0; }

private:
    Executive() : ring_(platform::host::ring()) {
        std::memset(&ring_, 0, sizeof ring_);
        pump::attach_ring(ring_);
        platform::start_thread([](void*) { pump::run(); }, nullptr);
    }

    WDM_RING& ring_;
    ULONG next_slot_ = 0;
    ULONG64 next_id_ = 0;
    std::map<ULONG, int> done_;
};

inline NTSTATUS load(ULONG number, const std::u16string& path) {
    Executive& executive = Executive::get();
    static const std::u16string registry = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Test";
    ULONG slot = executive.prepare(WDM_REQUEST_LOAD, 0);
    WDM_REQUEST& request = executive.request(slot);
    auto& load = *reinterpret_cast<WDM_LOAD_DRIVER*>(request.Inline);
    load.DriverNumber = number;
    load.ImagePathOffset = sizeof load;
    load.ImagePathLength = static_cast<USHORT>(path.size() * 2);
    load.RegistryPathOffset = static_cast<USHORT>(load.ImagePathOffset + load.ImagePathLength);
    load.RegistryPathLength = static_cast<USHORT>(registry.size() * 2);
    std::memcpy(request.Inline + load.ImagePathOffset, path.data(), load.ImagePathLength);
    std::memcpy(request.Inline + load.RegistryPathOffset, registry.data(), load.RegistryPathLength);
    return executive.run(slot).Status;
}

}  // namespace test
