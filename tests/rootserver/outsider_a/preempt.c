// SPDX-License-Identifier: GPL-3.0-only
// Long deletions and revocations while other threads of the same priority meddle with what is half gone.
#include "lib.h"

enum { kBits = 13 };

static volatile int stop_all;

static W quiet(W label, W a, W b, W c, W d) {
    struct regs r = {.rdx = (W)SYS_CALL,
                     .rdi = C_CNODE,
                     .rsi = INFO(label, 0, 0, 2),
                     .r10 = a,
                     .r8 = b,
                     .r9 = c,
                     .r15 = d};
    raw_syscall(&r);
    return LABEL(r.rsi);
}

static void perform(struct worker* w) {
    w->value[1] = quiet(w->arg[0], w->arg[1], 64, 0, 0);
    w->done = 1;
}

// Invokes the cap again and again and notes each answer.
static void observe(struct worker* w) {
    while (!stop_all) {
        struct regs r = {.rdx = (W)SYS_CALL, .rdi = w->arg[0], .rsi = INFO(SAVE_CALLER + 1, 0, 0, 0)};
        raw_syscall(&r);
        const W error = LABEL(r.rsi);
        ++w->value[error == E_ILLEGAL ? 0 : error == E_CAP ? 1 : 2];
        sys0(SYS_YIELD, 0);
    }
    w->done = 1;
}

// Moves the cap between two slots as long as there is one.
static void mover(struct worker* w) {
    w->buffer->caps[0] = C_CNODE;
    while (!stop_all) {
        for (int i = 0; i < 2; ++i) {
            struct regs r = {.rdx = (W)SYS_CALL,
                             .rdi = C_CNODE,
                             .rsi = INFO(MOVE, 0, 1, 4),
                             .r10 = w->arg[i],
                             .r8 = 64,
                             .r9 = w->arg[1 - i],
                             .r15 = 64};
            raw_syscall(&r);
            const W error = LABEL(r.rsi);
            ++w->value[error == E_OK ? 0 : error == E_LOOKUP ? 1 : 2];
        }
        sys0(SYS_YIELD, 0);
    }
    w->done = 1;
}

// A CNode of 2^13 slots, each with a copy of something.
static W big_node(W untyped) {
    const W c = make(untyped, O_CNODE, kBits), e = make(untyped, O_EP, 0);
    W errors = 0;
    for (W i = 0; i < 1ul << kBits; ++i)
        errors |= cnode_copy(c, i, kBits, e).error;
    check("a big CNode is filled", errors == 0);
    return c;
}

static void wait_for(struct worker* const* w, int count) {
    for (;;) {
        int all = 1;
        for (int i = 0; i < count; ++i)
            all &= (int)w[i]->done;
        if (all) return;
        sys0(SYS_YIELD, 0);
    }
}

#define LOW ((struct spawn_options){.priority = 100})

static void free_again(W untyped, W bits) {
    const W s = slot();
    EXPECT0("all memory is free afterwards",
            invoke(untyped, RETYPE, LIST(O_UNTYPED, bits, 0, 0, s, 1), LIST(C_CNODE)), E_OK);
    drop(s);
}

static void test_two_deleters(void) {
    const W u = object(O_UNTYPED, 20), c = big_node(u);
    stop_all = 0;
    struct worker* const w[] = {spawn(perform, LOW, DELETE, c), spawn(perform, LOW, DELETE, c),
                                spawn(perform, LOW, REVOKE, u)};
    struct worker* o = spawn(observe, LOW, c, 0);
    wait_for(w, 3);
    stop_all = 1;
    wait_for(&o, 1);
    check("two delete, one revokes: all succeed",
          w[0]->value[1] == 0 && w[1]->value[1] == 0 && w[2]->value[1] == 0);
    check("nobody sees anything but a CNode or nothing", o->value[2] == 0);
    free_again(u, 20);
}

static void test_moved_zombie(void) {
    const W u = object(O_UNTYPED, 20), c = big_node(u), d = slot();
    stop_all = 0;
    struct worker* const w[] = {spawn(perform, LOW, DELETE, c)};
    struct worker* m = spawn(mover, LOW, d, c);
    wait_for(w, 1);
    stop_all = 1;
    wait_for(&m, 1);
    check("a half deleted CNode can be moved", w[0]->value[1] == 0 && m->value[2] == 0);
    EXPECT0("the rest is deleted where it is", invoke(C_CNODE, DELETE, LIST(d, 64), NONE), E_OK);
    EXPECT0("or was", invoke(C_CNODE, DELETE, LIST(c, 64), NONE), E_OK);
    revoke(u);
    free_again(u, 20);
}

