// SPDX-License-Identifier: GPL-3.0-only
//
// Suspend, Resume and the register invocations on a thread in every state, blocked inside a system call
// included.
#include "lib.h"
#include "snippets.h"

static word rip_of(struct thread* t) {
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    return r[R_RIP];
}

static word r14_of(struct thread* t) {
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    return r[R_R14];
}

static void inactive(void) {
    struct thread* t = thread();
    EQ(suspend(t), NO_ERROR);
    EQ(rip_of(t), 0);
    word r[1] = {(word)s_ud2};
    EQ(write_registers(t, 0, r, 1), NO_ERROR);
    struct message m = {0};
    EQ(nb_recv(t->fault_ep, &m), 0);
    EQ(resume(t), NO_ERROR);
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_USER, 0, 5));
    EQ(m.mr[0], s_ud2);
    EQ(m.mr[1], 0);
}

static void running(void) {
    struct thread* t = thread();
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    start_at(t, s_spin, 0);
    // It shares our priority: a slice for it now and then.
    word before = spin_count;
    yield();
    CHECK(spin_count != before);
    word rip = rip_of(t);
    CHECK(rip >= (word)s_spin && rip < (word)s_ud2);
    EQ(resume(t), NO_ERROR);  // a running thread is not touched
    EQ(rip_of(t), rip);
    EQ(suspend(t), NO_ERROR);
    before = spin_count;
    yield();
    EQ(spin_count, before);
    EQ(rip_of(t), rip);
    EQ(resume(t), NO_ERROR);
    yield();
    CHECK(spin_count != before);
    EQ(invoke(t->tcb, TCB_READ_REGISTERS, ARGS(1, 1), NONE), NO_ERROR);  // suspends
    before = spin_count;
    yield();
    EQ(spin_count, before);
}

// A thread that yielded stands behind the instruction, but its fault address still is the instruction's.
static void yielded(void) {
    struct thread* t = thread();
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    start_at(t, s_yield, 0);
    yield();
    yield();
    EQ(rip_of(t), s_yield_syscall);
    word count = r14_of(t);
    CHECK(count >= 1);
    yield();
    EQ(r14_of(t), count + 1);
    EQ(suspend(t), NO_ERROR);
    EQ(rip_of(t), s_yield_after);
    EQ(resume(t), NO_ERROR);
    EQ(rip_of(t), s_yield_after);
    yield();
    EQ(r14_of(t), count + 2);
    // Writing no register at all sets the next instruction to the fault address: the yield is repeated.
    EQ(write_registers(t, 0, 0, 0), NO_ERROR);
    yield();
    EQ(r14_of(t), count + 2);
    yield();
    EQ(r14_of(t), count + 3);
    EQ(invoke(t->tcb, TCB_READ_REGISTERS, ARGS(1, 1), NONE), NO_ERROR);
    EQ(reply[0], s_yield_after);
}

static void blocked_send(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0);
    start_at(t, s_send, ep);
    EQ(rip_of(t), s_send_syscall);
    EQ(suspend(t), NO_ERROR);
    EQ(rip_of(t), s_send_syscall);
    struct message m = {0};
    EQ(nb_recv(ep, &m), 0);
    m.info = 0;
    EQ(nb_recv(ep, &m), 0);
    EQ(m.info, 0);  // nothing sent: suspended threads leave the queue
    EQ(resume(t), NO_ERROR);
    m.info = 0;
    nb_recv(ep, &m);
    EQ(m.info, 1);
    EQ(m.mr[0], 0);
    EQ(resume(t), NO_ERROR);  // blocked in the next one: resuming it issues that again
    nb_recv(ep, &m);
    EQ(m.mr[0], 1);
    EQ(r14_of(t), 2);
}

static void blocked_receive(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0);
    start_at(t, s_recv, ep);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], s_recv_syscall);
    EQ(r[R_RDI], ep);
    EQ(r[R_RSI], 0x1234);
    EQ(r[R_RDX], -5ul);
    EQ(r[R_RBX], t->stack_top - 8);
    EQ(suspend(t), NO_ERROR);
    struct message m = {ep, info_of(7, 0, 1), {42, 0, 0, 0}, 0};
    sel4(SYS_NB_SEND, &m);
    EQ(r14_of(t), 0);
    EQ(resume(t), NO_ERROR);
    sel4(SYS_NB_SEND, &m);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_R14], 1);
    EQ(r[R_RIP], s_recv_syscall);
    start_at(t, s_recv, n);  // in the middle of a receive
    EQ(rip_of(t), s_recv_syscall);
    EQ(r14_of(t), 0);
    EQ(suspend(t), NO_ERROR);
    signal(n);
    EQ(r14_of(t), 0);
    EQ(resume(t), NO_ERROR);
    EQ(r14_of(t), 1);
    EQ(suspend(t), NO_ERROR);
    EQ(poll(n), 0);
}

