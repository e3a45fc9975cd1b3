// SPDX-License-Identifier: GPL-3.0-only
// Capability addresses: guards, depths, several levels, for CNode operations and for invocations.
#include "lib.h"

// A CNode with 2^bits slots, its cap with a guard.
static W guarded(W bits, W guard, W size) {
    const W plain = object(O_CNODE, bits), s = slot();
    EXPECT0("a guard is minted",
            invoke(C_CNODE, MINT, LIST(s, 64, plain, 64, R_ALL, GUARD(guard, size)), LIST(C_CNODE)), E_OK);
    return s;
}

static void test_target(void) {
    const W c = guarded(4, 0xa, 4), e = object(O_EP, 0);
    static const W depths[] = {0, 65, 64 + 8, 1ul << 32, ~0ul};
    for (int i = 0; i < 5; ++i)
        EXPECT("a depth out of range", invoke(c, DELETE, LIST(0xa1, depths[i]), NONE), E_RANGE, 1, 64);
    EXPECT("the guard does not match", invoke(c, DELETE, LIST(0xb1, 8), NONE), E_LOOKUP, 0, L_GUARD, 8, 0xa,
           4);
    EXPECT("fewer bits than the guard", invoke(c, DELETE, LIST(0xa, 3), NONE), E_LOOKUP, 0, L_GUARD, 3, 0xa,
           4);
    EXPECT("fewer bits than the level", invoke(c, DELETE, LIST(0xa << 2, 6), NONE), E_LOOKUP, 0, L_DEPTH, 6,
           8);
    EXPECT("just the guard", invoke(c, DELETE, LIST(0xa, 4), NONE), E_LOOKUP, 0, L_DEPTH, 4, 8);
    EXPECT("bits left over at an empty slot", invoke(c, DELETE, LIST(0xa1 << 1, 9), NONE), E_LOOKUP, 0,
           L_DEPTH, 1, 0);
    EXPECT0("a copy into it", cnode_copy(c, 0xa1, 8, e), E_OK);
    EXPECT0("bits above the depth do not count", cnode_copy(c, 0xffffffffffff00a1, 8, e), E_DELETE);
    EXPECT("bits left over at an endpoint", invoke(c, DELETE, LIST(0xa1 << 1, 9), NONE), E_LOOKUP, 0, L_DEPTH,
           1, 0);
    EXPECT("many bits left over", invoke(c, DELETE, LIST(0xa1ul << 56, 64), NONE), E_LOOKUP, 0, L_DEPTH, 56,
           0);
    EXPECT0("Delete there", invoke(c, DELETE, LIST(0xa1, 8), NONE), E_OK);
    EXPECT0("it is empty", cnode_copy(c, 0xa1, 8, e), E_OK);
}

static void test_source(void) {
    const W c = guarded(4, 0xa, 4), e = object(O_EP, 0), d = slot();
    EXPECT("no CNode as the source root", invoke(C_CNODE, COPY, LIST(d, 64, e, 64, R_ALL), LIST(e)), E_LOOKUP,
           1, L_ROOT);
    EXPECT("an empty slot as the source root", invoke(C_CNODE, COPY, LIST(d, 64, e, 64, R_ALL), LIST(0)),
           E_LOOKUP, 1, L_ROOT);
    EXPECT("the root is looked at before the depth", invoke(C_CNODE, COPY, LIST(d, 64, e, 0, R_ALL), LIST(e)),
           E_LOOKUP, 1, L_ROOT);
    EXPECT("a source depth out of range", invoke(C_CNODE, COPY, LIST(d, 64, e, 0, R_ALL), LIST(C_CNODE)),
           E_RANGE, 1, 64);
    EXPECT("the source's guard", invoke(C_CNODE, COPY, LIST(d, 64, 0xb1, 8, R_ALL), LIST(c)), E_LOOKUP, 1,
           L_GUARD, 8, 0xa, 4);
    EXPECT("the source's depth", invoke(C_CNODE, COPY, LIST(d, 64, 0xa1 << 3, 11, R_ALL), LIST(c)), E_LOOKUP,
           1, L_DEPTH, 3, 0);
    EXPECT("an empty source", invoke(C_CNODE, COPY, LIST(d, 64, 0xa1, 8, R_ALL), LIST(c)), E_LOOKUP, 1,
           L_MISSING, 8);
    EXPECT("an empty source of 64 bits", invoke(C_CNODE, MOVE, LIST(d, 64, d, 64), LIST(C_CNODE)), E_LOOKUP,
           1, L_MISSING, 64);
}

// Root 4 bits with guard of 48 zero bits -> second level guard 0x5 of 3 bits, 5 bits -> third 2^2, guard 0x3
// of 2: 64 bits.
struct tree {
    W root, second, third;
};

static struct tree tree(void) {
    struct tree t = {guarded(4, 0, 48), guarded(5, 5, 3), guarded(2, 3, 2)};
    EXPECT0("second level", cnode_copy(t.root, 0x2, 52, t.second), E_OK);
    EXPECT0("third level", cnode_copy(t.root, 0x2 << 8 | 0xa3, 60, t.third), E_OK);
    return t;
}

