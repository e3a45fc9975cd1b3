// SPDX-License-Identifier: GPL-3.0-only
// What fast paths and early exits might get wrong: the odd bits of a message word, threads that act on
// themselves, capabilities that vanish between a Send and its receipt.
#include "lib.h"

// --- a Call to a waiting server, a ReplyRecv with a waiting caller: what kernels do in a shorter way ---

struct script {
    W info[4], count;
};

static void scripted_server(struct worker* w) {
    const struct script* s = (const struct script*)w->arg[1];
    struct message m = sys(SYS_RECV, w->arg[0], 0x55, 0, 0, 0, 0);
    for (W i = 0; i < s->count; ++i) {
        w->value[i] = m.info;
        w->value[4 + i] = m.badge;
        w->buffer->caps[0] = w->arg[2];
        m = sys(SYS_REPLY_RECV, w->arg[0], s->info[i], 1, 2, 3, 4);
    }
}

static void test_odd_bits(void) {
    const W e = object(O_EP, 0), b = mint(e, R_WRITE | R_GRANT_REPLY, ~0ul);
    static const struct script s = {
        {INFO(0xfffffffffffff, 7, 0, 4), INFO(1, 0, 2, 1), INFO(2, 5, 0, 0), INFO(0, 0, 0, 5)}, 4};
    struct worker* w = spawn(scripted_server, PLAIN, mint(e, R_READ, 0), (W)&s);
    static const W sent[] = {INFO(0xeeeeeeeeeeeee, 7, 0, 4), INFO(5, 1, 0, 0), INFO(6, 0, 1, 3),
                             INFO(7, 2, 0, 2)};
    static const W length[] = {4, 1, 0, 5};
    for (W i = 0; i < 4; ++i) {
        boot->buffer->caps[0] = e;
        const struct message m = sys(SYS_CALL, b, sent[i], 9, 8, 7, 6);
        const W got[] = {m.badge, m.info, w->value[i], w->value[4 + i]};
        check_words("message words in and out", got,
                    (W[]){0, INFO(LABEL(s.info[i]), 0, 0, length[i]),
                          INFO(LABEL(sent[i]), 0, 0, LENGTH(sent[i])), ~0ul},
                    4);
    }
}

// The second round of a server's ReplyRecv: whether its answer may carry caps is up to the cap it waits with.
static void test_grant_of_loops(void) {
    const W e = object(O_EP, 0), b = mint(e, R_WRITE | R_GRANT_REPLY, 3), gift = object(O_NTFN, 0),
            d = slot();
    static const struct script s = {{INFO(1, 0, 0, 1), INFO(1, 0, 1, 1), INFO(1, 0, 1, 1)}, 3};
    for (int grant = 0; grant < 2; ++grant) {
        struct worker* w = spawn(scripted_server, (struct spawn_options){.priority = 90},
                                 mint(e, R_READ | (grant ? R_GRANT : R_GRANT_REPLY), 0), (W)&s);
        w->arg[2] = gift;
        invoke(w->tcb, SET_PRIORITY, LIST(110), LIST(C_TCB));
        for (int i = 0; i < 3; ++i) {
            struct buffer* buffer = boot->buffer;
            buffer->recv_root = C_CNODE, buffer->recv_index = d, buffer->recv_depth = 64;
            const struct message m = sys(SYS_CALL, b, INFO(0, 0, 0, 1), 1, 2, 3, 4);
            const W expected = (W)(grant && i > 0);
            const W got[] = {m.info, (W)full(d)};
            check_words("caps in a server's answers", got, (W[]){INFO(1, 0, expected, 1), expected}, 2);
            drop(d);
        }
        stop(w);
    }
}

// --- what a queued message refers to may change before it is received ---

static W kept[3];

static void attach(struct worker* w) {
    for (int i = 0; i < 3; ++i)
        w->buffer->caps[i] = kept[i];
}

