// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/io_completion.hpp"

#include "executive/ke/remains.hpp"

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
    ke::Remains<IoPacketPlace, IoPacketTag>::dispose(packets_);
}

Result<Own<IoPacketPlace>> IoPacketPlace::create(ke::Client& payer) {
    auto place = TRY(make_own<IoPacketPlace>());
    place->charge = TRY(ob::Charge::take(payer, sizeof(IoPacketPlace)));
    return place;
}

Result<void> IoCompletion::post(const IoPacket& packet) {
    if (depth_ >= kMaximumDepth) return fail(STATUS_QUOTA_EXCEEDED);
    post(TRY(IoPacketPlace::create(owner_)), packet);
    return {};
}

void IoCompletion::post(Own<IoPacketPlace> place, const IoPacket& packet) {
    place->packet = packet;
    packets_.push_back(*place.leak());
    ++depth_;
    wake();
    queue_.wake();
}

bool IoCompletion::reserve() {
    if (depth_ == reserved_) return false;
    ++reserved_;
    return true;
}

IoPacket IoCompletion::take() {
    ASSERT(reserved_ > 0);
    Own<IoPacketPlace> place(packets_.pop_front());
    --depth_;
    --reserved_;
    return place->packet;
}

void IoCompletion::leave() {
    ASSERT(reserved_ > 0);
    --reserved_;
    queue_.wake();
}

}  // namespace ex
