// SPDX-License-Identifier: GPL-3.0-only
//
// Whole programs as people write them for seL4: a pager, a loader with a capability space of its own, servers
// under load.
#include "lib.h"
#include "snippets.h"

// A pager: the child's heap appears as it is touched.
enum { HEAP = 0x40000000 };
static volatile word heap_sum;
static void heap_user(word pages) {
    for (word i = 0; i < pages; i++) {
        ((volatile word*)HEAP)[i * 512] = i * i;
    }
    word sum = 0;
    for (word i = 0; i < pages; i++) {
        sum += ((volatile word*)HEAP)[i * 512] - i * i + ((volatile word*)HEAP)[i * 512 + 1] + 1;
    }
    heap_sum = sum;
    thread_exit();
}

static void pager(void) {
    enum { PAGES = 1500 };  // three page tables' worth
    struct thread* t = thread();
    struct space s = space_with_image();
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
    heap_sum = 0;
    start(t, heap_user, PAGES);
    word faults = 0, tables = 0;
    for (;;) {
        struct message m = {0};
        nb_recv(t->fault_ep, &m);
        if (label_of(m.info) != FAULT_VM || faults > 2 * PAGES) {
            EQ(m.info, info_of(FAULT_USER, 0, 5));
            break;
        }
        word address = m.mr[1] & ~0xffful, frame = object(OBJ_4K, 0);
        CHECK(address >= HEAP && address < HEAP + PAGES * 4096ul);
        EQ(m.mr[3], 6);
        word reply_cap = slot();  // the invocations below must not cost us the caller
        EQ(invoke(CAP_CNODE, CNODE_SAVE_CALLER, ARGS(reply_cap, 64), NONE), NO_ERROR);
        while (map_page(frame, address, RIGHT_RW, s.pml4) == FAILED_LOOKUP) {
            word bits = reply[2];
            word table = object(bits == 39 ? OBJ_PDPT : bits == 30 ? OBJ_PD : OBJ_PT, 0);
            EQ(map_table(table,
                         bits == 39   ? PDPT_MAP
                         : bits == 30 ? PD_MAP
                                      : PT_MAP,
                         address, s.pml4),
               NO_ERROR);
            tables++;
        }
        faults++;
        send(reply_cap, 0, 0);
    }
    EQ(faults, PAGES);
    EQ(tables, 4);
    EQ(heap_sum, PAGES);
}

// As a loader of a static system description does it: each child gets a small CNode with a guard, and small
// numbers.
enum { CHILD_EP = 1, CHILD_NOTIFICATION = 2, CHILD_TCB = 3 };
static void child(word rounds) {
    for (word i = 0; i < rounds; i++) {
        struct message m = {CHILD_EP, info_of(i, 0, 2), {i, i * 3, 0, 0}, 0};
        sel4(SYS_CALL, &m);
        if (m.mr[0] != i + 100 || length_of(m.info) != 1 || m.badge != 0) {
            break;
        }
    }
    struct message m = {CHILD_NOTIFICATION, 0, {0}, 0};
    sel4(SYS_SEND, &m);
    struct message stop = {CHILD_TCB, info_of(TCB_SUSPEND, 0, 0), {0}, 0};
    sel4(SYS_CALL, &stop);
    thread_exit();
}

static void static_system(void) {
    enum { CHILDREN = 4, ROUNDS = 500 };
    word ep = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0);
    for (word i = 0; i < CHILDREN; i++) {
        struct thread* t = thread();
        struct space s = space_with_image();
        word cnode = object(OBJ_CNODE, 3);
        EQ(invoke(cnode, CNODE_MINT, ARGS(CHILD_EP, 3, ep, 64, RIGHT_WRITE | RIGHT_GRANT_REPLY, 0x100 + i),
                  CAPS(CAP_CNODE)),
           NO_ERROR);
        EQ(invoke(cnode, CNODE_MINT, ARGS(CHILD_NOTIFICATION, 3, n, 64, RIGHT_WRITE, 1ul << i),
                  CAPS(CAP_CNODE)),
           NO_ERROR);
        EQ(invoke(cnode, CNODE_COPY, ARGS(CHILD_TCB, 3, t->tcb, 64, 15), CAPS(CAP_CNODE)), NO_ERROR);
        EQ(invoke(t->tcb, TCB_CONFIGURE, ARGS(0, 61, 0, (word)t->ipc),
                  CAPS(cnode, s.pml4, image_frame(t->ipc))),
           NO_ERROR);
        EQ(set_priority(t->tcb, MAIN_PRIORITY - i % 2), NO_ERROR);
        start(t, child, ROUNDS);
    }
    word next[CHILDREN] = {0}, done = 0;
    struct message m = {0};
    recv(ep, &m);
    for (word served = 1;; served++) {
        word who = m.badge - 0x100;
        CHECK(who < CHILDREN);
        if (who >= CHILDREN) {
            return;
        }
        EQ(m.mr[0], next[who]);
        EQ(m.mr[1], next[who] * 3);
        EQ(label_of(m.info), next[who]);
        next[who]++;
        m.mr[0] += 100;
        m.info = info_of(0, 0, 1);
        if (served == CHILDREN * ROUNDS) {
            sel4(SYS_REPLY, &m);
            break;
        }
        m.badge = ep;
        sel4(SYS_REPLY_RECV, &m);
    }
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY - 10), NO_ERROR);
    done = poll(n);
    EQ(done, 0xf);
    EQ(set_priority(CAP_TCB, MAIN_PRIORITY), NO_ERROR);
}

