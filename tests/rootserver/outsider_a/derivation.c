// SPDX-License-Identifier: GPL-3.0-only
// The derivation tree: who is whose child, as Revoke shows it.
#include "lib.h"

static W alive(const W* s, int count) {
    W mask = 0;
    for (int i = 0; i < count; ++i)
        mask |= (W)full(s[i]) << i;
    return mask;
}

static void after(const char* name, const W* s, int count, W expected) {
    const W mask = alive(s, count);
    check_words(name, &mask, &expected, 1);
}

static W mint_with(W source, W rights, W badge) {
    return mint(source, rights, badge);
}

static void test_endpoint_tree(W type) {
    const W a = object(type, 0);
    const W b = copy(a), c = copy(b);                              // siblings, children of a
    const W d = mint_with(a, R_ALL, 5), e = copy(d);               // e: child of d
    const W f = mint_with(b, R_ALL, 6), g = copy(f), h = copy(g);  // g, h: children of f
    const W i = mint_with(a, R_ALL, 5);                            // the same badge, a family of its own
    const W all[] = {a, b, c, d, e, f, g, h, i};
    revoke(b);
    after("a copy has no children", all, 9, 0x1ff);
    revoke(g);
    after("nor a copy of a badged one", all, 9, 0x1ff);
    revoke(i);
    after("badges of two mints are two families", all, 9, 0x1ff);
    revoke(d);
    after("a badged cap's copies are its children", all, 9, 0x1ef);
    drop(f);
    revoke(g);
    after("when it is deleted, its copies are siblings", all, 9, 0x1cf);
    revoke(a);
    after("the original takes all", all, 9, 1);
    drop(a);
    after("and can be deleted", all, 9, 0);
}

// A badged cap that is deleted hands its first-of-the-badge mark to the next: another family does not swallow
// it.
static void test_first_badged(void) {
    const W a = object(O_EP, 0), x = mint(a, R_ALL, 5), x2 = copy(x), y = mint(a, R_ALL, 5);  // a y x x2
    const W all[] = {a, x, x2, y};
    drop(x);
    revoke(y);
    after("a family without its first keeps apart", all, 4, 13);
    drop(a);
    revoke(y);
    after("also without its root", all, 4, 12);
}

static void test_retyped(void) {
    const W types[] = {O_TCB, O_CNODE, O_4K, O_UNTYPED};
    for (int i = 0; i < 4; ++i) {
        const W a = object(types[i], i == 1 ? 4 : 12);
        const W b = copy(a), c = types[i] == O_UNTYPED ? slot() : copy(b);
        const W all[] = {a, b, c};
        revoke(b);
        after("Revoke of a copy", all, 3, types[i] == O_UNTYPED ? 3 : 7);
        revoke(a);
        after("Revoke of the original", all, 3, 1);
        const W d = copy(a);
        const W moved = slot();
        invoke(C_CNODE, MOVE, LIST(moved, 64, a, 64), LIST(C_CNODE));
        revoke(moved);
        check("a moved original keeps its children", !full(d) && full(moved));
    }
}

static void test_untyped_tree(void) {
    const W a = object(O_UNTYPED, 16), b = make(a, O_UNTYPED, 14), c = make(b, O_UNTYPED, 12),
            d = make(c, O_EP, 0);
    const W e = copy(d), f = make(a, O_UNTYPED, 14), g = make(f, O_TCB, 0), h = mint(d, R_ALL, 3);
    const W all[] = {a, b, c, d, e, f, g, h};
    revoke(b);
    after("a branch", all, 8, 0x63);
    const W c2 = make(b, O_CNODE, 4), inside = make(f, O_NTFN, 0);
    invoke(C_CNODE, MOVE, LIST(d, 64, inside, 64), LIST(C_CNODE));
    EXPECT0("a cap of another branch is put into a CNode", invoke(c2, MOVE, LIST(3, 4, d, 64), LIST(C_CNODE)),
            E_OK);
    revoke(f);
    EXPECT("and revoked there", invoke(C_CNODE, MOVE, LIST(d, 64, 3, 4), LIST(c2)), E_LOOKUP, 1, L_MISSING,
           4);
    drop(a);
    check("an untyped is deleted alone", full(b) && full(f));
    EXPECT0("its children go on", invoke(f, RETYPE, LIST(O_EP, 0, 0, 0, d, 1), LIST(C_CNODE)), E_OK);
    revoke(a);
    check("its empty slot revokes nothing", full(b) && full(f) && full(d));
}

