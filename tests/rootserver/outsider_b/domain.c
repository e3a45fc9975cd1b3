// SPDX-License-Identifier: GPL-3.0-only
//
// Domains: the invocations of the domain capability and the schedule.
#include "lib.h"
#include "snippets.h"

static word configure(word index, word domain, word duration) {
    return invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_CONFIGURE, ARGS(index, domain, duration), NONE);
}

static void errors(void) {
    struct thread* t = thread();
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, NONE, CAPS(t->tcb)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(1), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(16), NONE), INVALID_ARGUMENT);  // the number is looked at first
    EQ(reply[0], 0);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(16), CAPS(t->tcb)), INVALID_ARGUMENT);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(256), CAPS(t->tcb)), INVALID_ARGUMENT);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(1), CAPS(CAP_CNODE)), INVALID_ARGUMENT);
    EQ(reply[0], 1);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(15), CAPS(t->tcb)), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(0), CAPS(t->tcb)), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_CONFIGURE, ARGS(1, 1), NONE), TRUNCATED_MESSAGE);
    for (word index = 99; index <= 100; index++) {  // 99 is the end marker for ever
        EQ(configure(index, 1, 5), RANGE_ERROR);
        EQ(reply[0], 0);
        EQ(reply[1], 98);
    }
    EQ(configure(99, 0, 0), RANGE_ERROR);
    EQ(configure(1, 16, 5), RANGE_ERROR);
    EQ(reply[1], 15);
    EQ(configure(1, 1, 1ul << 56), INVALID_ARGUMENT);
    EQ(reply[0], 2);
    EQ(configure(1, 1, 0), INVALID_ARGUMENT);
    EQ(reply[0], 1);
    EQ(configure(0, 0, 0), INVALID_ARGUMENT);  // where the schedule starts
    EQ(reply[0], 2);
    EQ(configure(98, 15, (1ul << 56) - 1), NO_ERROR);
    EQ(configure(98, 0, 0), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, NONE, NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(100), NONE), RANGE_ERROR);
    EQ(reply[1], 99);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(99), NONE), INVALID_ARGUMENT);
    EQ(reply[0], 0);
    EQ(invoke(CAP_DOMAIN, 33, NONE, NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_DOMAIN, 29, NONE, NONE), ILLEGAL_OPERATION);
}

// A thread of a domain without time does not run, however urgent.
static void without_time(void) {
    struct thread* t = thread();
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(3), CAPS(t->tcb)), NO_ERROR);
    spin_count = 0;
    start_at(t, s_spin, 0);
    spin_us(30000);
    EQ(spin_count, 0);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], s_spin);
    EQ(suspend(t), NO_ERROR);
}

// Two domains in turn: 2 ticks for ours, 3 for the other.
static void two_domains(void) {
    struct thread* t = thread();
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(2), CAPS(t->tcb)), NO_ERROR);
    EQ(set_priority(t->tcb, 1), NO_ERROR);
    spin_count = 0;
    start_at(t, s_spin, 0);
    EQ(configure(1, 2, 6), NO_ERROR);
    EQ(configure(0, 0, 4), NO_ERROR);
    EQ(configure(2, 0, 0), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(0), NONE), NO_ERROR);
    word begin = tsc(), last = tsc(), spun = spin_count, away = 0, gaps = 0;
    while (tsc() - begin < 200000 * tsc_mhz) {
        word now = tsc();
        if (spin_count != spun) {  // the other domain had its time
            away += (now - last) / tsc_mhz;
            gaps++;
            spun = spin_count;
        }
        last = tsc();
    }
    // 200 ms in rounds of 20; a machine whose own time stands still now and then shows fewer.
    CHECK(gaps >= 2 && gaps <= 12);
    CHECK(away >= gaps * 5000);
    // Back to one domain for ever; a start at the entry 1 runs that one first.
    EQ(configure(0, 0, (1ul << 56) - 1), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(0), NONE), NO_ERROR);
    EQ(configure(1, 0, 0), NO_ERROR);
    spin_count = 0;
    spin_us(30000);
    EQ(spin_count, 0);
    EQ(suspend(t), NO_ERROR);
}

// A thread made in our domain is of our domain; IPC works across domains, without direct switch.
static void across_domains(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), r[R_COUNT];
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(1), CAPS(t->tcb)), NO_ERROR);
    start_at(t, s_send, ep);
    EQ(configure(1, 1, 2), NO_ERROR);
    EQ(configure(0, 0, 2), NO_ERROR);
    EQ(configure(2, 0, 0), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(0), NONE), NO_ERROR);
    struct message m = {0};
    recv(ep, &m);
    EQ(m.info, 1);
    EQ(m.mr[0], 0);
    recv(ep, &m);
    EQ(m.mr[0], 1);
    recv(ep, &m);
    EQ(m.mr[0], 2);
    // Of the current domain again: it runs at once, being above us.
    EQ(configure(0, 0, (1ul << 56) - 1), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(0), NONE), NO_ERROR);
    EQ(configure(1, 0, 0), NO_ERROR);
    EQ(suspend(t), NO_ERROR);
    start_at(t, s_ud2, 0);
    m.info = 0;
    nb_recv(t->fault_ep, &m);
    EQ(m.info, 0);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], s_ud2);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(0), CAPS(t->tcb)), NO_ERROR);
    EQ(set_priority(t->tcb, PRIORITY), NO_ERROR);
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_USER, 0, 5));
}

// Start in the middle: entries from there to the end marker, then the start again.
static void start_in_the_middle(void) {
    struct thread* t = thread();
    EQ(invoke(CAP_DOMAIN, DOMAIN_SET, ARGS(5), CAPS(t->tcb)), NO_ERROR);
    spin_count = 0;
    start_at(t, s_spin, 0);
    EQ(configure(10, 0, 2), NO_ERROR);
    EQ(configure(11, 5, 2), NO_ERROR);
    EQ(configure(12, 0, 0), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(10), NONE), NO_ERROR);
    spin_us(20000);
    CHECK(spin_count > 0);
    EQ(configure(10, 0, 0), INVALID_ARGUMENT);
    EQ(configure(0, 0, (1ul << 56) - 1), NO_ERROR);
    EQ(invoke(CAP_DOMAIN, DOMAIN_SCHEDULE_SET_START, ARGS(0), NONE), NO_ERROR);
    EQ(suspend(t), NO_ERROR);
    EQ(configure(10, 0, 0), NO_ERROR);
    EQ(configure(11, 0, 0), NO_ERROR);
}

const struct test domain_tests[] = {
    {"domain/errors", errors},         {"domain/without-time", without_time}, {"domain/two", two_domains},
    {"domain/across", across_domains}, {"domain/start", start_in_the_middle}, {0, 0}};
