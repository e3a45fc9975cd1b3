// SPDX-License-Identifier: GPL-3.0-only
//
// I/O completion ports: a queue of packets, each taken by one thread. Packets of user requests and of
// finished I/O are the same. A port with packets is signalled. Packets are charged to the process that made
// the port.
#pragma once

#include "abi/nt/ntioapi.h"
#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class IoCompletion final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    // So many packets may wait in a port that nobody drains; more are STATUS_QUOTA_EXCEEDED.
    static constexpr uint32_t kMaximumDepth = 65536;

    struct Packet {
        uint64_t key = 0;
        uint64_t apc_context = 0;
        NTSTATUS status = STATUS_SUCCESS;
        uint64_t information = 0;
    };
    static Result<Ref<IoCompletion>> create(ke::Client& owner);

    Result<void> post(const Packet& packet);
    uint32_t depth() const { return depth_; }
    // What a remover waits for: a wait that passes reserves one packet for it, which take() then gives.
    ke::Waitable& queue() { return queue_; }
    // Reserves a packet without waiting; false when none is free.
    bool reserve();
    // REQUIRES: a packet was reserved.
    Packet take();

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
    struct Node : ListLink<struct NodeTag> {
        Packet packet;
    };
    static constexpr size_t kPacketCharge = 64;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit IoCompletion(ke::Client& owner)
        : Object(kType), owner_(owner.process_object()), quota_(owner.quota()) {}
    ~IoCompletion() override;

    Ref<ob::Object> owner_;  // keeps the quota
    ke::Quota& quota_;
    List<Node, NodeTag> packets_;
    uint32_t depth_ = 0;
    uint32_t reserved_ = 0;
    Queue queue_{*this};
};

}  // namespace ex