// A user-level scheduler: the highest thread hands out time by suspending and resuming.
static volatile word shares[4];
static void sharer(word who) {
    for (;;) {
        shares[who]++;
    }
}

static void user_scheduler(void) {
    struct thread* t[4];
    for (word i = 0; i < 4; i++) {
        shares[i] = 0;
        t[i] = thread();
        EQ(set_priority(t[i]->tcb, MAIN_PRIORITY), NO_ERROR);
        start(t[i], sharer, i);
        EQ(suspend(t[i]), NO_ERROR);
    }
    for (word round = 0; round < 12; round++) {
        word who = round % 4, before[4];
        for (word i = 0; i < 4; i++) {
            before[i] = shares[i];
        }
        EQ(resume(t[who]), NO_ERROR);
        yield();  // until its slice is over
        EQ(suspend(t[who]), NO_ERROR);
        for (word i = 0; i < 4; i++) {
            EQ(shares[i] != before[i], i == who);
        }
    }
}

// Long messages with capabilities, both ways, while the timer interrupts.
static word echo_ep;
static void echo(word index) {
    struct ipc_buffer* own = thread_buffer(index);
    struct message m = {0};
    recv(echo_ep, &m);
    for (;;) {
        word length = length_of(m.info);
        for (word i = 4; i < length; i++) {
            own->msg[i] ^= 0xff;
        }
        m.mr[0] ^= 0xff, m.mr[1] ^= 0xff, m.mr[2] ^= 0xff, m.mr[3] ^= 0xff;
        m.info = info_of(label_of(m.info) + 1, 0, length);
        m.badge = echo_ep;
        sel4(SYS_REPLY_RECV, &m);
    }
}

static void long_messages(void) {
    struct thread* t = thread();
    echo_ep = object(OBJ_ENDPOINT, 0);
    start(t, echo, t->index);
    for (word round = 0; round < 300; round++) {
        word length = round % 121;
        struct message m = {echo_ep, info_of(round, 0, length), {round, round + 1, round + 2, round + 3}, 0};
        for (word i = 4; i < length; i++) {
            ipc->msg[i] = round * i;
        }
        sel4(SYS_CALL, &m);
        EQ(m.info, info_of(round + 1, 0, length));
        for (word i = 0; i < length; i++) {
            EQ(i < 4 ? m.mr[i] : ipc->msg[i], (i < 4 ? round + i : round * i) ^ 0xff);
        }
    }
}

// Everything made, everything deleted, again and again: memory comes back.
static void churn(void) {
    word untyped = untyped_of(20);
    for (word round = 0; round < 40; round++) {
        word first = slot();
        EQ(retype(untyped, OBJ_TCB, 0, first, 16), NO_ERROR);
        for (word i = 0; i < 15; i++) {
            slot();
        }
        word cnode = slot(), pml4 = slot(), frames = slot();
        EQ(retype(untyped, OBJ_CNODE, 6, cnode, 1), NO_ERROR);
        EQ(retype(untyped, OBJ_PML4, 0, pml4, 1), NO_ERROR);
        EQ(invoke(CAP_ASID_POOL, ASID_ASSIGN, NONE, CAPS(pml4)), NO_ERROR);
        EQ(retype(untyped, OBJ_4K, 0, frames, 100), NO_ERROR);
        for (word i = 0; i < 99; i++) {
            slot();
        }
        for (word i = 0; i < 16; i++) {
            EQ(invoke(first + i, TCB_CONFIGURE, ARGS(0, 58, 0, 0x1000), CAPS(cnode, pml4, frames + i)),
               NO_ERROR);
        }
        EQ(revoke(untyped), NO_ERROR);
    }
}

const struct test program_tests[] = {{"program/pager", pager},
                                     {"program/static-system", static_system},
                                     {"program/user-scheduler", user_scheduler},
                                     {"program/long-messages", long_messages},
                                     {"program/churn", churn},
                                     {0, 0}};