static void test_late_changes(void) {
    const W e = object(O_EP, 0), b = mint(e, R_ALL, 5), gift = object(O_NTFN, 0), d = slot();
    static const W words[120] = {1, 2, 3, 4, 5};
    kept[0] = gift;
    struct worker* w = spawn_buffered(PLAIN, SYS_SEND, b, INFO(1, 0, 1, 5), words, attach);
    w->buffer->msg[4] = 0x99;
    drop(gift);
    drop(b);
    boot->buffer->recv_root = C_CNODE, boot->buffer->recv_index = d, boot->buffer->recv_depth = 64;
    struct message m = sys0(SYS_RECV, e);
    const W fifth = boot->buffer->msg[4];
    check("a cap that is gone is not sent", m.info == INFO(1, 0, 0, 5) && w->done && !full(d));
    check("the buffer is read at receipt, badge and rights at the Send", fifth == 0x99 && m.badge == 5);
    const W g2 = object(O_NTFN, 0);
    kept[0] = g2;
    w = spawn_buffered(PLAIN, SYS_SEND, e, INFO(1, 0, 1, 5), words, attach);
    w->buffer->caps[0] = ~0ul;
    boot->buffer->recv_index = d;
    m = sys0(SYS_RECV, e);
    check("a CPtr that became bad sends none", m.info == INFO(1, 0, 0, 5) && w->done && !full(d));
    w = spawn_buffered(PLAIN, SYS_SEND, e, INFO(1, 0, 1, 5), words, attach);
    invoke(w->tcb, SET_BUFFER, LIST(0), LIST(0));
    m = sys0(SYS_RECV, e);
    check("a buffer that is gone cuts the message", m.info == INFO(1, 0, 0, 4) && w->done && !full(d));
    w = spawn_syscall(PLAIN, SYS_RECV, mint(e, R_READ, 0), 0, 0, 0);
    revoke(e);
    sys(SYS_SEND, e, INFO(1, 0, 0, 1), 7, 0, 0, 0);
    check("a receiver whose cap is gone still receives", w->done && w->r.r10 == 7);
    w = spawn_syscall(PLAIN, SYS_CALL, e, 0, 0, 0);
    sys0(SYS_RECV, e);
    boot->buffer->caps[0] = ~0ul;
    sys(SYS_REPLY, 0, INFO(8, 0, 1, 1), 5, 0, 0, 0);
    check("Reply does not fault for a bad extra cap",
          w->done && w->r.rsi == INFO(8, 0, 0, 1) && w->r.r10 == 5);
}

// --- threads that act on themselves ---

static void self_service(struct worker* w) {
    struct regs r = {.rdx = (W)SYS_CALL, .rdi = w->tcb, .rsi = INFO(SUSPEND, 0, 0, 0)};
    w->value[0] = 1;
    raw_syscall(&r);
    w->value[0] = 2;
    w->value[1] = r.rsi;
    r = (struct regs){.rdx = (W)SYS_CALL, .rdi = w->tcb, .rsi = INFO(RESUME, 0, 0, 0)};
    raw_syscall(&r);
    w->value[0] = 3;
    r = (struct regs){.rdx = (W)SYS_CALL, .rdi = w->tcb, .rsi = INFO(SET_SPACE, 0, 0, 3)};
    raw_syscall(&r);
    w->value[2] = r.rsi;
    w->done = 1;
}

