// SPDX-License-Identifier: GPL-3.0-only
//
// Who runs next: priorities, time slices, and the order in which woken threads come.
#include "lib.h"
#include "snippets.h"

// Threads leave their argument here when they run.
static volatile word trace[64];
static volatile word traced;

static void note(word who) {
    trace[traced++ & 63] = who;
}

static void expect_trace(const char* letters, int line) {
    word i = 0;
    for (; letters[i]; i++) {
        check_equal(i < traced ? trace[i] : 0, (word)letters[i], letters, line);
    }
    check_equal(traced, i, letters, line);
    traced = 0;
}
#define TRACE(letters) expect_trace(letters, __LINE__)

// Notes its letter, then yields, for ever.
static void yielder(word letter) {
    for (;;) {
        note(letter);
        yield();
    }
}

static word wait_on;  // an endpoint or notification
static void waiter(word letter) {
    struct message m = {0};
    for (;;) {
        recv(wait_on, &m);
        note(letter);
    }
}

static struct thread* at_priority(word priority, void (*entry)(word), word argument) {
    struct thread* t = thread();
    EQ(set_priority(t->tcb, priority), NO_ERROR);
    start(t, entry, argument);
    return t;
}

// Threads that block once at once; woken later all together or one by one.
static struct thread* waiting(word letter) {
    struct thread* t = thread();
    start(t, waiter, letter);
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    return t;
}

static void highest_runs(void) {
    traced = 0;
    struct thread* t = thread();
    start(t, waiter, 'a');  // of higher priority: runs at once
    EQ(traced, 0);
    wait_on = 0;
    word n = wait_on = object(OBJ_NOTIFICATION, 0);
    at_priority(MAIN_PRIORITY + 1, waiter, 'b');
    at_priority(MAIN_PRIORITY + 3, waiter, 'c');
    at_priority(MAIN_PRIORITY + 2, waiter, 'd');
    signal(n);
    TRACE("b");
    signal(n);
    TRACE("c");
    signal(n);
    TRACE("d");
    signal(n);
    TRACE("b");
}

static void yield_order(void) {
    traced = 0;
    at_priority(MAIN_PRIORITY, yielder, 'a');
    at_priority(MAIN_PRIORITY, yielder, 'b');
    at_priority(MAIN_PRIORITY, yielder, 'c');
    // A resumed thread of the same priority goes to the head, behind the running one.
    yield();
    TRACE("cba");
    yield();
    yield();
    TRACE("cbacba");
    // Yield does nothing for the others at a lower priority.
    at_priority(MAIN_PRIORITY - 1, yielder, 'z');
    yield();
    TRACE("cba");
}

// A woken thread of our priority is appended.
static void wake_order(void) {
    traced = 0;
    word n = wait_on = object(OBJ_NOTIFICATION, 0);
    waiting('a');
    waiting('b');
    at_priority(MAIN_PRIORITY, yielder, 'y');
    signal(n);
    signal(n);
    TRACE("");
    yield();
    TRACE("yab");
    yield();
    TRACE("y");
}

// All waiters of a deleted endpoint are put at the head one after the other: the last comes first.
static void cancel_order(void) {
    traced = 0;
    word ep = object(OBJ_ENDPOINT, 0);
    for (word i = 0; i < 3; i++) {
        struct thread* t = thread();
        start_at(t, s_recv, ep);
        EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    }
    at_priority(MAIN_PRIORITY, yielder, 'y');
    EQ(delete_cap(ep), NO_ERROR);
    // They run into a capability fault each; the order in which their faults arrive tells.
    word faults = object(OBJ_ENDPOINT, 0);
    (void)faults;
    yield();
    TRACE("y");
}

static word ordered_ep, ordered_faults;
static void faulting_receiver(word letter) {
    (void)letter;
    struct message m = {0};
    recv(ordered_ep, &m);
    thread_exit();
}

static void cancel_order_seen(void) {
    word ep = ordered_ep = object(OBJ_ENDPOINT, 0);
    ordered_faults = object(OBJ_ENDPOINT, 0);
    for (word i = 0; i < 3; i++) {
        struct thread* t = thread();
        EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(mint(ordered_faults, RIGHT_ALL, 'a' + i), 0, 0),
                  CAPS(CAP_CNODE, CAP_VSPACE)),
           NO_ERROR);
        start(t, faulting_receiver, 0);
        EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    }
    EQ(delete_cap(ep), NO_ERROR);
    yield();
    struct message m = {0};
    for (word i = 0; i < 3; i++) {
        EQ(nb_recv(ordered_faults, &m), 'c' - i);
        EQ(label_of(m.info), FAULT_CAP);
    }
}