// Revoke is restarted after each preemption; what another thread copies meanwhile goes too.
static void copier(struct worker* w) {
    w->buffer->caps[0] = C_CNODE;
    w->buffer->msg[4] = R_ALL;
    for (W i = 0; i < 64 && !stop_all; ++i) {
        struct regs r = {.rdx = (W)SYS_CALL,
                         .rdi = C_CNODE,
                         .rsi = INFO(COPY, 0, 1, 5),
                         .r10 = w->arg[0] + i,
                         .r8 = 64,
                         .r9 = w->arg[1],
                         .r15 = 64};
        raw_syscall(&r);
        w->value[0] |= r.rsi;
        sys0(SYS_YIELD, 0);
    }
    w->done = 1;
}

static void test_revoke_race(void) {
    const W u = object(O_UNTYPED, 20), c = make(u, O_CNODE, kBits), e = object(O_EP, 0), first = slot();
    for (int i = 1; i < 64; ++i)
        slot();
    for (W i = 0; i < 1ul << kBits; ++i)
        cnode_copy(c, i, kBits, e);
    stop_all = 0;
    struct worker* const w[] = {spawn(perform, LOW, REVOKE, e), spawn(copier, LOW, first, e)};
    wait_for(w, 2);
    check("Revoke ends although copies are made", w[0]->value[1] == 0 && w[1]->value[0] == 0);
    revoke(e);
    W left = 0;
    for (W i = 0; i < 64; ++i)
        left += (W)full(first + i);
    EXPECT("nothing is left", invoke(C_CNODE, MOVE, LIST(first, 64, 77, kBits), LIST(c)), E_LOOKUP, 1,
           L_MISSING, kBits);
    check("of either", left == 0 && full(e));
}

// --- the clock of the PC, 8192 times a second: a thread that is woken in the middle of a deletion ---

struct clock {
    W ports, handler, notification, source;
};

static W rtc(W ports, int write, W index, W value) {
    struct regs r = {.rdx = (W)SYS_CALL, .rdi = ports, .rsi = INFO(OUT8, 0, 0, 2), .r10 = 0x70, .r8 = index};
    raw_syscall(&r);
    r = (struct regs){.rdx = (W)SYS_CALL,
                      .rdi = ports,
                      .rsi = INFO(write ? OUT8 : IN8, 0, 0, write ? 2 : 1),
                      .r10 = 0x71,
                      .r8 = value};
    raw_syscall(&r);
    return r.r10 & 0xff;
}

static struct clock start_clock(void) {
    const struct clock c = {slot(), slot(), object(O_NTFN, 0), 0};
    EXPECT0("the clock's ports", invoke(C_IOPORT, IOPORT_ISSUE, LIST(0x70, 0x71, c.ports, 64), LIST(C_CNODE)),
            E_OK);
    EXPECT0("its interrupt", invoke(C_IRQ, IRQ_IOAPIC, LIST(c.handler, 64, 0, 8, 0, 0, 30), LIST(C_CNODE)),
            E_OK);
    EXPECT0("its notification", invoke(c.handler, IRQ_SET, NONE, LIST(mint(c.notification, R_ALL, 1))), E_OK);
    rtc(c.ports, 1, 0x0a, 0x23);
    rtc(c.ports, 1, 0x0b, rtc(c.ports, 0, 0x0b, 0) | 0x40);
    rtc(c.ports, 0, 0x0c, 0);
    return c;
}

static void stop_clock(struct clock c) {
    rtc(c.ports, 1, 0x0b, rtc(c.ports, 0, 0x0b, 0) & ~0x40ul);
    rtc(c.ports, 0, 0x0c, 0);
}

static struct clock the_clock;

