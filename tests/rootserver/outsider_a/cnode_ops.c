// SPDX-License-Identifier: GPL-3.0-only
// CNode operations: what they do, and which of two errors at once is told.
#include "lib.h"

static struct result op(W label, W to, W from) {
    return invoke(C_CNODE, label, LIST(to, 64, from, 64, R_ALL, 0), LIST(C_CNODE));
}

static void test_copy_and_mint(void) {
    const W e = object(O_EP, 0), d = slot(), b = mint(e, R_ALL, 5);
    EXPECT0("Copy", op(COPY, d, e), E_OK);
    EXPECT0("Copy onto a cap", op(COPY, d, e), E_DELETE);
    EXPECT0("Copy onto itself", op(COPY, e, e), E_DELETE);
    EXPECT0("Mint onto a cap", op(MINT, d, e), E_DELETE);
    EXPECT0("Mint of a badged cap, badge zero", op(MINT, slot(), b), E_ILLEGAL);
    EXPECT0("Mint of a badged cap, the same badge",
            invoke(C_CNODE, MINT, LIST(slot(), 64, b, 64, R_ALL, 5), LIST(C_CNODE)), E_ILLEGAL);
    const W c = slot();
    EXPECT0("Copy of a badged cap", op(COPY, c, b), E_OK);
    const W n = object(O_NTFN, 0), nb = mint(n, R_ALL, 5);
    EXPECT0("Mint of a badged notification", op(MINT, slot(), nb), E_ILLEGAL);
    EXPECT0("Mutate of an endpoint", invoke(C_CNODE, MUTATE, LIST(slot(), 64, e, 64, 7), LIST(C_CNODE)),
            E_ILLEGAL);
    EXPECT0("Mutate of a badged endpoint", invoke(C_CNODE, MUTATE, LIST(slot(), 64, b, 64, 7), LIST(C_CNODE)),
            E_ILLEGAL);
    EXPECT0("Mutate of a notification", invoke(C_CNODE, MUTATE, LIST(slot(), 64, n, 64, 7), LIST(C_CNODE)),
            E_ILLEGAL);
    check("nothing moved", full(e) && full(b) && full(n));
    EXPECT0("Copy of the IRQ control cap", op(COPY, slot(), C_IRQ), E_ILLEGAL);
    EXPECT0("Copy of the port control cap", op(COPY, slot(), C_IOPORT), E_ILLEGAL);
    EXPECT0("Copy of the ASID control cap", op(COPY, slot(), C_ASID_CONTROL), E_OK);
    EXPECT0("Copy of the ASID pool cap", op(COPY, slot(), C_ASID_POOL), E_OK);
    EXPECT0("Copy of the domain cap", op(COPY, slot(), C_DOMAIN), E_OK);
    EXPECT0("Copy of a thread", op(MINT, slot(), C_TCB), E_OK);
    static const W tables[] = {O_PDPT, O_PD, O_PT, O_PML4};
    for (int i = 0; i < 4; ++i)
        EXPECT0("Copy of an unmapped table", op(COPY, slot(), object(tables[i], 0)), E_ILLEGAL);
    EXPECT0("Copy of an unmapped frame", op(COPY, slot(), object(O_4K, 0)), E_OK);
    EXPECT0("Copy of a VSpace in use", op(COPY, slot(), C_VSPACE), E_OK);
}

static void test_rights(void) {
    const W e = object(O_EP, 0), reader = mint(e, R_READ, 0), writer = mint(e, R_WRITE, 0);
    EXPECT("a reader cannot write", invoke(reader, 0, NONE, NONE), E_CAP, 0);
    const W again = mint(reader, R_ALL, 3);
    EXPECT("rights do not grow back", invoke(again, 0, NONE, NONE), E_CAP, 0);
    struct worker* w = spawn_syscall(PLAIN, SYS_SEND, writer, 0, 1, 2);
    check("a badge can be given to a reader", sys0(SYS_NBRECV, again).info == 0 && w->done);
    const W high = mint(e, ~0xful | R_READ, 0);
    EXPECT("bits above the rights do not count", invoke(high, 0, NONE, NONE), E_CAP, 0);
    const W copied = slot();
    invoke(C_CNODE, COPY, LIST(copied, 64, e, 64, R_READ), LIST(C_CNODE));
    EXPECT("Copy cuts rights too", invoke(copied, 0, NONE, NONE), E_CAP, 0);
    const W none = mint(e, 0, 0);
    EXPECT("no rights", invoke(none, 0, NONE, NONE), E_CAP, 0);
    check("a cap without rights is a cap", full(none));
}

