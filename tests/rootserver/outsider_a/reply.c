// SPDX-License-Identifier: GPL-3.0-only
// Reply capabilities: one shot, saved, moved, deleted, outlived.
#include "lib.h"

static W endpoint;

static struct worker* caller(W badge) {
    return spawn_syscall(PLAIN, SYS_CALL, mint(endpoint, R_ALL, badge), INFO(1, 0, 0, 1), badge * 2, 0);
}

static W save(void) {
    const W s = slot();
    EXPECT0("SaveCaller", invoke(C_CNODE, SAVE_CALLER, LIST(s, 64), NONE), E_OK);
    return s;
}

static int answered(const struct worker* w, W label) {
    return w->done && w->r.rsi == INFO(label, 0, 0, 0) && w->r.rdi == 0;
}

static void test_one_shot(void) {
    struct worker* w = caller(1);
    sys0(SYS_RECV, endpoint);
    sys(SYS_REPLY, 0, INFO(1, 0, 0, 0), 0, 0, 0, 0);
    check("Reply", answered(w, 1));
    sys(SYS_REPLY, 0, INFO(2, 0, 0, 0), 0, 0, 0, 0);
    check("once", w->r.rsi == INFO(1, 0, 0, 0));
    w = caller(1);
    sys0(SYS_RECV, endpoint);
    sys0(SYS_NBRECV, endpoint);
    sys(SYS_REPLY, 0, INFO(1, 0, 0, 0), 0, 0, 0, 0);
    check("a receive on an endpoint deletes it", !w->done);
    EXPECT0("its caller can be resumed", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    check("and asks again", sys0(SYS_NBRECV, endpoint).badge == 1);
    const W n = object(O_NTFN, 0);
    sys0(SYS_SEND, n);
    sys0(SYS_RECV, n);
    sys0(SYS_NBRECV, n);
    sys(SYS_REPLY, 0, INFO(3, 0, 0, 0), 0, 0, 0, 0);
    check("a wait for a notification does not", answered(w, 3));
}

static void test_saved(void) {
    struct worker *w = caller(1), *v = caller(2);
    sys0(SYS_RECV, endpoint);
    const W s = save();
    sys(SYS_REPLY, 0, 0, 0, 0, 0, 0);
    check("a saved cap is no longer the caller's", !w->done);
    sys0(SYS_RECV, endpoint);
    const W t = save();
    EXPECT0("Copy of a reply cap is refused", cnode_copy(C_CNODE, slot(), 64, s), E_ILLEGAL);
    EXPECT0("so is Mint", invoke(C_CNODE, MINT, LIST(slot(), 64, s, 64, R_ALL, 3), LIST(C_CNODE)), E_ILLEGAL);
    const W moved = slot();
    EXPECT0("Move is not", invoke(C_CNODE, MOVE, LIST(moved, 64, s, 64), LIST(C_CNODE)), E_OK);
    EXPECT0("Mutate is not", invoke(C_CNODE, MUTATE, LIST(s, 64, moved, 64, 5), LIST(C_CNODE)), E_OK);
    sys(SYS_SEND, t, INFO(5, 0, 0, 0), 0, 0, 0, 0);
    check("answers in any order", answered(v, 5) && !w->done);
    check("an answered cap is gone", !full(t));
    sys(SYS_NBSEND, s, INFO(6, 0, 0, 0), 0, 0, 0, 0);
    check("NBSend answers", answered(w, 6) && !full(s));
    w = caller(3);
    sys0(SYS_RECV, endpoint);
    const W u = save();
    struct message m = sys(SYS_CALL, u, INFO(7, 0, 0, 2), 8, 9, 3, 4);
    check("Call answers, and returns at once",
          w->done && w->r.rsi == INFO(7, 0, 0, 2) && w->r.r10 == 8 && w->r.r8 == 9);
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[1], m.mr[2], m.mr[3]};
    check_words("with an empty answer", got, (W[]){0, 0, 8, 9, 3, 4}, 6);
    EXPECT("the cap is used up", invoke(u, 0, NONE, NONE), E_CAP, 0);
    EXPECT0("saved again: nothing", invoke(C_CNODE, SAVE_CALLER, LIST(u, 64), NONE), E_OK);
}

