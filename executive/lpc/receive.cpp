// SPDX-License-Identifier: GPL-3.0-only
#include "executive/lpc/receive.hpp"

#include "executive/ke/claim.hpp"
#include "executive/lpc/attributes.hpp"
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

// Can the message be written without waiting for a page or making something?
bool Receive::all_is_there(const Message& message) const {
    ke::UserMemory& memory = thread_.client().memory();
    auto there = [&](uint64_t address, size_t size) {
        return size <= ke::UserMemory::kPageBytes - address % ke::UserMemory::kPageBytes &&
               memory.present(address, ke::Access::Write);
    };
    if (message.extras || message.total() > place_.capacity || !there(place_.buffer, message.total()))
        return false;
    if (!place_.length.null() && !there(place_.length.address(), sizeof(SIZE_T))) return false;
    if (!place_.context.null() && !there(place_.context.address(), sizeof(PVOID))) return false;
    return !place_.attributes || there(place_.attributes, attributes_size(place_.allocated));
}

void Receive::take(Message& message) {
    ASSERT(!ended_);
    answered_ = request_ == &message;
    // A question about the request in place of its answer, which is still to come.
    if (request_) std::exchange(request_, nullptr)->awaiting = nullptr;
    leave();
    if (!awaiting && !thread_.terminating() && all_is_there(message)) [[likely]] {
        NTSTATUS status = deliver(thread_, place_, message);
        ASSERT(status == STATUS_SUCCESS);
        answered_ ? message.discard() : port_->source().received(message);
        ps::Thread& thread = thread_;
        destroy();
        return thread.finish_parked(status);
    }
    got_ = Held(&message);
    message.held = true;
    base::Loop::instance().post(*this);
}

void Receive::end(NTSTATUS status) {
    if (ended_) return;
    status_ = status;
    if (Message* request = std::exchange(request_, nullptr)) {
        request->awaiting = nullptr;
        port_->give_up(*request);
    }
    leave();
    base::Loop::instance().post(*this);
}

bool Receive::cancel(NTSTATUS status) {
    bool early = !ended_;
    end(status);
    return early;
}

void Receive::run() {
    if (awaiting) return awaiting.resume();
    ps::Thread& thread = thread_;
    thread.finish_parked(take());
}

NTSTATUS Receive::take() {
    NTSTATUS status = conclude();
    destroy();
    return status;
}

void Receive::destroy() {
    this->~Receive();
    base::free_frame(this, sizeof(Receive));
}

NTSTATUS Receive::conclude() {
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
