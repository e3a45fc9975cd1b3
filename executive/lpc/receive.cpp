// SPDX-License-Identifier: GPL-3.0-only
#include "executive/lpc/receive.hpp"

#include "executive/ke/claim.hpp"
#include "executive/lpc/port.hpp"

namespace lpc {

Receive::Receive(ps::Thread& thread, Port& port, const Place& place, bool alertable)
    : thread_(thread), port_(port), place_(place), alertable_(alertable) {}

Receive::~Receive() {
    ASSERT(ended_);
}

void Receive::begin(Message* request, ke::Deadline deadline) {
    if (request) {
        request_ = request;
        request->awaiting = this;
    } else {
        port_->add(*this);
    }
    thread_.enter_wait(*this);
    if (!deadline.is_never()) schedule(deadline.due());
}

// Off everything that it waits for.
void Receive::leave() {
    ended_ = true;
    ListLink<ReceiverTag>::unlink();
    if (scheduled()) Timer::cancel();
    thread_.leave_wait(*this);
}

void Receive::take(Message& message) {
    ASSERT(!ended_);
    answered_ = request_ == &message;
    // A question about the request in place of its answer, which is still to come.
    if (request_) std::exchange(request_, nullptr)->awaiting = nullptr;
    leave();
    got_ = Held(&message);
    message.held = true;
    base::Loop::instance().post(*this);
}

void Receive::end(NTSTATUS status) {
    if (ended_) return;
    if (Message* request = std::exchange(request_, nullptr)) {
        request->awaiting = nullptr;
        port_->give_up(*request);
    }
    end_unanswered(status);
}

void Receive::end_unanswered(NTSTATUS status) {
    ASSERT(!ended_);
    request_ = nullptr;
    status_ = status;
    leave();
    base::Loop::instance().post(*this);
}

bool Receive::cancel(NTSTATUS status) {
    bool early = !ended_;
    end(status);
    return early;
}

NTSTATUS Receive::await_resume() {
    ke::acting_thread = &thread_;
    if (!got_) {
        if (status_ == STATUS_USER_APC) thread_.deliver_apc();
        return status_;
    }
    Message& message = *got_.leak();
    message.held = false;
    NTSTATUS status =
        thread_.terminating() ? STATUS_THREAD_IS_TERMINATING : deliver(thread_, place_, message);
    if (answered_) {
        message.discard();
    } else if (status == STATUS_SUCCESS) {
        port_->source().received(message);
    } else {
        port_->source().put_back(message);
    }
    return status;
}

}  // namespace lpc
