// SPDX-License-Identifier: GPL-3.0-only
// Deleting what holds capabilities: nested CNodes and threads, cycles, a deletion that is preempted half way.
//
// A CNode whose last cap lay in another CNode that goes is not emptied by that: its cap changes places with
// what is in its own first slot, which is deleted instead, and it stays behind as a zombie that nobody can
// reach, until its untyped is revoked. Revoke leaves nothing.
#include "lib.h"

static int childless(W untyped) {
    const W s = slot();
    const int none = cnode_copy(C_CNODE, s, 64, untyped).error == E_OK;
    drop(s);
    return none;
}

// Something that shows when the last cap of an endpoint goes: a sender waits there.
struct probe {
    W cap;
    struct worker* sender;
};

static struct probe probe(W untyped) {
    const W e = make(untyped, O_EP, 0);
    return (struct probe){e, spawn_syscall(PLAIN, SYS_SEND, e, 0, 0, 0)};
}

static W put(W node, W index, W bits, W cap) {
    return invoke(node, MOVE, LIST(index, bits, cap, 64), LIST(C_CNODE)).error;
}

static void test_flat(void) {
    const W u = object(O_UNTYPED, 14), a = make(u, O_CNODE, 4);
    struct probe p[3] = {probe(u), probe(u), probe(u)};
    put(a, 0, 4, p[0].cap), put(a, 7, 4, p[1].cap), put(a, 15, 4, p[2].cap);
    EXPECT0("a CNode is deleted", invoke(C_CNODE, DELETE, LIST(a, 64), NONE), E_OK);
    check("with all it held", p[0].sender->done && p[1].sender->done && p[2].sender->done);
    check("and its memory is free", childless(u));
    const W b = make(u, O_CNODE, 4), c = copy(b);
    struct probe q = probe(u);
    put(b, 3, 4, q.cap);
    drop(b);
    check("a copy keeps it", !q.sender->done);
    EXPECT("usable", invoke(c, MOVE, LIST(2, 4, 3, 4), LIST(c)), E_OK);
    drop(c);
    check("the last goes with it", q.sender->done && childless(u));
}

// A cap in slot 0 of the inner CNode goes, one in slot 1 stays.
static void test_nested(void) {
    const W u = object(O_UNTYPED, 14), a = object(O_CNODE, 3), b = make(u, O_CNODE, 3);
    struct probe first = probe(u), second = probe(u);
    put(b, 0, 3, first.cap), put(b, 1, 3, second.cap), put(a, 5, 3, b);
    EXPECT0("the outer CNode is deleted", invoke(C_CNODE, DELETE, LIST(a, 64), NONE), E_OK);
    check("the inner one's first cap goes", first.sender->done);
    check("its second stays", !second.sender->done);
    check("and so does what is left of it", !childless(u));
    EXPECT0("Revoke of its untyped", invoke(C_CNODE, REVOKE, LIST(u, 64), NONE), E_OK);
    check("takes the rest", second.sender->done && childless(u));
    EXPECT0("and all memory is free", invoke(u, RETYPE, LIST(O_UNTYPED, 14, 0, 0, slot(), 1), LIST(C_CNODE)),
            E_OK);
}

// A chain of CNodes, each in slot `at` of the one before.
static void test_chain(W at) {
    enum { kDepth = 30 };
    const W u = object(O_UNTYPED, 16), outer = object(O_CNODE, 1);
    W node[kDepth];
    for (int i = 0; i < kDepth; ++i)
        node[i] = make(u, O_CNODE, 1);
    struct probe p = probe(u);
    put(node[kDepth - 1], at, 1, p.cap);
    for (int i = kDepth - 1; i > 0; --i)
        put(node[i - 1], at, 1, node[i]);
    put(outer, 1, 1, node[0]);
    EXPECT0("a chain of CNodes is deleted", invoke(C_CNODE, DELETE, LIST(outer, 64), NONE), E_OK);
    check("as far as first slots go", p.sender->done == (at == 0) && !childless(u));
    EXPECT0("revoked", invoke(C_CNODE, REVOKE, LIST(u, 64), NONE), E_OK);
    check("it is gone", p.sender->done && childless(u));
}

