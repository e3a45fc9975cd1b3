// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/balance.hpp"

#include <algorithm>

#include "executive/ke/slice.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit Balancer balancer;

}  // namespace

Balancer& Balancer::instance() {
    return balancer;
}

void Balancer::add(Thread& thread) {
    threads_.push_back(thread);
    ++thread_count_;
    wake();
}

void Balancer::sort(Thread& thread) {
    auto& link = static_cast<ListLink<ServerTag>&>(thread);
    if (link.linked() == thread.serves_requests()) return;
    if (link.linked()) {
        link.unlink();
        --server_count_;
    } else {
        servers_.push_back(thread);
        ++server_count_;
    }
}

void Balancer::remove(Thread& thread) {
    auto& server = static_cast<ListLink<ServerTag>&>(thread);
    if (server.linked()) --server_count_;
    server.unlink();
    auto& link = static_cast<ListLink<BalancedTag>&>(thread);
    if (!link.linked()) return;
    link.unlink();
    --thread_count_;
}

void Balancer::begin() {
    last_look_ = interrupt_time();
    quiet_ = 0;
    schedule(last_look_ + kInterval);
}

void Balancer::look() {
    top_ = 0;
    sharers_ = 0;
    goes_on_ = 0;
    seen_count_ = std::min(thread_count_, kLook);
    for (unsigned i = 0; i < seen_count_; ++i) {
        // To the back: the next look begins behind what this one sees.
        Thread& thread = *threads_.pop_front();
        threads_.push_back(thread);
        seen_[i] = &thread;
        ++quiet_;
        if (!thread.computes()) continue;
        quiet_ = 0;
        unsigned priority = thread.current_priority();
        if (priority > top_) sharers_ = 0;
        if (priority >= top_) ++sharers_;
        top_ = std::max(top_, priority);
        if (thread.goes_on()) goes_on_ = std::max(goes_on_, priority);
    }
}

void Balancer::make_room() {
    calm_ = goes_on_ > kServed || !crowded_ ? 0 : calm_ + seen_count_;
    bool crowded = goes_on_ > kServed || (crowded_ && calm_ < thread_count_);
    if (crowded != crowded_) untold_ = server_count_;
    crowded_ = crowded;
    untold_ = std::min(untold_, server_count_);
    for (unsigned left = kToldAtOnce; left > 0 && untold_ > 0; --left, --untold_) {
        Thread& server = *servers_.pop_front();
        servers_.push_back(server);
        server.update_kernel_priority();
    }
}

void Balancer::judge(Thread& thread, uint64_t passed) {
    if (!thread.computes()) return;
    if (thread.current_priority() == top_) return thread.charge(passed / sharers_);
    // In time: on a host that is busy the looks are late.
    thread.passed_over(passed, kStarved, kRescued);
}

void Balancer::expired() {
    uint64_t now = interrupt_time();
    uint64_t passed = now - std::exchange(last_look_, now);
    look();
    make_room();
    if (sharers_ > 0) busy_time_ += passed;
    // Each may take a call of the kernel. Those that the slice leaves out are the first of a later look.
    ke::Slice slice;
    unsigned judged = 0;
    for (; judged < seen_count_ && !slice.over(); ++judged)
        judge(*seen_[judged], passed);
    for (unsigned i = seen_count_; i-- > judged;) {
        threads_.remove(*seen_[i]);
        threads_.push_front(*seen_[i]);
    }
    // Once none was seen to compute, the next wake() begins anew.
    if (quiet_ < thread_count_ || untold_ > 0) schedule(now + kInterval);
}

}  // namespace ke