// Swapped and rotated caps keep their places in the tree.
static void test_rotated(void) {
    const W a = object(O_CNODE, 3), b = object(O_TCB, 0), a2 = copy(a), b2 = copy(b);
    EXPECT0("a swap", invoke(C_CNODE, ROTATE, LIST(a, 64, 0, b, 64, 0, a, 64), LIST(C_CNODE, C_CNODE)), E_OK);
    revoke(a);
    check("of originals", !full(b2) && full(a2));
    revoke(b);
    check("keeps the children", !full(a2) && full(a) && full(b));
    // Neighbours in the list: a parent and its own child change places.
    const W c = copy(b);
    EXPECT0("parent and child",
            invoke(C_CNODE, ROTATE, LIST(b, 64, 0, c, 64, 0, b, 64), LIST(C_CNODE, C_CNODE)), E_OK);
    revoke(b);
    check("the child is where the parent was", full(c) && full(b));
    revoke(c);
    check("and is still the child", full(c) && !full(b));
    const W d = copy(c), e = slot();
    EXPECT0("a ring", invoke(C_CNODE, ROTATE, LIST(e, 64, 0, c, 64, 0, d, 64), LIST(C_CNODE, C_CNODE)), E_OK);
    revoke(e);
    check("moves them on", full(e) && !full(c) && !full(d));
}

// A notification's cap given to a thread or an IRQ handler, a CNode's in a TCB: copies like others.
static void test_tcb_slots(void) {
    const W c = object(O_CNODE, 3), n = object(O_NTFN, 0), t = object(O_TCB, 0);
    const W e = object(O_EP, 0);
    cnode_copy(c, 1, 3, e);
    struct worker* w =
        spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = GUARD(0, 61)}, SYS_SEND, 1, 0, 1, 2);
    check("a thread with a CSpace of its own", !w->done && sys0(SYS_NBRECV, e).info == 0 && w->done);
    drop(c);
    w = spawn_syscall(PLAIN, SYS_SEND, e, 0, 1, 2);
    const W buffer = copy(w->frame), frame = object(O_4K, 0);
    EXPECT0("a frame as buffer", invoke(w->tcb, SET_BUFFER, LIST(0x1000), LIST(frame)), E_OK);
    revoke(frame);
    boot->buffer->msg[4] = 0;
    sys0(SYS_NBRECV, e);
    EXPECT0("a buffer's frame is taken away by Revoke",
            invoke(w->tcb, SET_BUFFER, LIST((W)w->buffer), LIST(buffer)), E_OK);
    invoke(t, BIND, NONE, LIST(n));
    drop(n);
    EXPECT0("a bound notification that is deleted is unbound", invoke(t, UNBIND, NONE, NONE), E_ILLEGAL);
}

// Many children, deep chains: Revoke is preemptible and gets through.
static void test_many(void) {
    const W a = object(O_EP, 0), first = slot();
    enum { kCount = 2000 };
    for (W i = 1; i < kCount; ++i)
        slot();
    W errors = 0;
    for (W i = 0; i < kCount; ++i)
        errors |= cnode_copy(C_CNODE, first + i, 64, i % 3 || i == 0 ? a : first + i - 1).error;
    check("two thousand copies", errors == 0);
    EXPECT0("are revoked", invoke(C_CNODE, REVOKE, LIST(a, 64), NONE), E_OK);
    W left = 0;
    for (W i = 0; i < kCount; ++i)
        left += (W)full(first + i);
    check("to the last", left == 0 && full(a));
    W u = object(O_UNTYPED, 20);
    const W root = u;
    for (W i = 0; i < 12; ++i) {
        const W next = slot();
        errors |= retype(u, O_UNTYPED, 19 - i, next, 1);
        u = next;
    }
    check("untypeds in untypeds", errors == 0 && full(u));
    EXPECT0("revoked from the root", invoke(C_CNODE, REVOKE, LIST(root, 64), NONE), E_OK);
    check("down to the last", !full(u));
    EXPECT0("whose memory is free", invoke(root, RETYPE, LIST(O_UNTYPED, 19, 0, 0, slot(), 1), LIST(C_CNODE)),
            E_OK);
}

void test_derivation(void) {
    suite("derivation");
    test_endpoint_tree(O_EP);
    test_endpoint_tree(O_NTFN);
    test_first_badged();
    test_retyped();
    test_untyped_tree();
    test_rotated();
    test_tcb_slots();
    test_many();
}
