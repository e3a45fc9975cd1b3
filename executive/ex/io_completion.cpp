// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/io_completion.hpp"

namespace ex {

const ob::Type IoCompletion::kType{
    u"IoCompletion",
    {STANDARD_RIGHTS_READ | IO_COMPLETION_QUERY_STATE, STANDARD_RIGHTS_WRITE | IO_COMPLETION_MODIFY_STATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, IO_COMPLETION_ALL_ACCESS},
    IO_COMPLETION_ALL_ACCESS};

Result<Ref<IoCompletion>> IoCompletion::create(ke::Client& owner) {
    return make_ref<IoCompletion>(owner);
}

IoCompletion::~IoCompletion() {
    while (Node* node = packets_.pop_front())
        delete node;
    quota_.release(depth_ * kPacketCharge);
}

Result<void> IoCompletion::post(const Packet& packet) {
    if (depth_ == kMaximumDepth) return fail(STATUS_QUOTA_EXCEEDED);
    auto made = TRY(make_own<Node>());
    TRY(quota_.charge(kPacketCharge));
    Node* node = made.leak();
    node->packet = packet;
    packets_.push_back(*node);
    ++depth_;
    wake();
    queue_.wake();
    return {};
}

bool IoCompletion::reserve() {
    if (depth_ == reserved_) return false;
    ++reserved_;
    return true;
}

IoCompletion::Packet IoCompletion::take() {
    ASSERT(reserved_ > 0);
    Own<Node> node(packets_.pop_front());
    --depth_;
    --reserved_;
    quota_.release(kPacketCharge);
    return node->packet;
}

}  // namespace ex