static void priority_changes(void) {
    traced = 0;
    struct thread* a = at_priority(MAIN_PRIORITY - 1, yielder, 'a');
    struct thread* b = at_priority(MAIN_PRIORITY - 1, yielder, 'b');
    EQ(traced, 0);
    EQ(suspend(b), NO_ERROR);
    // Raised to our own priority: appended. Raised above: runs at once.
    EQ(set_priority(a->tcb, MAIN_PRIORITY), NO_ERROR);
    TRACE("");
    yield();
    TRACE("a");
    EQ(suspend(a), NO_ERROR);
    word n = wait_on = object(OBJ_NOTIFICATION, 0);
    struct thread* c = at_priority(MAIN_PRIORITY - 1, waiter, 'c');
    signal(n);
    TRACE("");
    EQ(set_priority(c->tcb, MAIN_PRIORITY + 1), NO_ERROR);
    TRACE("c");
    // Lowering ourselves below a ready thread lets it run.
    EQ(set_priority(c->tcb, MAIN_PRIORITY - 5), NO_ERROR);
    signal(n);
    TRACE("");
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY - 6), NO_ERROR);
    TRACE("c");
    signal(n);
    TRACE("c");
    // Lowering ourselves to that of a ready thread does not.
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY), NO_ERROR);
    signal(n);
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY - 5), NO_ERROR);
    TRACE("");
    yield();
    TRACE("c");
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY), NO_ERROR);
}

// Client and server of one priority: the call switches to the server at once, the reply back, whoever else is
// ready.
static word served;
static void server(word ep) {
    struct message m = {0};
    recv(ep, &m);
    for (;;) {
        served++;
        m.info = 0;
        m.badge = ep;
        sel4(SYS_REPLY_RECV, &m);
    }
}

static void client(word ep) {
    for (int i = 0; i < 3; i++) {
        struct message m = {ep, info_of(0, 0, 1), {0}, 0};
        note('(');
        sel4(SYS_CALL, &m);
        note(')');
    }
    thread_exit();
}

static void direct_switch(void) {
    traced = 0;
    word ep = object(OBJ_ENDPOINT, 0);
    served = 0;
    struct thread* s = thread();
    start(s, server, ep);
    EQ(set_priority(s->tcb, MAIN_PRIORITY), NO_ERROR);
    at_priority(MAIN_PRIORITY, yielder, 'y');
    at_priority(MAIN_PRIORITY, client, ep);
    yield();
    TRACE("()()()y");
    EQ(served, 3);
}

// The same with a server of lower priority than a ready third: it waits its turn.
static void no_direct_switch_down(void) {
    traced = 0;
    word ep = object(OBJ_ENDPOINT, 0);
    struct thread* s = thread();
    start(s, server, ep);
    EQ(set_priority(s->tcb, MAIN_PRIORITY - 1), NO_ERROR);
    struct thread* c = thread();
    start(c, client, ep);  // above us: calls, the server waits for us
    TRACE("(");
    yield();
    TRACE("");
    EQ(set_priority(CAP_TCB, 1), NO_ERROR);
    TRACE(
        ")()("
        ")");
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY), NO_ERROR);
}

// Time slices: 5 ticks of 2 ms; a thread that is out of time goes to the tail.
static volatile word turns[3];
static volatile word last_turn;
static void spinner(word who) {
    for (;;) {
        if (last_turn != who) {
            last_turn = who;
            turns[who]++;
        }
    }
}

static void time_slices(void) {
    if (!tsc_mhz) {
        return;
    }
    turns[0] = turns[1] = turns[2] = 0;
    at_priority(MAIN_PRIORITY, spinner, 1);
    at_priority(MAIN_PRIORITY, spinner, 2);
    word begin = tsc();
    last_turn = 0;
    while (turns[0] + turns[1] + turns[2] < 18 && tsc() - begin < 10000000 * tsc_mhz) {
        if (last_turn != 0) {
            last_turn = 0;
            turns[0]++;
        }
    }
    // 18 slices of 10 ms, for three in turn. A busy host takes some of the time: it may last longer.
    for (int i = 0; i < 3; i++) {
        CHECK(turns[i] >= 5 && turns[i] <= 7);
    }
    CHECK(tsc() - begin > 100000 * tsc_mhz);
}

// Fair among many: nobody starves, a high spinner starves the low ones.
static void starvation(void) {
    if (!tsc_mhz) {
        return;
    }
    struct thread* t = thread();
    EQ(set_priority(t->tcb, MAIN_PRIORITY - 1), NO_ERROR);
    start_at(t, s_spin, 0);
    spin_count = 0;
    spin_us(40000);
    EQ(spin_count, 0);
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    spin_us(40000);
    CHECK(spin_count > 0);
}

// Blocking does not refill the slice, and preempted threads stay at the head.
static void preempted_stays_first(void) {
    traced = 0;
    word n = wait_on = object(OBJ_NOTIFICATION, 0);
    struct thread* high = thread();
    start(high, waiter, 'h');
    at_priority(MAIN_PRIORITY, yielder, 'y');
    for (int i = 0; i < 3; i++) {
        signal(n);  // `high` preempts us and blocks: we go on, `y` does not
    }
    TRACE("hhh");
    yield();
    TRACE("y");
}

