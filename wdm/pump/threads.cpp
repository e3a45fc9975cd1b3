// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/threads.hpp"

#include <atomic>

#include "wdm/ex/pool.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/pump/lease.hpp"

namespace pump {
namespace {

constexpr ULONG kMaximumThreads = WDM_DISPATCHERS;
constexpr ULONG kMaximumSpares = 2;

constinit platform::Lock lead_lock;
constinit _KTHREAD* spares[kMaximumSpares]{};
constinit ULONG spare_count = 0;
constinit ULONG thread_count = 1;
constinit ULONG lines_used = 0;                   // bits of the ring's lines for threads that dispatch
constinit std::atomic<bool> lead_offered{false};  // nobody leads; the next thread that looks takes it

// There are as many lines as threads.
void take_line(_KTHREAD& me) {
    if (me.dispatch_line != nullptr) return;
    platform::Guard guard(lead_lock);
    auto number = static_cast<ULONG>(__builtin_ctz(~lines_used));
    lines_used |= 1u << number;
    me.dispatch_line = &dispatch_line(number);
}

// Caller holds the lock.
void give_line_back(_KTHREAD& me) {
    if (me.dispatch_line == nullptr) return;
    lines_used &= ~(1u << (me.dispatch_line - &dispatch_line(0)));
    me.dispatch_line = nullptr;
}

void lead() {
    _KTHREAD& me = ke::current();
    take_line(me);
    me.pump_leader = true;
    while (me.pump_leader) {
        drain(me);
        if (!me.pump_leader || requests_pending()) continue;
        ex::check_pool_at_idle();
        platform::wait_for_requests();
    }
}

bool take_lead() {
    return lead_offered.exchange(false, std::memory_order_acq_rel);
}

enum class Turn { kLead, kWait, kEnd };

// One look at the lead, under the lock: take it, wait in the list of spares, or end when enough wait already.
Turn next_turn(_KTHREAD& me) {
    platform::Guard guard(lead_lock);
    for (ULONG i = 0; i < spare_count; i++)
        if (spares[i] == &me) return Turn::kWait;  // a spurious wake-up
    if (take_lead()) return Turn::kLead;
    if (spare_count == kMaximumSpares) {
        give_line_back(me);
        thread_count--;
        return Turn::kEnd;
    }
    spares[spare_count++] = &me;
    return Turn::kWait;
}

// Waits as a spare until the lead is free. False when there are enough spares: the thread ends.
bool become_spare() {
    _KTHREAD& me = ke::current();
    for (;;) {
        switch (next_turn(me)) {
            case Turn::kLead:
                return true;
            case Turn::kEnd:
                return false;
            case Turn::kWait:
                platform::park(platform::kForever);
        }
    }
}

VOID pump_thread(PVOID) {
    platform::set_priority(nullptr, platform::kRequestPriority);
    while (become_spare())
        lead();
}

// Offers the lead to a spare thread; true when a new thread is needed to take it.
bool offer_lead(_KTHREAD& leader) {
    platform::Guard guard(lead_lock);
    if (spare_count == 0 && thread_count == kMaximumThreads) return false;  // keeps the lead: requests wait
    leader.pump_leader = false;
    lead_offered.store(true, std::memory_order_release);
    if (spare_count != 0) {
        platform::unpark(spares[--spare_count]->id);
        return false;
    }
    thread_count++;
    return true;
}

void make_leader(_KTHREAD& thread) {
    if (_KTHREAD* made = ke::create_thread(pump_thread, nullptr)) return ke::dereference(*made);
    // No thread to be had: keep the lead after all, unless somebody took it meanwhile.
    platform::Guard guard(lead_lock);
    thread_count--;
    thread.pump_leader = take_lead();
}

void on_block(_KTHREAD& thread) {
    if (!thread.pump_leader) return;
    leave_lead();
    if (offer_lead(thread)) make_leader(thread);
    if (!thread.pump_leader) engage();
}

}  // namespace

void run() {
    ke::before_block = on_block;
    platform::set_priority(nullptr, platform::kRequestPriority);
    lead();
    pump_thread(nullptr);
    ke::end_thread(0);
}

}  // namespace pump