// The first slot of the TCB is its CSpace root.
static void test_nested_thread(void) {
    const W u = object(O_UNTYPED, 14), a = object(O_CNODE, 3), c = make(u, O_CNODE, 3), n = object(O_NTFN, 0);
    const W v = object(O_UNTYPED, 14), t = make(v, O_TCB, 0), other = object(O_TCB, 0),
            frame = object(O_4K, 0);
    EXPECT0("a thread", invoke(t, CONFIGURE, LIST(0, 0, 0, 0x1000), LIST(c, C_VSPACE, frame)), E_OK);
    invoke(t, BIND, NONE, LIST(n));
    EXPECT0("its notification is taken", invoke(other, BIND, NONE, LIST(n)), E_ILLEGAL);
    drop(c);
    check("its CSpace has no other cap", !childless(u));
    put(a, 5, 3, t);
    EXPECT0("the CNode of its last cap is deleted", invoke(C_CNODE, DELETE, LIST(a, 64), NONE), E_OK);
    EXPECT0("its notification is free", invoke(other, BIND, NONE, LIST(n)), E_OK);
    check("its remains are not", !childless(v) && !childless(u));
    revoke(v);
    check("until Revoke", childless(v));
    revoke(u);
    check("of each", childless(u));
    const W s = make(v, O_TCB, 0);
    invoke(s, CONFIGURE, LIST(0, 0, 0, 0x1000), LIST(C_CNODE, C_VSPACE, frame));
    EXPECT0("a thread by itself", invoke(C_CNODE, DELETE, LIST(s, 64), NONE), E_OK);
    check("leaves nothing", childless(v));
}

static void test_cycles(void) {
    const W u = object(O_UNTYPED, 16);
    W n[4];
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 4; ++i)
            n[i] = make(u, O_CNODE, 2);
        struct probe p = probe(u);
        const W at = round % 3 == 0 ? 0 : round % 3 == 1 ? 3 : 1;
        put(n[0], 2, 2, p.cap);
        const int length = round < 3 ? 1 : 3;
        const W handle = copy(n[0]);
        for (int i = 0; i < length; ++i)
            EXPECT0("a link of a ring",
                    invoke(i + 1 < length ? n[i + 1] : handle, MOVE, LIST(at, 2, n[i], 64), LIST(C_CNODE)),
                    E_OK);
        if (round & 1) drop(handle);
        check("a ring keeps itself alive", !p.sender->done && !childless(u));
        EXPECT0("a ring is revoked", invoke(C_CNODE, REVOKE, LIST(u, 64), NONE), E_OK);
        check("and gone", p.sender->done && childless(u) && !full(handle));
    }
}

// The cap of a CNode in itself is the last one when the other is deleted, but for Delete it is not.
static void test_self(void) {
    const W u = object(O_UNTYPED, 14), a = make(u, O_CNODE, 2), b = make(u, O_CNODE, 2);
    EXPECT0("a copy in itself", cnode_copy(a, 3, 2, a), E_OK);
    EXPECT0("deletes itself there", invoke(a, DELETE, LIST(3, 2), NONE), E_OK);
    EXPECT0("the only cap moved into itself", invoke(b, MOVE, LIST(1, 2, b, 64), LIST(C_CNODE)), E_OK);
    check("cannot be reached", !full(b));
    // An outer CNode whose inner one holds the outer's own copy in its first slot.
    const W inner = make(u, O_CNODE, 1);
    cnode_copy(inner, 0, 1, a);
    put(a, 2, 2, inner);
    EXPECT0("one of two", invoke(C_CNODE, DELETE, LIST(a, 64), NONE), E_OK);
    check("remains", !childless(u));
    revoke(u);
    check("Revoke", childless(u));
}