static void test_cnode_data(void) {
    const W c = object(O_CNODE, 4), d = slot(), e = object(O_EP, 0);
    EXPECT0("Mint of a CNode with too long a guard",
            invoke(C_CNODE, MINT, LIST(d, 64, c, 64, R_ALL, GUARD(0, 61)), LIST(C_CNODE)), E_ILLEGAL);
    // The word has room for 58 bits of guard.
    EXPECT0("the longest guard",
            invoke(C_CNODE, MINT, LIST(d, 64, c, 64, R_ALL, GUARD(~0ul, 60)), LIST(C_CNODE)), E_OK);
    EXPECT0("is used", cnode_copy(d, ~0ul >> 2, 64, e), E_OK);
    EXPECT("exactly", cnode_copy(d, ~0ul >> 1, 64, e), E_LOOKUP, 0, L_GUARD, 64, ~0ul >> 6, 60);
    const W m = slot();
    EXPECT0("Mutate of a CNode with too long a guard",
            invoke(C_CNODE, MUTATE, LIST(m, 64, d, 64, GUARD(1, 63)), LIST(C_CNODE)), E_ILLEGAL);
    EXPECT0("Mutate of a CNode", invoke(C_CNODE, MUTATE, LIST(m, 64, d, 64, GUARD(2, 2)), LIST(C_CNODE)),
            E_OK);
    EXPECT0("sets the guard", cnode_copy(m, 0x2f, 6, e), E_DELETE);
    check("and moves", !full(d));
    EXPECT0("Mutate with zero", invoke(C_CNODE, MUTATE, LIST(d, 64, m, 64, 0), LIST(C_CNODE)), E_OK);
    EXPECT0("clears the guard", cnode_copy(d, 0xf, 4, e), E_DELETE);
    EXPECT0("Mint does not touch other types' caps",
            invoke(C_CNODE, MINT, LIST(slot(), 64, C_TCB, 64, 0, ~0ul), LIST(C_CNODE)), E_OK);
    const W t = object(O_TCB, 0), t2 = slot();
    EXPECT0("Mutate of a thread is a move", invoke(C_CNODE, MUTATE, LIST(t2, 64, t, 64, 5), LIST(C_CNODE)),
            E_OK);
    check("of the cap", full(t2) && !full(t));
}

static void test_move(void) {
    const W e = object(O_EP, 0), a = slot(), b = copy(e);
    EXPECT0("Move", op(MOVE, a, e), E_OK);
    check("empties the source", full(a) && !full(e));
    EXPECT("Move of nothing", op(MOVE, e, e), E_LOOKUP, 1, L_MISSING, 64);
    EXPECT0("Move onto itself", op(MOVE, a, a), E_DELETE);
    EXPECT0("a moved parent still revokes", invoke(C_CNODE, REVOKE, LIST(a, 64), NONE), E_OK);
    check("its copies", !full(b));
    EXPECT0("Move of the IRQ control cap", op(MOVE, e, C_IRQ), E_OK);
    EXPECT0("and back", op(MOVE, C_IRQ, e), E_OK);
    EXPECT0("Move of the running CSpace's own root", op(MOVE, e, C_CNODE), E_OK);
    EXPECT0("through the new place", invoke(e, MOVE, LIST(C_CNODE, 64, e, 64), LIST(e)), E_OK);
}

static struct result rotate(W dest, W pivot, W src, W pivot_data, W src_data) {
    return invoke(C_CNODE, ROTATE, LIST(dest, 64, pivot_data, pivot, 64, src_data, src, 64),
                  LIST(C_CNODE, C_CNODE));
}

