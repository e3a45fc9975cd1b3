// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

void check_signals() {
    const Word notification = rt::object(seL4_NotificationObject);
    const Word one = rt::mint(notification, seL4_AllRights, 1);
    const Word four = rt::mint(notification, seL4_AllRights, 4);
    Word badge = 9;
    seL4_Poll(notification, &badge);
    expect_equal("notification: nothing to poll", badge, 0);
    seL4_Signal(one);
    seL4_Signal(four);
    seL4_Wait(notification, &badge);
    expect_equal("notification: badges accumulate", badge, 5);
    seL4_Poll(notification, &badge);
    expect_equal("notification: and are consumed", badge, 0);
    const Answer answer = invoke(one, 3, {1, 2});
    expect("notification: Call signals and returns", answer.label == 0 && answer.length == 0);
    Puppet waiter;
    expect("notification: Recv of an active one returns",
           waiter.run({seL4_SysRecv, notification, message(2, 2), {6, 6}}).outcome == Outcome::returned);
    expect("notification: Recv waits",
           waiter.run({seL4_SysRecv, notification, message(2, 2), {6, 6}}).outcome == Outcome::blocked);
    seL4_Signal(four);
    const Result woken = waiter.poll();
    expect("notification: signal wakes the waiter with its badge",
           woken.outcome == Outcome::returned && woken.badge == 4);
    expect("notification: message info and words stay", woken.info == message(2, 2) && woken.mr[0] == 6);
}

void check_rights() {
    const Word notification = rt::object(seL4_NotificationObject);
    const Word read_only = rt::mint(notification, seL4_CanRead, 1);
    const Word write_only = rt::mint(notification, seL4_CanWrite, 1);
    expect_error("notification: no Write, no signal", invoke(read_only, 0, {}), seL4_InvalidCapability, {0});
    Puppet waiter;
    const Result result = waiter.run({seL4_SysRecv, write_only});
    expect("notification: no Read, no wait",
           result.outcome == Outcome::faulted && result.fault_words[2] == 1);
}

void check_order() {
    const Word notification = rt::object(seL4_NotificationObject);
    Puppet first;
    Puppet second;
    first.run({seL4_SysRecv, notification});
    second.run({seL4_SysRecv, notification});
    seL4_Signal(notification);
    expect("notification: one signal, one waiter",
           first.poll().outcome == Outcome::returned && second.poll().outcome == Outcome::blocked);
    rt::remove(notification);
    expect("notification: deletion restarts the waiters", second.poll().outcome == Outcome::faulted);
}

void check_binding() {
    const Word notification = rt::object(seL4_NotificationObject);
    const Word badged = rt::mint(notification, seL4_AllRights, 0x10);
    const Word write_only = rt::mint(notification, seL4_CanWrite, 1);
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet owner;
    Puppet stranger;
    expect_error("bind: no notification", invoke(owner.tcb(), seL4_Label_TCB_BindNotification, {}),
                 seL4_TruncatedMessage);
    expect_error("bind: an endpoint", invoke(owner.tcb(), seL4_Label_TCB_BindNotification, {}, {endpoint}),
                 seL4_IllegalOperation);
    expect_error("bind: without Read", invoke(owner.tcb(), seL4_Label_TCB_BindNotification, {}, {write_only}),
                 seL4_IllegalOperation);
    expect_error("unbind: nothing bound", invoke(owner.tcb(), seL4_Label_TCB_UnbindNotification, {}),
                 seL4_IllegalOperation);
    expect_code("bind", seL4_TCB_BindNotification(owner.tcb(), notification));
    expect_error("bind: twice", invoke(stranger.tcb(), seL4_Label_TCB_BindNotification, {}, {notification}),
                 seL4_IllegalOperation);
    const Result foreign = stranger.run({seL4_SysRecv, notification});
    expect("bind: others cannot wait on it",
           foreign.outcome == Outcome::faulted && foreign.fault_words[2] == 1);
    owner.run({seL4_SysRecv, endpoint, message(1, 1)});
    seL4_Signal(badged);
    const Result woken = owner.poll();
    expect("bind: a signal ends Recv on an endpoint",
           woken.outcome == Outcome::returned && woken.badge == 0x10 && woken.info == message(1, 1));
    seL4_Signal(badged);
    const Result active = owner.run({seL4_SysRecv, endpoint});
    expect("bind: an active one is received first",
           active.outcome == Outcome::returned && active.badge == 0x10);
    owner.run({seL4_SysSend, endpoint});
    seL4_Signal(badged);
    expect("bind: a signal does not end Send", owner.poll().outcome == Outcome::blocked);
    seL4_TCB_Suspend(owner.tcb());
    expect_code("unbind", seL4_TCB_UnbindNotification(owner.tcb()));
    Puppet waiter;
    const Word other = rt::object(seL4_NotificationObject);
    waiter.run({seL4_SysRecv, other});
    expect_error("bind: one with waiters", invoke(owner.tcb(), seL4_Label_TCB_BindNotification, {}, {other}),
                 seL4_IllegalOperation);
}

}  // namespace

void notification_suite() {
    check_signals();
    check_rights();
    check_order();
    check_binding();
}

}  // namespace conformance
