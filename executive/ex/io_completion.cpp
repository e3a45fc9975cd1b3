// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/io_completion.hpp"

namespace ex {

const ob::Type IoCompletion::kType{
    u"IoCompletion",
    {STANDARD_RIGHTS_READ | IO_COMPLETION_QUERY_STATE, STANDARD_RIGHTS_WRITE | IO_COMPLETION_MODIFY_STATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, IO_COMPLETION_ALL_ACCESS},
    IO_COMPLETION_ALL_ACCESS};

Result<Ref<IoCompletion>> IoCompletion::create() {
    return make_ref<IoCompletion>();
}

IoCompletion::~IoCompletion() {
    while (Node* node = packets_.pop_front())
        delete node;
}

Result<void> IoCompletion::post(const Packet& packet) {
    if (depth_ == kMaximumDepth) return fail(STATUS_QUOTA_EXCEEDED);
    Node* node = TRY(make_own<Node>()).leak();
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
    return node->packet;
}

}  // namespace ex
