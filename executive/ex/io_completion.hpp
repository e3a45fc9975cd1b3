// SPDX-License-Identifier: GPL-3.0-only
//
// I/O completion ports: a queue of packets, each taken by one thread. Packets of user requests and of
// finished I/O are the same. A port with packets is signalled. A packet is charged to whoever pays for it
// until it is taken: those of programs to the process that made the port, those of I/O to the one that asked
// for it.
#pragma once

#include "abi/nt/ntioapi.h"
#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

struct IoPacket {
    uint64_t key = 0;
    uint64_t apc_context = 0;
    NTSTATUS status = STATUS_SUCCESS;
    uint64_t information = 0;
};

// A packet's place in a port's queue, made ahead of need, so that posting the packet cannot fail.
struct IoPacketPlace : ListLink<struct IoPacketTag> {
    // STATUS_QUOTA_EXCEEDED.
    static Result<Own<IoPacketPlace>> create(ke::Client& payer);

    IoPacket packet;
    ob::Charge charge;
};

class IoCompletion final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    // So many packets may wait in a port that nobody drains; more are STATUS_QUOTA_EXCEEDED.
    static constexpr uint32_t kMaximumDepth = 65536;

    static Result<Ref<IoCompletion>> create(ke::Client& owner);

    // A packet of a program's own.
    Result<void> post(const IoPacket& packet);
    void post(Own<IoPacketPlace> place, const IoPacket& packet);
    uint32_t depth() const { return depth_; }
    // What a remover waits for: a wait that passes reserves one packet for it, which take() then gives.
    ke::Waitable& queue() { return queue_; }
    // Reserves a packet without waiting; false when none is free.
    bool reserve();
    // REQUIRES, both: a packet was reserved.
    IoPacket take();
    // The reserved packet is for somebody else after all.
    void leave();

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread&) const override { return depth_ > 0; }

private:
    struct Queue final : ke::Waitable {
        explicit Queue(IoCompletion& port) : port(port) {}
        bool signaled(const ke::Thread&) const override { return port.depth_ > port.reserved_; }
        NTSTATUS consume(ke::Thread&) override {
            ++port.reserved_;
            return STATUS_SUCCESS;
        }
        IoCompletion& port;
    };
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit IoCompletion(ke::Client& owner)
        : Object(kType), owner_(owner), keep_owner_(owner.process_object()) {}
    ~IoCompletion() override;

    ke::Client& owner_;
    Ref<ob::Object> keep_owner_;
    List<IoPacketPlace, IoPacketTag> packets_;
    uint32_t depth_ = 0;
    uint32_t reserved_ = 0;
    Queue queue_{*this};
};

}  // namespace ex