static void test_rotate(void) {
    const W a = object(O_TCB, 0), b = object(O_CNODE, 2), c = slot(), e = object(O_EP, 0);
    EXPECT0("Rotate", rotate(c, b, a, GUARD(1, 2), 0), E_OK);  // b -> c, a -> b
    check("moves two", !full(a) && full(b) && full(c));
    EXPECT0("and gives data", cnode_copy(c, 4 | 3, 4, e), E_OK);
    EXPECT0("a swap", rotate(b, c, b, 0, 0), E_OK);  // c -> b, b -> c
    EXPECT0("swapped", cnode_copy(b, 3, 2, e), E_DELETE);
    EXPECT0("the pivot is the source", rotate(slot(), b, b, 0, 0), E_ILLEGAL);
    EXPECT0("the pivot is the destination", rotate(b, b, c, 0, 0), E_ILLEGAL);
    EXPECT0("a full destination", rotate(e, b, c, 0, 0), E_DELETE);
    EXPECT("an empty source", rotate(slot(), b, a, 0, 0), E_LOOKUP, 1, L_MISSING, 64);
    EXPECT("an empty pivot", rotate(slot(), a, b, 0, 0), E_LOOKUP, 0, L_MISSING, 64);
    EXPECT("both empty", rotate(slot(), a, slot(), 0, 0), E_LOOKUP, 1, L_MISSING, 64);
    EXPECT0("an endpoint as source", rotate(a, b, e, 0, 0), E_ILLEGAL);
    EXPECT0("an endpoint as pivot", rotate(a, e, b, 0, 0), E_ILLEGAL);
    EXPECT0("too long a guard", rotate(a, b, c, GUARD(0, 63), 0), E_ILLEGAL);
    EXPECT0("empty pivot is source too", rotate(slot(), a, a, 0, 0), E_ILLEGAL);
    EXPECT0("full destination, empty source", rotate(e, b, a, 0, 0), E_DELETE);
    EXPECT("a bad source before a bad pivot",
           invoke(C_CNODE, ROTATE, LIST(a, 64, 0, b, 0, 0, c, 65), LIST(e, C_CNODE)), E_RANGE, 1, 64);
    EXPECT("no pivot root", invoke(C_CNODE, ROTATE, LIST(a, 64, 0, b, 64, 0, c, 64), LIST(e, C_CNODE)),
           E_LOOKUP, 1, L_ROOT);
    EXPECT("no source root", invoke(C_CNODE, ROTATE, LIST(a, 64, 0, b, 64, 0, c, 64), LIST(C_CNODE, e)),
           E_LOOKUP, 1, L_ROOT);
    EXPECT("the source's depth",
           invoke(C_CNODE, ROTATE, LIST(a, 64, 0, b, 64, 0, c, 8), LIST(C_CNODE, C_CNODE)), E_LOOKUP, 1,
           L_GUARD, 8, 0, 64 - boot->cnode_bits);
}

