// SPDX-License-Identifier: GPL-3.0-only
// Messages of every length, with and without buffers, queues, and the rights an endpoint cap needs.
#include "lib.h"

static W words[120];

static void fill(W seed) {
    for (W i = 0; i < 120; ++i)
        words[i] = seed * 1000 + i;
}

static int received(struct message m, W count, W expected) {
    W* b = boot->buffer->msg;
    int good = m.info == INFO(3, 0, 0, expected);
    for (W i = 0; i < 4; ++i)
        good &= m.mr[i] == (i < expected ? words[i] : POISON(i));
    for (W i = 4; i < 120; ++i)
        good &= b[i] == (i < expected ? words[i] : 0xeeee0000 + i);
    return good && count >= expected;
}

static void clear_buffer(void) {
    for (W i = 0; i < 120; ++i)
        boot->buffer->msg[i] = 0xeeee0000 + i;
    for (W i = 0; i < 3; ++i)
        boot->buffer->caps[i] = 0xcccc0000 + i;
}

static void test_lengths(void) {
    const W e = object(O_EP, 0);
    int good[4] = {1, 1, 1, 1};
    for (W length = 0; length <= 120; length += length < 8 || length > 115 ? 1 : 7) {
        fill(length);
        struct worker* w = spawn_buffered(PLAIN, SYS_SEND, e, INFO(3, 0, 0, length), words, 0);
        clear_buffer();
        good[0] &= received(sys0(SYS_RECV, e), length, length) && w->done;
        w = spawn_buffered((struct spawn_options){.no_buffer = 1}, SYS_SEND, e, INFO(3, 0, 0, length), words,
                           0);
        clear_buffer();
        good[1] &= received(sys0(SYS_RECV, e), length, length < 4 ? length : 4) && w->done;
        w = spawn_syscall((struct spawn_options){.no_buffer = 1}, SYS_RECV, e, 0x44, 1, 2);
        for (W i = 4; i < length; ++i)
            boot->buffer->msg[i] = words[i];
        sys(SYS_SEND, e, INFO(3, 0, 0, length), words[0], words[1], words[2], words[3]);
        good[2] &= w->r.rsi == INFO(3, 0, 0, length < 4 ? length : 4) && w->buffer->msg[4] == 0xbbbb0005;
        w = spawn_buffered(PLAIN, SYS_CALL, e, INFO(3, 0, 0, length), words, 0);
        clear_buffer();
        good[3] &= received(sys0(SYS_RECV, e), length, length) && !w->done;
        sys(SYS_REPLY, 0, INFO(4, 0, 0, length), ~words[0], ~words[1], ~words[2], ~words[3]);
        good[3] &= w->done && w->r.rdi == 0 && w->r.rsi == INFO(4, 0, 0, length) && w->r.rsp == 0;
        for (W i = 4; i < length; ++i)
            good[3] &= w->buffer->msg[i] == words[i];
    }
    check("messages of any length", good[0]);
    check("four words of a sender without a buffer", good[1]);
    check("four words to a receiver without a buffer", good[2]);
    check("calls of any length", good[3]);
    fill(1);
    spawn_buffered(PLAIN, SYS_SEND, e, INFO(3, 0, 0, 127), words, 0);
    clear_buffer();
    check("a length above 120 is 120", received(sys0(SYS_RECV, e), 127, 120));
}

// Senders and receivers wait in the order they came, whatever their priority.
static void test_order(void) {
    const W e = object(O_EP, 0);
    struct worker* w[8];
    for (W i = 0; i < 8; ++i)
        w[i] = spawn_syscall((struct spawn_options){.priority = 130 - i * 3 % 7}, SYS_SEND,
                             mint(e, R_WRITE, i + 1), 0, 0, 0);
    int good = 1;
    stop(w[3]);
    for (W i = 0; i < 8; ++i)
        if (i != 3) good &= sys0(SYS_NBRECV, e).badge == i + 1 && w[i]->done;
    check("senders in their order", good && sys0(SYS_NBRECV, e).badge == 0);
    invoke(w[3]->tcb, RESUME, NONE, NONE);
    check("a stopped sender sends when it goes on", sys0(SYS_NBRECV, e).badge == 4 && w[3]->done);
    for (W i = 0; i < 8; ++i)
        w[i] = spawn_syscall((struct spawn_options){.priority = 120 + i * 5 % 7}, SYS_RECV, e, 0, 0, 0);
    good = 1;
    for (W i = 0; i < 8; ++i) {
        const W b = mint(e, R_ALL, i + 1);
        sys0(SYS_NBSEND, b);
        good &= w[i]->done && w[i]->r.rdi == i + 1;
    }
    check("receivers in their order", good);
}

static int next_is(W endpoint, struct worker* w, W badge, W label) {
    struct message m = sys0(SYS_NBRECV, endpoint);
    return m.badge == badge && LABEL(m.info) == label && w->done;
}

static void test_long_queue(void) {
    const W e = object(O_EP, 0);
    enum { kCount = 60 };
    struct worker* w[kCount];
    for (W i = 0; i < kCount; ++i)
        w[i] = spawn_syscall(PLAIN, SYS_SEND, mint(e, R_ALL, 1 + i % 3), INFO(i, 0, 0, 0), 0, 0);
    const W two = mint(e, R_ALL, 2);
    EXPECT0("sends of a badge are cancelled", invoke(C_CNODE, CANCEL_BADGED, LIST(two, 64), NONE), E_OK);
    int good = 1;
    for (W i = 0; i < kCount; ++i)
        if (i % 3 != 1) good &= next_is(e, w[i], 1 + i % 3, i);
    check("the others keep their places", good);
    // A cancelled sender runs again at once. Each was put before the others in the queue of ready threads.
    for (W i = kCount; i-- > 0;)
        if (i % 3 == 1) good &= next_is(e, w[i], 2, i);
    check("they send anew, the last one first", good);
    check("nobody is left", sys0(SYS_NBRECV, e).badge == 0);
}

