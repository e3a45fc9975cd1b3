// SPDX-License-Identifier: GPL-3.0-only
// Notifications: words, queues, binding.
#include "lib.h"

static void test_words(void) {
    const W n = object(O_NTFN, 0), a = mint(n, R_ALL, 1ul << 63), b = mint(n, R_WRITE, 6),
            c = mint(n, R_WRITE, 3);
    sys0(SYS_SEND, a);
    sys0(SYS_NBSEND, b);
    sys0(SYS_CALL, c);
    check("badges are ORed", sys0(SYS_RECV, n).badge == (1ul << 63 | 7));
    sys0(SYS_SEND, n);
    struct message m = sys(SYS_NBRECV, n, 0x77, 1, 2, 3, 4);
    check("a signal with badge zero looks like none", m.badge == 0 && m.info == 0x77);
    struct worker* w = spawn_syscall(PLAIN, SYS_RECV, n, 0x99, 1, 2);
    check("and is consumed", !w->done);
    sys0(SYS_SEND, n);
    check("it wakes a waiter", w->done && w->r.rdi == 0 && w->r.rsi == 0x99 && w->r.r10 == 1 && w->r.r8 == 2);
    sys0(SYS_SEND, b);
    sys0(SYS_SEND, n);
    check("zero adds nothing", sys0(SYS_RECV, a).badge == 6);
}

static void test_queue(void) {
    const W n = object(O_NTFN, 0);
    struct worker* w[10];
    for (W i = 0; i < 10; ++i)
        w[i] = spawn_syscall((struct spawn_options){.priority = 130 - i * 3 % 7}, SYS_RECV, n, 0, 0, 0);
    stop(w[4]);
    int good = 1;
    for (W i = 0; i < 10; ++i)
        if (i != 4) {
            sys0(SYS_SEND, mint(n, R_ALL, i + 1));
            good &= w[i]->done && w[i]->r.rdi == i + 1;
        }
    check("waiters in their order", good && !w[4]->done);
    sys0(SYS_SEND, mint(n, R_ALL, 8));
    check("a stopped one does not take a signal", !w[4]->done);
    invoke(w[4]->tcb, RESUME, NONE, NONE);
    check("but when it goes on", w[4]->done && w[4]->r.rdi == 8);
    for (W i = 0; i < 5; ++i)
        w[i] = spawn_syscall((struct spawn_options){.priority = 110}, SYS_RECV, n, 0, 0, 0);
    revoke(n);
    check("Revoke of the original does not end waits", !w[0]->done);
    const W h = object(O_EP, 0);
    w[5] = spawn_syscall((struct spawn_options){.fault_ep = h}, SYS_RECV, n, 0, 0, 0);
    drop(n);
    struct message m = sys0(SYS_NBRECV, h);
    check("the last cap does: waiters run again and fault",
          LABEL(m.info) == 1 && m.mr[1] == n && m.mr[2] == 1);
}

static void bound_server(struct worker* w) {
    for (;;) {
        struct message m = sys(SYS_RECV, w->arg[0], 0x1234, 1, 2, 3, 4);
        w->value[0] = m.badge;
        w->value[1] = m.info;
        w->value[2] = m.mr[0];
        ++w->value[3];
    }
}

static void test_bound(void) {
    const W e = object(O_EP, 0), n = object(O_NTFN, 0), signal = mint(n, R_WRITE, 0x100),
            eb = mint(e, R_ALL, 5);
    struct worker* w = spawn(bound_server, PLAIN, e, 0);
    EXPECT0("a waiting thread is bound", invoke(w->tcb, BIND, NONE, LIST(n)), E_OK);
    sys0(SYS_SEND, signal);
    const W got[] = {w->value[0], w->value[1], w->value[2], w->value[3]};
    check_words("a signal ends its wait for messages", got, (W[]){0x100, 0x1234, 1, 1}, 4);
    sys(SYS_SEND, eb, INFO(3, 0, 0, 1), 9, 0, 0, 0);
    check("messages come as ever", w->value[0] == 5 && w->value[1] == INFO(3, 0, 0, 1) && w->value[3] == 2);
    stop(w);
    sys0(SYS_SEND, signal);
    sys0(SYS_SEND, mint(n, R_WRITE, 0x200));
    check("a stopped thread is not signalled", w->value[3] == 2);
    struct worker* s = spawn_syscall(PLAIN, SYS_SEND, eb, INFO(7, 0, 0, 0), 0, 0);
    invoke(w->tcb, RESUME, NONE, NONE);
    check("then the signals come first", w->value[3] == 4 && s->done);
    check("and the message after", w->value[0] == 5 && w->value[1] == INFO(7, 0, 0, 0));
    struct worker* other = spawn_syscall((struct spawn_options){.fault_ep = eb}, SYS_RECV, n, 0, 0, 0);
    check("others cannot wait for a bound notification", w->value[1] == INFO(1, 0, 0, 5) && !other->done);
    EXPECT0("unbound", invoke(w->tcb, UNBIND, NONE, NONE), E_OK);
    EXPECT0("once", invoke(w->tcb, UNBIND, NONE, NONE), E_ILLEGAL);
    const W count = w->value[3];
    sys0(SYS_SEND, signal);
    check("signals stay in it", w->value[3] == count && sys0(SYS_RECV, n).badge == 0x100);
}