static void test_order(void) {
    const W e = object(O_EP, 0), empty = slot(), b = mint(e, R_ALL, 1);
    const W u = object(O_UNTYPED, 12);
    make(u, O_EP, 0);
    EXPECT("a bad destination before few words", invoke(C_CNODE, COPY, LIST(e, 65), NONE), E_RANGE, 1, 64);
    EXPECT0("few words before a full destination", invoke(C_CNODE, COPY, LIST(e, 64, e), LIST(C_CNODE)),
            E_TRUNCATED);
    EXPECT0("no source root before a full destination", invoke(C_CNODE, COPY, LIST(e, 64, e, 64, 0), NONE),
            E_TRUNCATED);
    EXPECT0("a full destination before a bad source", invoke(C_CNODE, COPY, LIST(e, 64, e, 65), LIST(e)),
            E_DELETE);
    EXPECT("an empty source before few words",
           invoke(C_CNODE, COPY, LIST(empty, 64, empty, 64), LIST(C_CNODE)), E_LOOKUP, 1, L_MISSING, 64);
    EXPECT0("Copy without rights", invoke(C_CNODE, COPY, LIST(empty, 64, e, 64), LIST(C_CNODE)), E_TRUNCATED);
    EXPECT0("Mint without a badge", invoke(C_CNODE, MINT, LIST(empty, 64, b, 64, 0), LIST(C_CNODE)),
            E_TRUNCATED);
    EXPECT0("Mutate without data", invoke(C_CNODE, MUTATE, LIST(empty, 64, e, 64), LIST(C_CNODE)),
            E_TRUNCATED);
    EXPECT0("Move needs four", invoke(C_CNODE, MOVE, LIST(empty, 64, e), LIST(C_CNODE)), E_TRUNCATED);
    EXPECT0("Copy of an untyped with children", op(COPY, empty, u), E_REVOKE);
    EXPECT0("Mint of it", op(MINT, empty, u), E_REVOKE);
    EXPECT0("Move of it", op(MOVE, empty, u), E_OK);
    EXPECT0("Mutate of it", op(MUTATE, u, empty), E_OK);
    EXPECT0("an unknown label", invoke(C_CNODE, SAVE_CALLER + 1, NONE, NONE), E_ILLEGAL);
    EXPECT0("a label below", invoke(C_CNODE, REVOKE - 1, LIST(empty, 64), NONE), E_ILLEGAL);
    EXPECT0("a label of 52 bits", invoke(C_CNODE, 1ul << 51 | DELETE, LIST(empty, 64), NONE), E_ILLEGAL);
    EXPECT0("few words for Delete", invoke(C_CNODE, DELETE, LIST(e), NONE), E_TRUNCATED);
    EXPECT0("Rotate: few words",
            invoke(C_CNODE, ROTATE, LIST(empty, 64, 0, e, 64, 0, e), LIST(C_CNODE, C_CNODE)), E_TRUNCATED);
    EXPECT0("Rotate: one root", invoke(C_CNODE, ROTATE, LIST(empty, 64, 0, e, 64, 0, e, 64), LIST(C_CNODE)),
            E_TRUNCATED);
    EXPECT0("SaveCaller onto a cap", invoke(C_CNODE, SAVE_CALLER, LIST(e, 64), NONE), E_DELETE);
    EXPECT0("SaveCaller with no caller", invoke(C_CNODE, SAVE_CALLER, LIST(empty, 64), NONE), E_OK);
    check("saves nothing", !full(empty));
    EXPECT0("Delete of nothing", invoke(C_CNODE, DELETE, LIST(empty, 64), NONE), E_OK);
    EXPECT0("Revoke of nothing", invoke(C_CNODE, REVOKE, LIST(empty, 64), NONE), E_OK);
}

static void test_cancel_rights(void) {
    const W e = object(O_EP, 0);
    static const W few[] = {R_WRITE | R_READ | R_GRANT, R_WRITE | R_READ | R_GRANT_REPLY, R_READ | 12,
                            R_WRITE | 12, 0};
    for (int i = 0; i < 5; ++i)
        EXPECT0("CancelBadgedSends needs all rights",
                invoke(C_CNODE, CANCEL_BADGED, LIST(mint(e, few[i], 7), 64), NONE), E_ILLEGAL);
    EXPECT0("with them", invoke(C_CNODE, CANCEL_BADGED, LIST(mint(e, R_ALL, 7), 64), NONE), E_OK);
    EXPECT0("without a badge", invoke(C_CNODE, CANCEL_BADGED, LIST(e, 64), NONE), E_OK);
    EXPECT0("on a notification", invoke(C_CNODE, CANCEL_BADGED, LIST(object(O_NTFN, 0), 64), NONE),
            E_ILLEGAL);
    EXPECT0("on nothing", invoke(C_CNODE, CANCEL_BADGED, LIST(slot(), 64), NONE), E_ILLEGAL);
}

void test_cnode_ops(void) {
    suite("cnode");
    test_copy_and_mint();
    test_rights();
    test_cnode_data();
    test_move();
    test_rotate();
    test_order();
    test_cancel_rights();
}