// The registers of a message land in the context of a thread that has not run since.
static void woken_but_not_run(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0);
    start_at(t, s_recv, ep);
    EQ(set_priority(t->tcb, 1), NO_ERROR);
    struct message m = {mint(ep, RIGHT_ALL, 0x77), info_of(5, 0, 2), {0x11, 0x22, 0, 0}, 0};
    sel4(SYS_SEND, &m);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], s_recv_syscall);  // still its fault address
    EQ(r[R_RDI], 0x77);
    EQ(r[R_RSI], info_of(5, 0, 2));
    EQ(r[R_R10], 0x11);
    EQ(r[R_R8], 0x22);
    EQ(r[R_R14], 0);
    EQ(suspend(t), NO_ERROR);
    EQ(rip_of(t), s_recv_after);
    EQ(set_priority(t->tcb, PRIORITY), NO_ERROR);
    EQ(resume(t), NO_ERROR);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_R14], 1);
    EQ(r[R_RIP], s_recv_syscall);
}

static void blocked_reply(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), saved = slot();
    start_at(t, s_call, ep);
    struct message m = {0};
    nb_recv(ep, &m);
    EQ(m.info, info_of(0, 0, 2));
    EQ(m.mr[0], 0xaa);
    EQ(m.mr[1], 0xbb);
    EQ(rip_of(t), s_call_syscall);
    EQ(invoke(CAP_CNODE, CNODE_SAVE_CALLER, ARGS(saved, 64), NONE), NO_ERROR);
    EQ(suspend(t), NO_ERROR);
    // The reply capability is gone with the suspend.
    EQ(invoke(CAP_CNODE, CNODE_MOVE, ARGS(slot(), 64, saved, 64), CAPS(CAP_CNODE)), FAILED_LOOKUP);
    EQ(resume(t), NO_ERROR);
    m.info = 0;
    nb_recv(ep, &m);  // the request comes again
    EQ(m.info, info_of(0, 0, 2));
    EQ(m.mr[1], 0xbb);
    EQ(r14_of(t), 0);
    reply_with(info_of(0, 0, 0), 0, 0, 0, 0);
    EQ(r14_of(t), 1);
    nb_recv(ep, &m);
    // Resume without suspend does the same to a thread that waits for its reply.
    EQ(resume(t), NO_ERROR);
    reply_with(info_of(0, 0, 0), 0, 0, 0, 0);
    EQ(r14_of(t), 1);
    m.info = 0;
    nb_recv(ep, &m);
    EQ(m.info, info_of(0, 0, 2));
    reply_with(info_of(0, 0, 0), 0, 0, 0, 0);
    EQ(r14_of(t), 2);
}

static void faulted(void) {
    struct thread* t = thread();
    struct message m = {0};
    start_at(t, s_ud2, 0);
    EQ(rip_of(t), s_ud2);
    EQ(suspend(t), NO_ERROR);
    EQ(nb_recv(t->fault_ep, &m), 0);
    EQ(m.info, 0);
    EQ(resume(t), NO_ERROR);
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_USER, 0, 5));
    EQ(suspend(t), NO_ERROR);
    reply_with(info_of(0, 0, 1), (word)s_spin, 0, 0, 0);  // nobody waits
    EQ(rip_of(t), s_ud2);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    r[R_RIP] = (word)s_store;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    m.info = 0;
    nb_recv(t->fault_ep, &m);
    EQ(m.mr[0], s_stored);
    // While the handler works on it: write and resume at once.
    r[R_RIP] = (word)x_int3;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    m.info = 0;
    nb_recv(t->fault_ep, &m);
    EQ(m.mr[0], x_int3_at);
    EQ(m.mr[3], 3);
    // Write without resuming leaves it waiting; the reply then goes to the new place.
    r[R_RIP] = (word)x_int3;
    EQ(write_registers(t, 0, r, R_COUNT), NO_ERROR);
    m.info = 0;
    EQ(nb_recv(t->fault_ep, &m), 0);
    EQ(m.info, 0);
}

// The stack pointer a system call leaves in the context is that of the last interrupt or exception, or what
// was written.
static void stale_stack(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), r[R_COUNT];
    start_at(t, s_recv, ep);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RSP], t->stack_top - 8);
    EQ(r[R_RCX], 0);  // as written: an entry by syscall saves neither rcx nor r11
    EQ(r[R_R11], 0);
    struct message m = {ep, info_of(0, 0, 0), {0}, 0};
    sel4(SYS_SEND, &m);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RSP], t->stack_top - 8);
    // An edit that leaves the stack alone keeps that one, now for real.
    word rip[1] = {(word)s_store};
    EQ(write_registers(t, 1, rip, 1), NO_ERROR);
    EQ(store[1], t->stack_top - 8);
    EQ(store[20], 0x2b);
}