static void test_deleted(void) {
    struct worker* w = caller(1);
    sys0(SYS_RECV, endpoint);
    const W s = save();
    EXPECT0("a reply cap is deleted", invoke(C_CNODE, DELETE, LIST(s, 64), NONE), E_OK);
    check("its caller waits on", !w->done);
    EXPECT0("until it is resumed", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    check("it asks again", sys0(SYS_RECV, endpoint).badge == 1);
    const W t = save();
    stop(w);
    check("suspending a caller deletes its reply cap", !full(t));
    invoke(w->tcb, RESUME, NONE, NONE);
    sys0(SYS_RECV, endpoint);
    const W u = save();
    EXPECT0("Revoke of a reply cap", invoke(C_CNODE, REVOKE, LIST(u, 64), NONE), E_OK);
    check("does nothing", full(u));
    drop(w->tcb);
    check("deleting the caller deletes its reply cap", !full(u));
    w = caller(2);
    sys0(SYS_RECV, endpoint);
    drop(w->tcb);
    sys(SYS_REPLY, 0, 0, 0, 0, 0, 0);
    check("also one that was not saved", !w->done);
}

// A server thread that dies takes its unsaved reply cap along; its caller waits on.
static void test_server_dies(void) {
    struct worker* server = spawn_syscall(PLAIN, SYS_RECV, endpoint, 0, 0, 0);
    struct worker* w = caller(1);
    check("the server has the call", server->done);
    drop(server->tcb);
    check("the caller waits", !w->done);
    invoke(w->tcb, RESUME, NONE, NONE);
    check("and can ask again", sys0(SYS_NBRECV, endpoint).badge == 1);
    sys(SYS_REPLY, 0, INFO(2, 0, 0, 0), 0, 0, 0, 0);
    check("somebody else", answered(w, 2));
}

static void reply_and_receive(struct worker* w) {
    sys0(SYS_RECV, w->arg[0]);
    struct message m = sys(SYS_REPLY_RECV, w->arg[1], INFO(6, 0, 0, 1), 66, 0, 0, 0);
    w->value[0] = m.badge;
    w->value[1] = m.info;
    w->done = 1;
}

static void test_reply_recv(void) {
    const W other = object(O_EP, 0), n = object(O_NTFN, 0);
    struct worker* s = spawn(reply_and_receive, PLAIN, endpoint, other);
    struct worker* w = caller(1);
    check("ReplyRecv answers, then waits elsewhere",
          w->done && w->r.rsi == INFO(6, 0, 0, 1) && w->r.r10 == 66 && !s->done);
    sys(SYS_SEND, mint(other, R_ALL, 8), INFO(4, 0, 0, 0), 0, 0, 0, 0);
    check("there", s->done && s->value[0] == 8 && s->value[1] == INFO(4, 0, 0, 0));
    s = spawn(reply_and_receive, PLAIN, endpoint, mint(n, R_READ, 0));
    w = caller(1);
    sys0(SYS_SEND, mint(n, R_ALL, 2));
    check("ReplyRecv on a notification", w->done && s->done && s->value[0] == 2);
    struct message m =
        sys(SYS_REPLY_RECV, (spawn_syscall(PLAIN, SYS_SEND, mint(other, R_ALL, 3), 0, 0, 0), other),
            INFO(9, 0, 0, 4), 1, 2, 3, 4);
    const W got[] = {m.badge, m.info, m.mr[0], m.mr[3]};
    check_words("ReplyRecv without a caller receives", got, (W[]){3, 0, 1, 4}, 4);
    const W h = object(O_EP, 0);
    s = spawn(reply_and_receive, (struct spawn_options){.fault_ep = h}, endpoint, 0);
    w = caller(1);
    check("ReplyRecv answers even if the receive faults", w->done && w->r.r10 == 66);
    m = sys0(SYS_NBRECV, h);
    check("as it does", LABEL(m.info) == 1 && m.mr[2] == 1 && m.mr[1] == 0);
    stop(s);
}

// A long Call chain: each helper calls the next, the last one answered, the answers run back.
static void relay(struct worker* w) {
    struct message m = sys0(SYS_RECV, w->arg[0]);
    struct message a = sys(SYS_CALL, w->arg[1], m.info, m.mr[0] + 1, 0, 0, 0);
    sys(SYS_REPLY, 0, a.info, a.mr[0] + 100, 0, 0, 0);
    w->done = 1;
}

static void test_chain(void) {
    enum { kLinks = 20 };
    W e[kLinks + 1];
    for (int i = 0; i <= kLinks; ++i)
        e[i] = object(O_EP, 0);
    for (int i = 0; i < kLinks; ++i)
        spawn(relay, (struct spawn_options){.priority = 110 + (W)i * 7 % 20}, e[i], e[i + 1]);
    struct worker* w = spawn_syscall(PLAIN, SYS_CALL, e[0], INFO(1, 0, 0, 1), 1, 0);
    struct message m = sys0(SYS_RECV, e[kLinks]);
    check("a chain of calls", m.mr[0] == 1 + kLinks && !w->done);
    sys(SYS_REPLY, 0, INFO(1, 0, 0, 1), 5, 0, 0, 0);
    check("and its answers", w->done && w->r.r10 == 5 + 100 * kLinks);
}

void test_reply(void) {
    suite("reply");
    endpoint = object(O_EP, 0);
    test_one_shot();
    test_saved();
    test_deleted();
    test_server_dies();
    test_reply_recv();
    test_chain();
}