// At each interrupt: is the CNode whole, half gone or gone? Value 3 makes it move a half deleted one away.
static void meddler(struct worker* w) {
    w->buffer->caps[0] = C_CNODE;
    for (;;) {
        sys0(SYS_RECV, the_clock.notification);
        struct regs r = {.rdx = (W)SYS_CALL, .rdi = w->arg[0], .rsi = INFO(SAVE_CALLER + 1, 0, 0, 0)};
        raw_syscall(&r);
        const W error = LABEL(r.rsi);
        ++w->value[error == E_ILLEGAL ? 0 : error == E_CAP ? 1 : 2];
        if (error == E_CAP && w->arg[1]) {
            r = (struct regs){.rdx = (W)SYS_CALL,
                              .rdi = C_CNODE,
                              .rsi = INFO(w->arg[2], 0, 1, 5),
                              .r10 = w->arg[1],
                              .r8 = 64,
                              .r9 = w->arg[0],
                              .r15 = 64};
            raw_syscall(&r);
            const W answer = LABEL(r.rsi);
            ++w->value[answer == E_OK ? 3 : answer == E_LOOKUP ? 4 : answer == E_ILLEGAL ? 5 : 6];
        }
        rtc(the_clock.ports, 0, 0x0c, 0);
        r = (struct regs){.rdx = (W)SYS_CALL, .rdi = the_clock.handler, .rsi = INFO(IRQ_ACK, 0, 0, 0)};
        raw_syscall(&r);
    }
}

// Root deletes; the meddler looks on, copies (which a zombie refuses) or moves what is left elsewhere.
static void test_clocked(W label, W result) {
    const W u = object(O_UNTYPED, kBits + 5), c = slot(), e = object(O_EP, 0), away = slot();
    struct worker* m = spawn(meddler, (struct spawn_options){.priority = 120}, c, label ? away : 0);
    m->arg[2] = label;
    W errors = 0;
    for (int round = 0; round < 40 && m->value[result] == 0; ++round) {
        errors |= retype(u, O_CNODE, kBits, c, 1);
        for (W i = 0; i < 1ul << kBits; ++i)
            errors |= cnode_copy(c, i, kBits, e).error;
        m->value[1] = m->value[4] = 0;
        errors |= drop(c);
        while (label == COPY && m->value[4] == 0)  // one interrupt at least finds the slot empty
            sys0(SYS_YIELD, 0);
        errors |= drop(away);
    }
    stop(m);
    check("a deletion that is interrupted ends well", errors == 0);
    check("and is seen half done", m->value[result] != 0);
    check("as an invalid capability", m->value[2] == 0);
    if (label == COPY) check("that cannot be copied", m->value[3] == 0 && m->value[6] == 0);
    revoke(e);
    free_again(u, kBits + 5);
}

static void tick(struct worker* w) {
    for (;;) {
        sys0(SYS_RECV, the_clock.notification);
        rtc(the_clock.ports, 0, 0x0c, 0);
        struct regs r = {.rdx = (W)SYS_CALL, .rdi = the_clock.handler, .rsi = INFO(IRQ_ACK, 0, 0, 0)};
        raw_syscall(&r);
        ++w->value[0];
    }
}

// Senders that are cancelled again and again; whether they are in the order in which they came at the end.
static int cancel_often(W e, W badged, W* errors) {
    enum { kCount = 50 };
    for (W i = 0; i < kCount; ++i)
        spawn_syscall(PLAIN, SYS_SEND, badged, INFO(i, 0, 0, 0), 0, 0);
    for (int i = 0; i < 150; ++i)
        *errors |= invoke(C_CNODE, CANCEL_BADGED, LIST(badged, 64), NONE).error;
    int good = 1;
    for (W i = 0; i < kCount; ++i)
        good &= LABEL(sys0(SYS_NBRECV, e).info) == i;
    return good;
}

// No interrupt gets between the senders that are cancelled: each time their order is turned round as a whole.
// On a machine that is held up for long, a sender's time slice may end while it sends, and it falls behind:
// then another attempt counts. One that interrupts could get into would fail each time.
static void test_whole_queue(void) {
    enum { kAttempts = 4 };
    const W e = object(O_EP, 0), badged = mint(e, R_ALL, 2);
    struct worker* w = spawn(tick, (struct spawn_options){.priority = 120}, 0, 0);
    W errors = 0;
    int good = 0;
    w->value[0] = 0;
    for (int attempt = 0; attempt < kAttempts && !good; ++attempt)
        good = cancel_often(e, badged, &errors);
    check("interrupts came meanwhile", errors == 0 && w->value[0] > 0);
    check("a queue is cancelled as a whole", good);
    stop(w);
}

static void test_interrupted(void) {
    the_clock = start_clock();
    test_clocked(0, 1);
    test_clocked(COPY, 5);
    test_clocked(MOVE, 3);
    test_whole_queue();
    stop_clock(the_clock);
}

void test_preempt(void) {
    suite("preempt");
    test_two_deleters();
    forget();
    test_moved_zombie();
    forget();
    test_revoke_race();
    forget();
    test_interrupted();
}