// CS tells how the thread came back; RSP after a system call is 0.
static void code_segments(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), r[R_COUNT] = {0};
    r[R_RIP] = (word)s_store;
    r[R_RSP] = t->stack_top - 8;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(store[20], 0x2b);
    EQ(store[1], t->stack_top - 8);
    (void)ep;
    struct message m = {0};
    word cs;
    sel4(SYS_YIELD, &m);
    __asm__ volatile("movq %%cs, %0" : "=r"(cs));
    EQ(m.rsp, 0);
    CHECK(cs == 0x3b || cs == 0x2b);  // 2b after an interrupt just now
    word ss;
    __asm__ volatile("movq %%ss, %0" : "=r"(ss));
    EQ(ss, 0x33);
}

static void suspend_self(void) {
    struct thread* t = thread();
    // A thread that suspends itself by its capability: a call whose reply comes when it is resumed.
    word r[R_COUNT] = {[R_RIP] = (word)s_syscall, [R_RDI] = t->tcb, [R_RSI] = info_of(TCB_SUSPEND, 0, 0)};
    r[R_RDX] = -1ul;
    store[3] = 1;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(store[3], 1);
    // Its restart point is the system call: resumed, it suspends itself again.
    EQ(rip_of(t), s_syscall);
    EQ(resume(t), NO_ERROR);
    EQ(store[3], 1);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RSI], info_of(TCB_SUSPEND, 0, 0));  // no reply was written into it
    r[R_RIP] = (word)s_store;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(store[3], 0);
}

static void killed_while_waiting(void) {
    word ep = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0);
    static const char* const where[] = {s_send, s_call, s_recv, s_recv, s_spin};
    for (int i = 0; i < 4; i++) {
        struct thread* t = thread();
        start_at(t, where[i], i == 3 ? n : ep);
        EQ(delete_cap(t->tcb), NO_ERROR);
        struct message m = {0};
        nb_recv(ep, &m);
        EQ(m.info, 0);
        signal(n);
        EQ(poll(n), 0);
    }
    // A dead server leaves its client waiting for ever, until somebody resumes it.
    struct thread *client = thread(), *server = thread();
    start_at(server, s_recv, ep);
    start_at(client, s_call, ep);
    EQ(r14_of(server), 1);
    EQ(delete_cap(server->tcb), NO_ERROR);
    EQ(rip_of(client), s_call_syscall);
    struct message m = {0};
    nb_recv(ep, &m);
    EQ(m.info, 0);
    EQ(resume(client), NO_ERROR);
    nb_recv(ep, &m);
    EQ(m.info, info_of(0, 0, 2));
}

static void copy_while_blocked(void) {
    struct thread *a = thread(), *b = thread();
    word ep = object(OBJ_ENDPOINT, 0), r[R_COUNT];
    start_at(a, s_send, ep);
    start_at(b, s_ud2, 0);
    // The destination resumes where the source was blocked: it sends as the source would.
    EQ(invoke(b->tcb, TCB_COPY_REGISTERS, ARGS(2 | 4 | 8), CAPS(a->tcb)), NO_ERROR);
    EQ(read_registers(b, r), NO_ERROR);
    EQ(r[R_RIP], s_send_syscall);
    EQ(r[R_R12], ep);
    struct message m = {0};
    nb_recv(ep, &m);
    EQ(m.mr[0], 0);
    nb_recv(ep, &m);
    EQ(m.mr[0], 0);
    EQ(r14_of(a), 1);
    EQ(r14_of(b), 1);
    // Suspending the source takes it off the queue.
    EQ(invoke(b->tcb, TCB_COPY_REGISTERS, ARGS(1), CAPS(a->tcb)), NO_ERROR);
    nb_recv(ep, &m);
    EQ(m.mr[0], 1);
    m.info = 0;
    nb_recv(ep, &m);
    EQ(m.mr[0], 2);  // of b again: a is suspended
    EQ(r14_of(a), 1);
}

const struct test state_tests[] = {{"state/inactive", inactive},
                                   {"state/running", running},
                                   {"state/yielded", yielded},
                                   {"state/blocked-send", blocked_send},
                                   {"state/blocked-receive", blocked_receive},
                                   {"state/woken", woken_but_not_run},
                                   {"state/blocked-reply", blocked_reply},
                                   {"state/faulted", faulted},
                                   {"state/stale-stack", stale_stack},
                                   {"state/code-segments", code_segments},
                                   {"state/suspend-self", suspend_self},
                                   {"state/killed", killed_while_waiting},
                                   {"state/copy-blocked", copy_while_blocked},
                                   {0, 0}};