// Deleting the last cap restarts those who wait; with the cap gone they fault or fail.
static void test_last_cap(void) {
    const W e = object(O_EP, 0), b = mint(e, R_ALL, 7), h = object(O_EP, 0);
    struct worker* call = spawn_syscall(PLAIN, SYS_CALL, b, 0, 5, 6);
    struct worker* send = spawn_syscall(PLAIN, SYS_SEND, b, 0, 5, 6);
    const W e2 = object(O_EP, 0);
    struct worker* recv = spawn_syscall((struct spawn_options){.fault_ep = h}, SYS_RECV, e2, 0, 5, 6);
    drop(b);
    check("a deleted cap of its sender does not end the send", !call->done && !send->done);
    check("nor a copy elsewhere", sys0(SYS_NBRECV, e).badge == 7);
    drop(e);
    check("the last cap does", send->done && send->r.rsi == 0);
    check("a delivered call is not concerned", !call->done);
    sys0(SYS_REPLY, 0);
    check("and can be answered", call->done && call->r.rsi == 0);
    drop(e2);
    struct message m = sys0(SYS_NBRECV, h);
    const W got[] = {m.info, m.mr[1], m.mr[2], m.mr[3], boot->buffer->msg[4]};
    check_words("a receiver faults", got, (W[]){INFO(1, 0, 0, 5), e2, 1, L_MISSING, 0}, 5);
    check("and is not done", !recv->done);
    const W e3 = object(O_EP, 0);
    call = spawn_syscall(PLAIN, SYS_CALL, e3, 0, 5, 6);
    drop(e3);
    check("a caller gets an error", call->done && call->r.rsi == INFO(E_CAP, 0, 0, 1) && call->r.r10 == 0);
}

static void test_rights(void) {
    const W e = object(O_EP, 0);
    struct worker* w = spawn_syscall(PLAIN, SYS_CALL, mint(e, R_WRITE, 1), INFO(5, 0, 0, 2), 5, 6);
    struct message m = sys0(SYS_RECV, e);
    check("a Call without Grant is delivered", m.badge == 1 && m.info == INFO(5, 0, 0, 2) && m.mr[0] == 5);
    sys0(SYS_REPLY, 0);
    check("and has no reply", !w->done);
    EXPECT0("its caller is inactive: it resumes", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    check("and calls again", sys0(SYS_NBRECV, e).badge == 1);
    static const W rights[] = {R_WRITE | R_GRANT, R_WRITE | R_GRANT_REPLY};
    for (W i = 0; i < 2; ++i) {
        w = spawn_syscall(PLAIN, SYS_CALL, mint(e, rights[i], 2), 0, 5, 6);
        m = sys0(SYS_RECV, e);
        sys(SYS_REPLY, 0, INFO(9, 0, 0, 1), 77, 0, 0, 0);
        check("either Grant makes a reply",
              m.badge == 2 && w->done && w->r.rsi == INFO(9, 0, 0, 1) && w->r.r10 == 77);
    }
    w = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
    struct worker* c = spawn_syscall(PLAIN, SYS_CALL, mint(e, R_WRITE, 3), 0, 5, 6);
    check("also when the receiver waited", w->done && w->r.rdi == 3 && !c->done);
}

static void server(struct worker* w) {
    struct message m = sys0(SYS_RECV, w->arg[0]);
    for (;;) {
        ++w->value[0];
        m = sys(SYS_REPLY_RECV, w->arg[0], INFO(LABEL(m.info) + 1, 0, 0, LENGTH(m.info)), m.mr[0] + 1,
                m.mr[1] + m.badge, ~m.mr[2], m.mr[3] << 1);
    }
}

static void test_server(void) {
    const W e = object(O_EP, 0), b = mint(e, R_WRITE | R_GRANT_REPLY, 100);
    struct worker* w = spawn(server, PLAIN, e, 0);
    int good = 1;
    for (W i = 0; i < 300; ++i) {
        const W length = i % 5;
        struct message m = sys(SYS_CALL, b, INFO(i, 0, 0, length), i, 2 * i, 3 * i, 4 * i);
        const W answer[] = {i + 1, 2 * i + 100, ~(3 * i), 8 * i}, question[] = {i, 2 * i, 3 * i, 4 * i};
        good &= m.badge == 0 && m.info == INFO(i + 1, 0, 0, length);
        for (W k = 0; k < 4; ++k)
            good &= m.mr[k] == (k < length ? answer[k] : question[k]);
    }
    check("three hundred calls of a server", good && w->value[0] == 300);
    invoke(w->tcb, SET_PRIORITY, LIST(50), LIST(C_TCB));
    struct message m = sys(SYS_CALL, b, INFO(7, 0, 0, 1), 1, 0, 0, 0);
    check("a server of lower priority", m.info == INFO(8, 0, 0, 1) && m.mr[0] == 2);
    stop(w);
    sys0(SYS_NBSEND, e);
    check("a stopped server receives nothing", w->value[0] == 301);
    invoke(w->tcb, RESUME, NONE, NONE);
    m = sys(SYS_CALL, b, INFO(7, 0, 0, 1), 1, 0, 0, 0);
    check("and serves when it goes on", m.mr[0] == 2);
}

void test_ipc(void) {
    suite("ipc");
    test_lengths();
    test_order();
    test_server();
    test_last_cap();
    test_long_queue();
    forget();
    test_rights();
}
