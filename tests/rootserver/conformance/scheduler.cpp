// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

volatile Word order[8];
volatile Word order_count;

void note(Word who) {
    const Word at = order_count;
    order[at % 8] = who;
    order_count = at + 1;
}

void runner(Word who) {
    note(who);
    seL4_Yield();
    note(who + 10);
}

bool order_is(std::initializer_list<Word> wanted) {
    bool same = order_count == wanted.size();
    Word i = 0;
    for (const Word who : wanted)
        same = same && order[i++] == who;
    if (!same) {
        rt::put("order:");
        for (i = 0; i < order_count; ++i) {
            rt::put(" ");
            rt::put(order[i]);
        }
        rt::put('\n');
    }
    return same;
}

Word gates[3];

void gated_runner(Word who) {
    seL4_Wait(gates[who], nullptr);
    runner(who);
}

void check_round_robin() {
    order_count = 0;
    gates[1] = rt::object(seL4_NotificationObject);
    gates[2] = rt::object(seL4_NotificationObject);
    const rt::Thread a = rt::spawn(gated_runner, 1, kOwnPriority);
    const rt::Thread b = rt::spawn(gated_runner, 2, kOwnPriority);
    settle();
    seL4_Signal(gates[1]);
    seL4_Signal(gates[2]);
    expect("scheduler: a woken equal does not preempt", order_is({}));
    settle();
    expect("scheduler: equals take turns", order_is({1, 2, 11, 12}));
    rt::stop(a);
    rt::stop(b);
}

void check_priorities() {
    order_count = 0;
    const rt::Thread low = rt::spawn(runner, 1, kOwnPriority - 2);
    const rt::Thread middle = rt::spawn(runner, 2, kOwnPriority - 1);
    settle();
    expect("scheduler: lower ones wait", order_is({}));
    rt::set_priority(low.tcb, kOwnPriority + 1);
    expect("scheduler: raising a priority preempts at once", order_is({1, 11}));
    rt::set_priority(kSelf, kOwnPriority - 1);
    settle();
    rt::set_priority(kSelf, kOwnPriority);
    expect("scheduler: lowering one's own lets the other run", order_is({1, 11, 2, 12}));
    rt::stop(low);
    rt::stop(middle);
}

volatile Word progress[2];

void counter(Word which) {
    for (;;)
        progress[which] = progress[which] + 1;
}

void check_time_slices() {
    progress[0] = 0;
    progress[1] = 0;
    const rt::Thread a = rt::spawn(counter, 0, kOwnPriority);
    const rt::Thread b = rt::spawn(counter, 1, kOwnPriority);
    seL4_Yield();
    seL4_Yield();
    expect("scheduler: the tick lets every equal run", progress[0] != 0 && progress[1] != 0);
    rt::stop(a);
    rt::stop(b);
}

void check_domains() {
    const Word tcb = rt::object(seL4_TCBObject);
    expect_error("domain: no word", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {}, {tcb}),
                 seL4_TruncatedMessage);
    expect_error("domain: no thread", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {1}),
                 seL4_TruncatedMessage);
    expect_error("domain: number 16", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {16}, {tcb}),
                 seL4_InvalidArgument, {0});
    expect_error("domain: not a thread", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {1}, {kRoot}),
                 seL4_InvalidArgument, {1});
    order_count = 0;
    const rt::Thread thread = rt::make_thread();
    expect_success("domain: set", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {3}, {thread.tcb}));
    rt::start(thread, runner, 5, kOwnPriority + 1);
    settle();
    expect("domain: another one does not run", order_is({}));
    expect_success("domain: back", invoke(seL4_CapDomain, seL4_Label_DomainSet_Set, {0}, {thread.tcb}));
    settle();
    expect("domain: runs now", order_is({5, 15}));
    rt::stop(thread);
}

}  // namespace

void scheduler_suite() {
    check_round_robin();
    check_priorities();
    check_time_slices();
    check_domains();
}

}  // namespace conformance