static void test_levels(void) {
    const struct tree t = tree();
    const W e = object(O_EP, 0), d = slot();
    const W path = 0x2a3ul << 4 | 0xd;
    EXPECT0("a copy three levels down", cnode_copy(t.root, path, 64, e), E_OK);
    EXPECT0("through the second", cnode_copy(t.second, 0xa3d, 12, e), E_DELETE);
    EXPECT0("through the third", cnode_copy(t.third, 0xd, 4, e), E_DELETE);
    EXPECT("too deep a guard", cnode_copy(t.root, 0x283ul << 4 | 0xd, 64, e), E_LOOKUP, 0, L_GUARD, 12, 5, 3);
    EXPECT("the last guard", cnode_copy(t.root, 0x2a3ul << 4 | 0x5, 64, e), E_LOOKUP, 0, L_GUARD, 4, 3, 2);
    EXPECT("a hole in the middle", cnode_copy(t.root, 0x3a3ul << 4, 64, e), E_LOOKUP, 0, L_DEPTH, 12, 0);
    EXPECT("into the middle of a level", cnode_copy(t.root, 0x2a << 0, 56, e), E_LOOKUP, 0, L_DEPTH, 4, 8);
    EXPECT0("moved out", invoke(C_CNODE, MOVE, LIST(d, 64, path, 64), LIST(t.root)), E_OK);
    EXPECT0("and back", invoke(t.root, MOVE, LIST(path, 64, d, 64), LIST(C_CNODE)), E_OK);
    EXPECT0("a worker's path", invoke(t.second, COPY, LIST(0xa3f, 12, path, 64, R_ALL), LIST(t.root)), E_OK);
}

static void test_invocation(void) {
    const struct tree t = tree();
    const W e = object(O_EP, 0);
    const W path = 0x2a3ul << 4 | 0xd, short_path = 0x5ul << 12;
    cnode_copy(t.root, path, 64, mint(e, R_ALL, 1));
    cnode_copy(t.root, 0x5, 52, mint(e, R_ALL, 2));
    const struct spawn_options o = {.cspace = t.root, .fault_ep = path};
    const struct spawn_options quiet = {.cspace = t.root};
    struct worker* w = spawn_syscall(quiet, SYS_SEND, path, 0, 1, 2);
    check("three levels down", sys0(SYS_NBRECV, e).badge == 1 && w->done);
    w = spawn_syscall(quiet, SYS_SEND, short_path | 0xabc, 0, 1, 2);
    check("bits left over at an endpoint do not count", sys0(SYS_NBRECV, e).badge == 2 && w->done);
    struct {
        const char* name;
        W cptr, words[4], count;
    } bad[] = {
        {"a wrong guard in the root", 1ul << 63, {L_GUARD, 64, 0, 48}, 4},
        {"a wrong guard below", 0x283d, {L_GUARD, 12, 5, 3}, 4},
        {"a wrong guard at the end", 0x2a34, {L_GUARD, 4, 3, 2}, 4},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; ++i) {
        w = spawn_syscall(o, SYS_CALL, bad[i].cptr, 0, 1, 2);
        struct message m = sys0(SYS_NBRECV, e);
        const W* b = boot->buffer->msg;
        const W got[] = {m.badge, m.info, m.mr[1], m.mr[2], m.mr[3], b[4], b[5], b[6]};
        const W* x = bad[i].words;
        check_words(bad[i].name, got,
                    (W[]){1, INFO(1, 0, 0, 3 + bad[i].count), bad[i].cptr, 0, x[0], x[1], x[2], x[3]}, 8);
        stop(w);
    }
    w = spawn_syscall(quiet, SYS_CALL, 0x7000, 0, 1, 2);
    check("an empty slot half way is an empty capability",
          w->done && w->r.rsi == INFO(E_CAP, 0, 0, 1) && w->r.r10 == 0);
}

// Fewer bits than a level needs, in a CSpace whose levels do not add up to 64.
static void test_depth_fault(void) {
    const W root = guarded(4, 0, 56), inner = guarded(3, 0, 2), e = object(O_EP, 0), h = 0x10;
    cnode_copy(root, 2, 60, inner);
    cnode_copy(root, 1, 60, mint(e, R_ALL, 9));
    struct worker* w =
        spawn_syscall((struct spawn_options){.cspace = root, .fault_ep = h}, SYS_SEND, 0x20, 0, 1, 2);
    struct message m = sys0(SYS_NBRECV, e);
    const W got[] = {m.badge, m.info, m.mr[1], m.mr[2], m.mr[3], boot->buffer->msg[4], boot->buffer->msg[5]};
    check_words("a level that wants more bits than there are", got,
                (W[]){9, INFO(1, 0, 0, 6), 0x20, 0, L_DEPTH, 4, 5}, 7);
    stop(w);
}

// The data word of Configure gives the root's guard; zero leaves it.
static void test_root_data(void) {
    const W c = object(O_CNODE, 4), e = object(O_EP, 0);
    cnode_copy(c, 3, 4, e);
    struct worker* w =
        spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = GUARD(0, 60)}, SYS_SEND, 3, 0, 1, 2);
    check("a guard given with Configure", sys0(SYS_NBRECV, e).info == 0 && w->done);
    w = spawn_syscall((struct spawn_options){.cspace = c}, SYS_NBSEND, 3ul << 60, 0, 1, 2);
    check("no guard", w->done);
    EXPECT0("a guard that is too long",
            invoke(w->tcb, CONFIGURE, LIST(0, GUARD(0, 61), 0, 0), LIST(c, C_VSPACE, 0)), E_ILLEGAL);
    w = spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = GUARD(~0ul, 60)}, SYS_NBSEND,
                      0x3ffffffffffffff3, 0, 1, 2);
    check("the guard's value is cut to its size", w->done);
}

void test_lookup(void) {
    suite("lookup");
    test_target();
    test_source();
    test_levels();
    test_invocation();
    test_depth_fault();
    test_root_data();
}