static void bound_notification(void) {
    traced = 0;
    word ep = wait_on = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0);
    struct thread* t = thread();
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
    start(t, waiter, 'w');
    signal(mint(n, RIGHT_WRITE, 5));
    TRACE("w");
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    send(ep, 0, 0);
    TRACE("w");
    EQ(suspend(t), NO_ERROR);
    signal(mint(n, RIGHT_WRITE, 6));
    EQ(resume(t), NO_ERROR);  // receives again: the signal is there
    TRACE("w");
}

// A fault switches to its handler as a call does to its server: at once, past whoever is ready with the same
// priority, but not past a higher one; the reply back likewise.
static word handled;
static void handler(word ep) {
    struct message m = {0};
    recv(ep, &m);
    for (handled = 1; handled < 5; handled++) {
        note('h');
        m.info = 0;
        m.badge = ep;
        sel4(SYS_REPLY_RECV, &m);
    }
    note('e');
    thread_exit();
}

static void noter(word letter) {
    note(letter);
    thread_exit();
}

static void fault_switch(void) {
    static const struct {
        word faulter, handler, other;
        const char* trace;
    } list[] = {{60, 55, 55, "hhhhey"}, {60, 60, 60, "hhhhey"}, {60, 55, 58, "yhhhhe"},
                {60, 65, 60, "hhhhey"}, {55, 60, 58, "yhhhhe"}, {60, 55, 54, "hhhhey"}};
    for (word i = 0; i < sizeof list / sizeof *list; i++) {
        struct thread *h = thread(), *f = thread(), *y = thread();
        traced = 0;
        start(h, handler, f->fault_ep);
        EQ(set_priority(CAP_TCB, 100), NO_ERROR);
        EQ(set_priority(h->tcb, list[i].handler), NO_ERROR);
        EQ(set_priority(f->tcb, list[i].faulter), NO_ERROR);
        EQ(set_priority(y->tcb, list[i].other), NO_ERROR);
        start(y, noter, 'y');
        start_at(f, s_ud2, 0);
        EQ(set_priority(CAP_TCB, MAIN_PRIORITY), NO_ERROR);
        TRACE(list[i].trace);
        EQ(suspend(f), NO_ERROR);
        EQ(suspend(h), NO_ERROR);
        EQ(suspend(y), NO_ERROR);
    }
}

// A crowd in one queue: everybody gets the same number of turns.
static void crowd(void) {
    enum { MANY = 200, TURNS = 20 };
    struct thread t = {0};
    word first = slot(), r[R_COUNT] = {0};
    for (int i = 1; i < MANY; i++) {
        slot();
    }
    word untyped = untyped_of(20);
    EQ(retype(untyped, OBJ_TCB, 0, first, MANY), NO_ERROR);
    for (word i = 0; i < MANY; i++) {
        t.tcb = first + i;
        EQ(invoke(t.tcb, TCB_CONFIGURE, ARGS(0, 0, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE, 0)), NO_ERROR);
        EQ(set_priority(t.tcb, MAIN_PRIORITY), NO_ERROR);
        r[R_RIP] = (word)s_yield, r[R_R14] = 0;
        EQ(write_registers(&t, 1, r, R_COUNT), NO_ERROR);
    }
    for (int i = 0; i < TURNS; i++) {
        yield();
    }
    for (word i = 0; i < MANY; i++) {
        t.tcb = first + i;
        EQ(read_registers(&t, r), NO_ERROR);
        CHECK(r[R_R14] + 3 >= TURNS && r[R_R14] <= TURNS + 3);
        // Deleting every other one in the queue.
        if (i % 2) {
            EQ(delete_cap(t.tcb), NO_ERROR);
        }
    }
    yield();
    t.tcb = first;
    word before = r[R_R14];
    EQ(read_registers(&t, r), NO_ERROR);
    CHECK(r[R_R14] >= before && r[R_R14] <= before + 5);
}

const struct test sched_tests[] = {{"sched/highest", highest_runs},
                                   {"sched/yield", yield_order},
                                   {"sched/wake", wake_order},
                                   {"sched/cancel", cancel_order},
                                   {"sched/cancel-order", cancel_order_seen},
                                   {"sched/priority-changes", priority_changes},
                                   {"sched/direct-switch", direct_switch},
                                   {"sched/no-switch-down", no_direct_switch_down},
                                   {"sched/time-slices", time_slices},
                                   {"sched/starvation", starvation},
                                   {"sched/preempted-first", preempted_stays_first},
                                   {"sched/fault-switch", fault_switch},
                                   {"sched/crowd", crowd},
                                   {"sched/bound-notification", bound_notification},
                                   {0, 0}};