static void test_bind_errors(void) {
    const W n = object(O_NTFN, 0), e = object(O_EP, 0), t = object(O_TCB, 0), u = object(O_TCB, 0);
    EXPECT0("no notification given", invoke(t, BIND, NONE, NONE), E_TRUNCATED);
    EXPECT0("an endpoint", invoke(t, BIND, NONE, LIST(e)), E_ILLEGAL);
    EXPECT0("an empty slot", invoke(t, BIND, NONE, LIST(0)), E_ILLEGAL);
    EXPECT0("without Read", invoke(t, BIND, NONE, LIST(mint(n, R_WRITE, 0))), E_ILLEGAL);
    EXPECT0("with just Read", invoke(t, BIND, NONE, LIST(mint(n, R_READ, 3))), E_OK);
    EXPECT0("a bound thread", invoke(t, BIND, NONE, LIST(object(O_NTFN, 0))), E_ILLEGAL);
    EXPECT0("a bound thread comes first", invoke(t, BIND, NONE, LIST(e)), E_ILLEGAL);
    EXPECT0("a bound notification", invoke(u, BIND, NONE, LIST(n)), E_ILLEGAL);
    drop(t);
    EXPECT0("is free when its thread is gone", invoke(u, BIND, NONE, LIST(n)), E_OK);
    const W m = object(O_NTFN, 0);
    struct worker* w = spawn_syscall(PLAIN, SYS_RECV, m, 0, 0, 0);
    EXPECT0("one with waiters", invoke(object(O_TCB, 0), BIND, NONE, LIST(m)), E_ILLEGAL);
    sys0(SYS_SEND, m);
    check("they wait on", w->done);
    sys0(SYS_SEND, mint(m, R_ALL, 4));
    EXPECT0("an active one can be bound", invoke(C_TCB, BIND, NONE, LIST(m)), E_OK);
    check("its word is received at an endpoint", sys0(SYS_RECV, e).badge == 4);
    sys0(SYS_SEND, mint(m, R_ALL, 8));
    check("by NBRecv too", sys0(SYS_NBRECV, e).badge == 8 && sys0(SYS_NBRECV, e).badge == 0);
    sys0(SYS_SEND, mint(m, R_ALL, 16));
    check("and by its own name", sys0(SYS_NBRECV, m).badge == 16);
    sys0(SYS_SEND, mint(m, R_ALL, 32));
    struct message r = sys(SYS_REPLY_RECV, e, INFO(1, 0, 0, 2), 7, 8, 9, 10);
    check("and by ReplyRecv", r.badge == 32 && r.mr[0] == 7 && r.info == INFO(1, 0, 0, 2));
    EXPECT0("root is unbound", invoke(C_TCB, UNBIND, NONE, NONE), E_OK);
}

// A bound thread that sends or waits for a reply, or waits for another notification, is not disturbed.
static void test_bound_elsewhere(void) {
    const W e = object(O_EP, 0), n = object(O_NTFN, 0), o = object(O_NTFN, 0), b = mint(n, R_ALL, 2);
    struct worker* w = spawn_syscall(PLAIN, SYS_CALL, e, INFO(1, 0, 0, 0), 0, 0);
    invoke(w->tcb, BIND, NONE, LIST(n));
    sys0(SYS_SEND, b);
    check("a signal does not end a Call", !w->done);
    sys0(SYS_RECV, e);
    check("nor the wait for its answer", !w->done);
    sys(SYS_REPLY, 0, INFO(5, 0, 0, 0), 0, 0, 0, 0);
    check("which comes", w->done && w->r.rsi == INFO(5, 0, 0, 0));
    struct worker* v = spawn_syscall(PLAIN, SYS_RECV, o, 0, 0, 0);
    const W n2 = object(O_NTFN, 0);
    invoke(v->tcb, BIND, NONE, LIST(n2));
    sys0(SYS_SEND, mint(n2, R_ALL, 2));
    check("nor does one end a wait for another notification", !v->done);
    sys0(SYS_SEND, mint(o, R_ALL, 4));
    check("whose signal comes", v->done && v->r.rdi == 4);
    // A bound notification that goes while its thread waits at an endpoint.
    const W n3 = object(O_NTFN, 0);
    struct worker* x = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
    invoke(x->tcb, BIND, NONE, LIST(n3));
    drop(n3);
    check("its deletion does not end the wait", !x->done);
    sys0(SYS_SEND, e);
    check("for messages", x->done);
}

void test_notification(void) {
    suite("notification");
    test_words();
    test_queue();
    test_bound();
    test_bind_errors();
    test_bound_elsewhere();
}
