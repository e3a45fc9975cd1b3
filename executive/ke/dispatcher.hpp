// SPDX-License-Identifier: GPL-3.0-only
//
// The event loop: one endpoint on which every thread calls and every fault arrives, and, through the
// notification bound to the Executive's thread, timers and doorbells. A plain service's answer goes out with
// the same system call that waits for the next message; only a service that really blocks has its reply
// capability saved.
#pragma once

#include <utility>

#include "executive/ke/dispatch.hpp"
#include "executive/ke/hardware.hpp"
#include "executive/ke/helper_thread.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/shortage.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ke/turns.hpp"

namespace ke {

class Dispatcher {
public:
    // In badges: a fault rather than a call; signals rather than a thread; a helper thread of the Executive.
    static constexpr uint64_t kFaultBit = 1;
    static constexpr uint64_t kSignalBit = uint64_t{1} << 62;
    static constexpr uint64_t kHelperBit = uint64_t{1} << 61;
    // Bits of the signals: one line is the alarm's, doorbells share the others in turn.
    static constexpr unsigned kDoorbellLines = 61;
    static constexpr unsigned kAlarmLine = 61;

    static Dispatcher& instance();

    // Makes the endpoint and the bound notification. Once, at boot.
    Result<void> initialize();
    [[noreturn]] void run();
    // One round of run(): does the work that is queued, takes one message and serves it. For tests.
    void turn();

    // The badge of the message at hand, 0 while there is none.
    uint64_t last_badge() const { return message_.badge; }
    // The quota of the process whose service is starting, null otherwise.
    Quota* served_quota() const { return served_quota_; }
    Quota* set_served_quota(Quota* quota) { return std::exchange(served_quota_, quota); }
    // The thread whose message is being served, or whose call goes on; null in the Executive's own work.
    Thread* acting() const;
    // See may_be_repeated() and await_making().
    bool serves_repeatable_call() const;
    void await(Making& making) { awaited_ = &making; }
    // The thread's object goes.
    void forget(const Thread& thread);
    // A call is done: answers it, or does what its thread was told meanwhile.
    void complete(Thread& thread, NTSTATUS status);
    // The page that a thread waits for at a fault has come, or not; or the wait was ended otherwise.
    void page_came(Thread& thread, NTSTATUS status);
    // Answers a thread's call with an order; it calls again. REQUIRES: its reply is saved.
    void send_errand(Thread& thread, bool load);
    bool save_reply(Thread& thread);

    Result<CPtr> open_doorbell(Doorbell& doorbell);
    void close_doorbell(CPtr capability);

private:
    struct Message {
        unsigned long long badge;  // seL4_Word
        unsigned long long info;
        unsigned long long words[4];
    };

    // Measured: each turn is reported to the TurnMeter.
    template <bool kMeasured>
    [[noreturn]] void serve_for_ever();
    template <bool kMeasured>
    void receive();
    bool work();
    TurnCause cause() const;
    bool serve_plain();
    void handle();
    void handle_other(Thread& thread, bool is_fault);
    bool bring_page(Thread& thread);
    void signals(uint64_t bits);
    void call(Thread& thread);
    void call(HelperThread& helper);
    void fault(Thread& thread);
    bool settle(Thread& thread, const Fault& fault);
    NTSTATUS after_guard(Thread& thread, NTSTATUS status);
    NTSTATUS after_shortage(Thread& thread, NTSTATUS status);
    bool stands(Thread& thread, NTSTATUS& status);
    Task<NTSTATUS> repeat(Thread& thread, PageIn page);
    static Task<NTSTATUS> wait_for(Thread& thread, PageIn page);
    NTSTATUS serve(Thread& thread, uint64_t number, bool& blocked);
    void attend(Thread& thread, NTSTATUS status);
    void arrive_again(Thread& thread);
    void keep_words(Thread& thread);
    void answer_again(Thread& thread);
    void answer(Thread& thread, uint64_t label, uint64_t length);
    Result<CPtr> badged_notification(uint64_t badge);

    // What receive() starts with: work that is queued. Fixed from initialize() on.
    Loop* loop_ = nullptr;
    Message message_{};
    bool answer_ready_ = false;
    Quota* served_quota_ = nullptr;
    Making* awaited_ = nullptr;  // without which the call at hand failed
    CPtr endpoint_ = 0;
    CPtr notification_ = 0;
    List<Doorbell, DoorbellTag> doorbells_[kDoorbellLines];
    unsigned next_line_ = 0;
};

}  // namespace ke
