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

// The Executive's half of the ring. Requests are prepared beside it and copied into it; a test knows each by
// its number, which is its Id.
class Executive {
public:
    static constexpr ULONG kDepth = WDM_LEAST_DEPTH;

    static Executive& get() {
        static Executive& instance = *new Executive;
        return instance;
    }

    WDM_REQUEST& request(ULONG number) { return requests_[number]; }
    WDM_RING& ring() { return ring_; }

    ULONG prepare(ULONG kind, ULONG target, UCHAR major = 0) {
        ULONG number = ++last_;
        WDM_REQUEST& fresh = request(number);
        std::memset(&fresh, 0, sizeof fresh);
        fresh.Id = number;
        fresh.Kind = kind;
        fresh.Target = target;
        fresh.MajorFunction = major;
        fresh.Subject.Mode = UserMode;
        return number;
    }

    // False: the ring is full.
    bool try_submit(ULONG number) {
        if (ring_.SubmitTail - __atomic_load_n(&ring_.SubmitHead, __ATOMIC_ACQUIRE) >= kDepth) return false;
        std::memcpy(entry(ring_.SubmitTail % kDepth), &request(number), sizeof(WDM_REQUEST));
        __atomic_store_n(&ring_.SubmitTail, ring_.SubmitTail + 1, __ATOMIC_RELEASE);
        platform::host::wake_pump();
        return true;
    }
    void submit(ULONG number) {
        EXPECT_TRUE(eventually([&] { return try_submit(number); })) << "the ring stays full";
    }
    bool taken_all() { return ring_.SubmitTail == __atomic_load_n(&ring_.SubmitHead, __ATOMIC_ACQUIRE); }
    // It is with no dispatch routine.
    bool pending(ULONG number) {
        if (!taken_all()) return false;
        for (ULONG64& line : ring_.Dispatching)
            if (__atomic_load_n(&line, __ATOMIC_ACQUIRE) == number) return false;
        return !completed(number);
    }

    void cancel(ULONG64 id) {
        EXPECT_TRUE(eventually([&] {
            return ring_.CancelTail - __atomic_load_n(&ring_.CancelHead, __ATOMIC_ACQUIRE) < WDM_CANCELS;
        }));
        ring_.Cancels[ring_.CancelTail % WDM_CANCELS] = id;
        __atomic_store_n(&ring_.CancelTail, ring_.CancelTail + 1, __ATOMIC_RELEASE);
        platform::host::wake_pump();
    }

    // Leaves completions in the ring as long as it is set.
    bool lazy = false;

    void take_completions() {
        while (ring_.CompleteHead != __atomic_load_n(&ring_.CompleteTail, __ATOMIC_ACQUIRE)) {
            WDM_COMPLETION done;
            std::memcpy(&done, entry(kDepth + ring_.CompleteHead % kDepth), sizeof done);
            __atomic_store_n(&ring_.CompleteHead, ring_.CompleteHead + 1, __ATOMIC_SEQ_CST);
            EXPECT_FALSE(done_.contains(static_cast<ULONG>(done.Id))) << "completed twice";
            done_[static_cast<ULONG>(done.Id)] = done;
            if (__atomic_exchange_n(&ring_.CompletionsWaiting, 0u, __ATOMIC_SEQ_CST) != 0)
                platform::host::wake_pump();
        }
    }
    bool completed(ULONG number) {
        if (!lazy) take_completions();
        return done_.contains(number);
    }
    WDM_COMPLETION& result(ULONG number) { return done_.at(number); }

    WDM_COMPLETION& run(ULONG number) {
        submit(number);
        EXPECT_TRUE(eventually([&] { return completed(number); })) << "request not completed";
        return done_[number];
    }

private:
    Executive() : ring_(platform::host::ring()) {
        ring_.Version = WDM_RING_VERSION;
        ring_.Depth = kDepth;
        pump::attach_ring(ring_);
        platform::start_thread([](void*) { pump::run(); }, nullptr);
    }
    UCHAR* entry(ULONG number) {
        return reinterpret_cast<UCHAR*>(&ring_) + 4096 + SIZE_T{number} * WDM_ENTRY_SIZE;
    }

    WDM_RING& ring_;
    ULONG last_ = 0;
    std::map<ULONG, WDM_REQUEST> requests_;
    std::map<ULONG, WDM_COMPLETION> done_;
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