static void suicide(struct worker* w) {
    struct regs r = {.rdx = (W)SYS_CALL,
                     .rdi = w->arg[0],
                     .rsi = INFO(DELETE, 0, 0, 2),
                     .r10 = w->arg[1],
                     .r8 = w->arg[2]};
    w->value[0] = 1;
    raw_syscall(&r);
    w->value[0] = 2;
    w->value[1] = r.rsi;
}

static void test_own(void) {
    struct worker* w = spawn(suicide, (struct spawn_options){.priority = 50}, C_CNODE, 0);
    w->arg[1] = w->tcb, w->arg[2] = 64;
    invoke(w->tcb, SET_PRIORITY, LIST(110), LIST(C_TCB));
    check("a thread that deletes itself does not return", w->value[0] == 1);
    // An interrupt may have come in between: then nobody is left to finish.
    EXPECT0("what is left of it can be deleted", invoke(C_CNODE, DELETE, LIST(w->tcb, 64), NONE), E_OK);
    const W u = object(O_UNTYPED, 14), c = make(u, O_CNODE, 3);
    cnode_copy(c, 1, 3, c);
    w = spawn(suicide, (struct spawn_options){.priority = 50, .cspace = c, .cspace_data = GUARD(0, 61)}, 1,
              1);
    w->arg[2] = 3;
    // The cap in slot 1 has no guard; the invoked one is found through the thread's, which has.
    drop(c);
    invoke(w->tcb, SET_PRIORITY, LIST(110), LIST(C_TCB));
    check("a thread deletes a cap of its CSpace", w->value[0] == 2 && w->value[1] == 0);
    stop(w);
    drop(w->tcb);
    check("that stays behind when the thread goes", !childless(u));
    revoke(u);
    check("until Revoke", childless(u));
    w = spawn(suicide, (struct spawn_options){.priority = 50}, C_CNODE, 0);
    const W d = make(u, O_CNODE, 3);
    cnode_copy(d, 1, 3, w->tcb);
    w->arg[1] = w->tcb, w->arg[2] = 64;
    cnode_copy(d, 2, 3, d);
    drop(w->tcb);
    check("a copy keeps the thread", w->value[0] == 0);
}

static void test_long_running(void) {
    const W c = object(O_CNODE, 3), t = object(O_TCB, 0), d = object(O_CNODE, 3);
    EXPECT0("Configure", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, C_VSPACE, 0)), E_OK);
    EXPECT0("a thread gets another CSpace", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(d, C_VSPACE)), E_OK);
    drop(d);
    EXPECT0("not if its own is the last cap", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(c, C_VSPACE)),
            E_ILLEGAL);
    EXPECT0("nor by Configure", invoke(t, CONFIGURE, LIST(0, 0, 0, 0), LIST(c, C_VSPACE, 0)), E_ILLEGAL);
    EXPECT0("which is told first", invoke(t, SET_SPACE, LIST(0, 0, 0), LIST(t, t)), E_ILLEGAL);
    EXPECT0("the thread can be deleted", invoke(C_CNODE, DELETE, LIST(t, 64), NONE), E_OK);
}

// A thread whose CSpace holds the thread: nobody else needs a cap for either.
static void test_thread_cycle(void) {
    const W u = object(O_UNTYPED, 14), e = object(O_EP, 0);
    for (int order = 0; order < 2; ++order) {
        const W c = make(u, O_CNODE, 2), t = make(u, O_TCB, 0), page = make(u, O_4K, 0);
        EXPECT0("a thread", invoke(t, CONFIGURE, LIST(0, GUARD(0, 62), 0, 0x1000), LIST(c, C_VSPACE, page)),
                E_OK);
        cnode_copy(c, 1, 2, t);
        cnode_copy(c, 2, 2, e);
        drop(order ? c : t);
        drop(order ? t : c);
        check("keeps itself alive", !childless(u));
        revoke(u);
        check("until its memory is revoked", childless(u));
    }
}

void test_deletion(void) {
    suite("deletion");
    test_flat();
    test_nested();
    test_chain(0);
    test_chain(1);
    test_nested_thread();
    test_cycles();
    test_self();
    test_thread_cycle();
    test_own();
    test_long_running();
}