static void test_self(void) {
    struct worker* w = spawn(self_service, (struct spawn_options){.priority = 90}, 0, 0);
    invoke(w->tcb, SET_PRIORITY, LIST(110), LIST(C_TCB));
    check("a thread suspends itself", w->value[0] == 1);
    EXPECT0("it is resumed", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    // Its Suspend was not over when it took effect: it is made again.
    check("and does so again", w->value[0] == 1);
    W skip[] = {1, 1, (W)raw_syscall_instruction + 2};
    invoke(w->tcb, WRITE_REGS, skip, 3, NONE);
    check("behind it, it resumes itself without effect",
          w->done && w->value[0] == 3 && w->value[1] == INFO(SUSPEND, 0, 0, 0));
    check("SetSpace without caps is truncated", w->value[2] == INFO(E_TRUNCATED, 0, 0, 0));
    EXPECT0("Resume of the running thread", invoke(C_TCB, RESUME, NONE, NONE), E_OK);
    EXPECT0("its own spaces anew", invoke(C_TCB, SET_SPACE, LIST(0, 0, 0), LIST(C_CNODE, C_VSPACE)), E_OK);
    const W t = object(O_TCB, 0);
    EXPECT0("its own buffer elsewhere", invoke(C_TCB, SET_BUFFER, LIST((W)w->buffer), LIST(w->frame)), E_OK);
    struct regs r = {.rdx = (W)SYS_CALL, .rdi = t, .rsi = INFO(READ_REGS, 0, 0, 2), .r10 = 0, .r8 = 20};
    w->buffer->msg[4] = w->buffer->msg[6] = 1;
    boot->buffer->msg[4] = 0x77;
    raw_syscall(&r);
    check("answers arrive there",
          r.rsi == INFO(0, 0, 0, 20) && w->buffer->msg[4] == 0 && boot->buffer->msg[4] == 0x77);
    w->buffer->caps[0] = C_BUFFER;
    r = (struct regs){
        .rdx = (W)SYS_CALL, .rdi = C_TCB, .rsi = INFO(SET_BUFFER, 0, 1, 1), .r10 = (W)boot->buffer};
    raw_syscall(&r);
    check("and back", r.rsi == 0);
}

static void stubborn(struct worker* w) {
    for (;;) {
        sys0(SYS_RECV, w->arg[0]);
        ++w->value[0];
    }
}

// A CSpace that is revoked leaves its threads without one: the next system call is their last.
static void test_lost_space(void) {
    const W c = object(O_CNODE, 2), e = object(O_EP, 0);
    cnode_copy(c, 1, 2, e);
    struct worker* w = spawn(
        stubborn, (struct spawn_options){.cspace = c, .cspace_data = GUARD(0, 62), .fault_ep = 1}, 1, 0);
    sys0(SYS_NBSEND, e);
    check("a thread receives", w->value[0] == 1);
    revoke(c);
    EXPECT0("the CNode is not emptied", cnode_copy(c, 1, 2, e), E_DELETE);
    sys0(SYS_NBSEND, e);
    check("a wait outlives the CSpace", w->value[0] == 2);
    sys0(SYS_NBSEND, e);
    check("not the next call", w->value[0] == 2 && sys0(SYS_NBRECV, e).badge == 0);
    EXPECT0("a new CSpace", invoke(w->tcb, SET_SPACE, LIST(0, GUARD(0, 62), 0), LIST(c, C_VSPACE)), E_OK);
    EXPECT0("and the thread goes on", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    sys0(SYS_NBSEND, e);
    check("where it stopped", w->value[0] == 3);
}

// A server saves a caller's reply cap and dies: somebody else can answer.
static void saver(struct worker* w) {
    sys0(SYS_RECV, w->arg[0]);
    struct regs r = {
        .rdx = (W)SYS_CALL, .rdi = C_CNODE, .rsi = INFO(SAVE_CALLER, 0, 0, 2), .r10 = w->arg[1], .r8 = 64};
    raw_syscall(&r);
    w->value[0] = r.rsi;
    w->done = 1;
}

static void test_heritage(void) {
    const W e = object(O_EP, 0), s = slot(), c = object(O_CNODE, 2);
    struct worker* server = spawn(saver, PLAIN, e, s);
    struct worker* w = spawn_syscall(PLAIN, SYS_CALL, e, 0, 0, 0);
    check("a server saves a reply cap", server->done && server->value[0] == 0 && full(s));
    drop(server->tcb);
    check("and dies", full(s) && !w->done);
    EXPECT0("the cap is put into a CNode", invoke(c, MOVE, LIST(2, 2, s, 64), LIST(C_CNODE)), E_OK);
    struct worker* v = spawn_syscall((struct spawn_options){.cspace = c, .cspace_data = GUARD(0, 62)},
                                     SYS_SEND, 2, INFO(4, 0, 0, 1), 44, 0);
    check("another thread answers", v->done && w->done && w->r.r10 == 44 && w->r.rsi == INFO(4, 0, 0, 1));
    w = spawn_syscall(PLAIN, SYS_CALL, e, 0, 0, 0);
    sys0(SYS_RECV, e);
    EXPECT0("saved into a CNode", invoke(c, SAVE_CALLER, LIST(1, 2), NONE), E_OK);
    drop(v->tcb);
    drop(c);
    check("that is deleted: the caller waits", !w->done);
    EXPECT0("until it is resumed", invoke(w->tcb, RESUME, NONE, NONE), E_OK);
    check("and asks anew", sys(SYS_NBRECV, e, 0x9, 0, 0, 0, 0).info == 0);
}

// --- memory ---

static void test_memory(void) {
    const W u = object(O_UNTYPED, 16), v = make(u, O_UNTYPED, 14), x = make(v, O_EP, 0),
            n = 1ul << boot->cnode_bits;
    const W s = slot();
    EXPECT("256 times 2^47 bytes", invoke(u, RETYPE, LIST(O_UNTYPED, 47, 0, 0, s, 256), LIST(C_CNODE)),
           E_MEMORY, (1 << 16) - (1 << 14));
    EXPECT("a GiB", invoke(u, RETYPE, LIST(O_1G, 0, 0, 0, s, 256), LIST(C_CNODE)), E_MEMORY,
           (1 << 16) - (1 << 14));
    EXPECT("an offset of all ones", invoke(u, RETYPE, LIST(O_EP, 0, 0, 0, ~0ul, ~0ul), LIST(C_CNODE)),
           E_RANGE, 0, n - 1);
    EXPECT("a count of all ones", invoke(u, RETYPE, LIST(O_EP, 0, 0, 0, s, ~0ul), LIST(C_CNODE)), E_RANGE, 1,
           256);
    drop(v);
    EXPECT("a grandchild keeps the memory", invoke(u, RETYPE, LIST(O_UNTYPED, 16, 0, 0, s, 1), LIST(C_CNODE)),
           E_MEMORY, (1 << 16) - (1 << 14));
    revoke(u);
    check("and is still revoked", !full(x));
    const W c = object(O_CNODE, 4), d = object(O_CNODE, 3), g = slot();
    invoke(C_CNODE, MINT, LIST(g, 64, d, 64, R_ALL, GUARD(5, 3)), LIST(C_CNODE));
    cnode_copy(c, 9, 4, g);
    EXPECT0("into a CNode below another", invoke(u, RETYPE, LIST(O_EP, 0, 9, 4, 2, 3), LIST(c)), E_OK);
    EXPECT0("whose guard does not matter", cnode_copy(c, 9 << 6 | 5 << 3 | 4, 10, x), E_DELETE);
    EXPECT("by its slot, not beyond",
           invoke(u, RETYPE, LIST(O_EP, 0, 9 << 6 | 5 << 3 | 4, 10, 0, 1), LIST(c)), E_LOOKUP, 0, L_MISSING,
           10);
}

// A buffer inside a 2 MiB frame, far from its start.
static void test_large_buffer(void) {
    const W page = 0x340000000, f = object(O_2M, 0), e = object(O_EP, 0), pdpt = object(O_PDPT, 0),
            pd = object(O_PD, 0);
    invoke(pdpt, PDPT_MAP, LIST(page, 0), LIST(C_VSPACE));
    EXPECT0("a directory", invoke(pd, PD_MAP, LIST(page, 0), LIST(C_VSPACE)), E_OK);
    EXPECT0("a large page", invoke(f, PAGE_MAP, LIST(page, 3, 0), LIST(C_VSPACE)), E_OK);
    struct worker* w = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
    EXPECT0("as buffer", invoke(w->tcb, SET_BUFFER, LIST(page + 0x123400), LIST(f)), E_OK);
    for (W i = 4; i < 120; ++i)
        boot->buffer->msg[i] = i * 3;
    sys(SYS_SEND, e, INFO(1, 0, 0, 120), 0, 0, 0, 0);
    const struct buffer* b = (const struct buffer*)(page + 0x123400);
    int good = w->r.rsi == INFO(1, 0, 0, 120);
    for (W i = 4; i < 120; ++i)
        good &= b->msg[i] == i * 3;
    check("takes a message at its place", good && b->tag == 0 && b->user == 0);
}

// --- a blocked thread that is resumed makes its call again, and stands at the end ---

static void test_requeued(void) {
    const W e = object(O_EP, 0), n = object(O_NTFN, 0);
    struct worker *r[3], *s[3], *w[3];
    for (W i = 0; i < 3; ++i)
        w[i] = spawn_syscall(PLAIN, SYS_RECV, n, 0, 0, 0), r[i] = spawn_syscall(PLAIN, SYS_RECV, e, 0, 0, 0);
    EXPECT0("a receiver is resumed", invoke(r[0]->tcb, RESUME, NONE, NONE), E_OK);
    EXPECT0("a waiter is resumed", invoke(w[1]->tcb, RESUME, NONE, NONE), E_OK);
    drop(r[1]->tcb);
    sys0(SYS_NBSEND, e);
    sys0(SYS_NBSEND, n);
    check("the next one receives", r[2]->done && !r[0]->done && w[0]->done);
    sys0(SYS_NBSEND, e);
    sys0(SYS_NBSEND, n);
    check("then the other", r[0]->done && w[2]->done && !w[1]->done && !r[1]->done);
    sys0(SYS_NBSEND, n);
    check("and the last", w[1]->done);
    for (W i = 0; i < 3; ++i)
        s[i] = spawn_syscall(PLAIN, SYS_SEND, mint(e, R_ALL, i + 1), 0, 0, 0);
    EXPECT0("a sender is resumed", invoke(s[0]->tcb, RESUME, NONE, NONE), E_OK);
    check("its badge comes last",
          sys0(SYS_RECV, e).badge == 2 && sys0(SYS_RECV, e).badge == 3 && sys0(SYS_RECV, e).badge == 1);
    const W reader = mint(e, R_READ | R_GRANT, 0);
    struct message m = sys(SYS_SEND, reader, INFO(1, 0, 0, 1), 5, 0, 0, 0);
    check("a Send without Write is dropped", m.badge == reader && m.info == INFO(1, 0, 0, 1) && m.mr[0] == 5);
}

// The longest message there is, with three caps.
static void test_full_message(void) {
    const W e = object(O_EP, 0), gift = object(O_NTFN, 0), d = slot();
    W words[120];
    for (W i = 0; i < 120; ++i)
        words[i] = ~i;
    kept[0] = mint(e, R_READ, 0x11), kept[1] = gift, kept[2] = e;
    struct worker* w = spawn_buffered(PLAIN, SYS_CALL, e, INFO(1, 0, 3, 120), words, attach);
    boot->buffer->recv_root = C_CNODE, boot->buffer->recv_index = d, boot->buffer->recv_depth = 64;
    struct message m = sys0(SYS_RECV, e);
    const struct buffer* b = boot->buffer;
    int good = m.info == INFO(1, 5, 3, 120) && m.mr[3] == ~3ul && b->caps[0] == 0x11 && b->caps[2] == 0;
    for (W i = 4; i < 120; ++i)
        good &= b->msg[i] == ~i;
    good &= b->recv_root == C_CNODE && b->recv_index == d && b->recv_depth == 64;
    check("120 words and three caps", good && !w->done);
    check("one of them new", full(d));
}

// --- flags that a kernel must not inherit: direction, nested task, alignment check, in every combination ---

static void flag_user(struct worker* w) {
    const W flags = w->arg[1];
    for (W i = 0; i < 60; ++i) {
        for (W k = 4; k < 120; ++k)
            w->buffer->msg[k] = i * k;
        struct regs r = {.rdi = w->arg[0], .rsi = INFO(5, 0, 0, 120), .r10 = i, .r8 = 1, .r9 = 2, .r15 = 3};
        const W after = flagged_syscall(&r, flags | 0x202);
        w->value[0] += r.r10 == i + 1 && r.rsi == INFO(6, 0, 0, 120) && w->buffer->msg[119] == i * 119 + 1;
        w->value[1] |= (after ^ flags) & 0x44400;
    }
    w->done = 1;
}

static void flag_server(struct worker* w) {
    struct message m = sys0(SYS_RECV, w->arg[0]);
    for (;;) {
        for (W k = 4; k < 120; ++k)
            ++w->buffer->msg[k];
        m = sys(SYS_REPLY_RECV, w->arg[0], INFO(6, 0, 0, 120), m.mr[0] + 1, 1, 2, 3);
    }
}

static void test_flags(void) {
    const W e = object(O_EP, 0);
    spawn(flag_server, PLAIN, e, 0);
    for (W set = 0; set < 8; ++set) {
        const W flags = (set & 1) << 10 | (set >> 1 & 1) << 14 | (set >> 2) << 18;
        struct worker* w = spawn(flag_user, PLAIN, e, flags);
        check("flags stay the user's own", w->done && w->value[0] == 60 && (w->value[1] & 0x400) == 0);
        struct regs r = {.rdi = C_CNODE, .rsi = INFO(DELETE, 0, 0, 2), .r10 = slot(), .r8 = 64};
        flagged_syscall(&r, flags | 0x202);
        check("and do not reach an object", r.rsi == 0);
    }
}

void test_corners(void) {
    suite("corners");
    test_odd_bits();
    test_grant_of_loops();
    test_late_changes();
    test_self();
    test_lost_space();
    test_heritage();
    test_memory();
    test_requeued();
    test_full_message();
    test_flags();
    forget();
    test_large_buffer();
}
