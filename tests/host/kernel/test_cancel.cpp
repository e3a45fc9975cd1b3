// SPDX-License-Identifier: GPL-3.0-only
// CancelBadgedSends goes on where it was preempted, whatever has happened to the queue since.
#include <gtest/gtest.h>

#include "arch/preempt.hpp"
#include "arch/steps.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/sched.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kBadge = 77, kSenders = 40;
constexpr Word kNext = 16;  // the sender that is looked at first after the first preemption

// A queue of senders, every fourth with the badge, of which sixteen were looked at when an interrupt came.
class Cancel : public testing::Test {
protected:
    Cancel() {
        slot_ = kernel_.make(seL4_EndpointObject);
        badged_ = mint(kBadge);
        other_ = mint(5);
        for (Word i = 0; i < kSenders; i++) {
            threads_[i] = kernel_.make_thread(100);
            kernel_.call(threads_[i], seL4_Label_TCB_Resume);
            send(i);
        }
        fake::interrupts.every = 1;
        EXPECT_FALSE(cancel_badged_sends(endpoint(), kBadge).ok());
        arch::handle_pending_interrupt();
        fake::interrupts.every = 0;
    }

    Word mint(Word badge) {
        const Word slot = kernel_.free_slot();
        kernel_.call(kRoot, seL4_Label_CNode_Mint, {slot, 64, slot_, 64, 15, badge}, {kRoot});
        return slot;
    }
    void send(Word i) { act(i, seL4_SysSend, has_badge(i) ? badged_ : other_); }
    void act(Word i, seL4_Syscall_ID number, Word cptr) {
        if (kernel_current->state == ThreadState::running) sched::enqueue(*kernel_current);
        sched::switch_to(thread(i));
        thread(i).state = ThreadState::running;
        kernel_.syscall(number, cptr, 0);
    }
    static bool has_badge(Word i) { return i % 4 == 0; }
    Tcb& thread(Word i) { return kernel_.thread(threads_[i]); }
    Endpoint& endpoint() { return *endpoint_of(kernel_.slot(slot_).cap.as<EndpointCap>()); }
    bool waits(Word i) { return thread(i).state == ThreadState::blocked_on_send; }
    void finish_cancelling() { EXPECT_TRUE(cancel_badged_sends(endpoint(), kBadge).ok()); }

    Kernel kernel_;
    Word slot_, badged_, other_;
    Word threads_[kSenders];
};

TEST_F(Cancel, GoesOnBehindThePreemption) {
    for (Word i = 0; i < kSenders; i++)
        EXPECT_EQ(waits(i), i >= kNext || !has_badge(i));
    finish_cancelling();
    for (Word i = 0; i < kSenders; i++)
        EXPECT_EQ(waits(i), !has_badge(i));
}

TEST_F(Cancel, TheNextOneMayBeSuspended) {
    suspend(thread(kNext));
    suspend(thread(kNext + 1));
    finish_cancelling();
    EXPECT_EQ(thread(kNext).state, ThreadState::inactive);
    EXPECT_EQ(thread(kNext + 1).state, ThreadState::inactive);
    for (Word i = kNext + 2; i < kSenders; i++)
        EXPECT_EQ(waits(i), !has_badge(i));
}

TEST_F(Cancel, TheNextOneMayBeReceivedFrom) {
    while (waits(kNext))
        kernel_.syscall(seL4_SysNBRecv, slot_, 0);
    finish_cancelling();
    EXPECT_EQ(thread(kNext).state, ThreadState::running);
    for (Word i = kNext + 1; i < kSenders; i++)
        EXPECT_EQ(waits(i), !has_badge(i));
}

TEST_F(Cancel, AllMayBeRestarted) {
    EXPECT_TRUE(cancel_all(endpoint()).ok());
    send(20);
    send(21);
    finish_cancelling();
    EXPECT_FALSE(waits(20));
    EXPECT_TRUE(waits(21));
}

TEST_F(Cancel, AnotherBadgeBeginsAtTheHead) {
    EXPECT_TRUE(cancel_badged_sends(endpoint(), 5).ok());
    for (Word i = 0; i < kSenders; i++)
        EXPECT_EQ(waits(i), has_badge(i) && i >= kNext);
}

TEST_F(Cancel, AnotherEndpointBeginsAtItsHead) {
    slot_ = kernel_.make(seL4_EndpointObject);
    badged_ = mint(kBadge);
    send(0);
    finish_cancelling();
    EXPECT_FALSE(waits(0));
    EXPECT_TRUE(waits(kNext));
}

// Restarting all who wait on an object stops at interrupts too, never more than a few restarts after one
// came.
template <typename Object, typename Waiting>
unsigned restart_all(Object& object, Waiting waiting) {
    fake::interrupts.every = 1;
    unsigned preempted = 0;
    for (Word left = waiting(); !cancel_all(object).ok(); left = waiting(), preempted++) {
        EXPECT_LE(left - waiting(), arch::kWorkPerCheck);
        arch::handle_pending_interrupt();
    }
    fake::interrupts.every = 0;
    return preempted;
}

TEST_F(Cancel, AllWhoSendAreRestartedInSteps) {
    auto waiting = [this] {
        Word count = 0;
        for (Word i = 0; i < kSenders; i++)
            count += waits(i);
        return count;
    };
    EXPECT_GE(restart_all(endpoint(), waiting), 2u);
    EXPECT_EQ(endpoint().state(), Endpoint::State::idle);
    for (Word i = 0; i < kSenders; i++)
        EXPECT_EQ(thread(i).state, ThreadState::restart);
}

TEST_F(Cancel, AllWhoWaitForASignalAreRestartedInSteps) {
    const Word slot = kernel_.make(seL4_NotificationObject);
    EXPECT_TRUE(cancel_all(endpoint()).ok());
    for (Word i = 0; i < kSenders; i++)
        act(i, seL4_SysRecv, slot);
    auto waiting = [this] {
        Word count = 0;
        for (Word i = 0; i < kSenders; i++)
            count += thread(i).state == ThreadState::blocked_on_notification;
        return count;
    };
    EXPECT_EQ(waiting(), kSenders);
    auto& notification = *notification_of(kernel_.slot(slot).cap.as<NotificationCap>());
    EXPECT_GE(restart_all(notification, waiting), 2u);
    EXPECT_EQ(notification.queue.head, nullptr);
    for (Word i = 0; i < kSenders; i++)
        EXPECT_EQ(thread(i).state, ThreadState::restart);
}

}  // namespace
