// SPDX-License-Identifier: GPL-3.0-only
//
// I/O ports: issuing ranges, and access of every width at their ends.
#include "lib.h"

static word issue(word first, word last, word to) {
    return invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(first, last, to, 64), CAPS(CAP_CNODE));
}

static void errors(void) {
    word to = slot(), other = slot(), taken = copy(CAP_TCB);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(1, 2, to), CAPS(CAP_CNODE)), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(1, 2, to, 64), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_IN8, ARGS(1), NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_IOPORT_CONTROL, 0, NONE, NONE), ILLEGAL_OPERATION);
    EQ(issue(0x801, 0x800, taken), INVALID_ARGUMENT);
    EQ(reply[0], 1);
    EQ(issue(0x3f0, 0x3f8, taken), REVOKE_FIRST);  // the console's
    EQ(issue(0, 0xffff, taken), REVOKE_FIRST);
    EQ(issue(0x800, 0x80f, taken), DELETE_FIRST);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(0x800, 0x80f, to, 0), CAPS(CAP_CNODE)), RANGE_ERROR);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(0x800, 0x80f, to, 64), CAPS(CAP_TCB)), FAILED_LOOKUP);
    EQ(issue(0x800, 0x80f, to), NO_ERROR);
    EQ(issue(0x80f, 0x80f, other), REVOKE_FIRST);
    EQ(issue(0x7f0, 0x800, other), REVOKE_FIRST);
    EQ(issue(0x7f0, 0x820, other), REVOKE_FIRST);
    EQ(issue(0x804, 0x804, other), REVOKE_FIRST);
    EQ(issue(0x810, 0x8ff, other), NO_ERROR);
    EQ(delete_cap(other), NO_ERROR);
    EQ(issue(0xabc0800 & 0xffff0000, 0x7ff, other), REVOKE_FIRST);  // the low 16 bits count
    EQ(issue(0x10810, 0x20811, other), NO_ERROR);
    EQ(invoke(other, IOPORT_IN8, ARGS(0x810), NONE), NO_ERROR);
    // A copy keeps the range; the last capability frees it.
    word twin = copy(to);
    EQ(delete_cap(to), NO_ERROR);
    EQ(issue(0x800, 0x800, to), REVOKE_FIRST);
    EQ(invoke(twin, IOPORT_IN8, ARGS(0x80f), NONE), NO_ERROR);
    EQ(delete_cap(twin), NO_ERROR);
    EQ(issue(0x800, 0x800, to), NO_ERROR);
}

static void widths(void) {
    word to = slot();
    EQ(issue(0x900, 0x907, to), NO_ERROR);
    static const word in[] = {IOPORT_IN8, IOPORT_IN16, IOPORT_IN32},
                      out[] = {IOPORT_OUT8, IOPORT_OUT16, IOPORT_OUT32};
    for (int i = 0; i < 3; i++) {
        EQ(invoke(to, in[i], NONE, NONE), TRUNCATED_MESSAGE);
        EQ(invoke(to, out[i], ARGS(0x900), NONE), TRUNCATED_MESSAGE);
        for (word port = 0x8f8; port < 0x910; port++) {
            word error = port >= 0x900 && port + (1ul << i) - 1 <= 0x907 ? NO_ERROR : ILLEGAL_OPERATION;
            EQ(invoke(to, in[i], ARGS(port), NONE), error);
            EQ(reply_length, error ? 0 : 1);
            EQ(invoke(to, out[i], ARGS(port, 0), NONE), error);
            EQ(reply_length, 0);
        }
        EQ(invoke(to, in[i], ARGS(0x10900), NONE), NO_ERROR);  // 16 bits of it
        EQ(invoke(to, in[i], ARGS(0x900), NONE), NO_ERROR);
        EQ(reply[0], i == 0 ? 0xff : i == 1 ? 0xffff : 0xffffffff);  // nobody is there
    }
    EQ(invoke(to, 0, ARGS(0x900), NONE), ILLEGAL_OPERATION);
    EQ(invoke(to, IOPORT_ISSUE, ARGS(0x900, 0x900, 1, 64), CAPS(CAP_CNODE)), ILLEGAL_OPERATION);
}

// All that is free, to the last port.
static void the_whole_range(void) {
    word a = slot(), b = slot(), c = slot();
    EQ(issue(0, 0x3f, a), NO_ERROR);
    EQ(issue(0x400, 0xffff, b), NO_ERROR);
    EQ(invoke(b, IOPORT_IN8, ARGS(0xffff), NONE), NO_ERROR);
    EQ(invoke(b, IOPORT_IN16, ARGS(0xffff), NONE), ILLEGAL_OPERATION);
    EQ(invoke(b, IOPORT_IN32, ARGS(0xfffc), NONE), NO_ERROR);
    EQ(invoke(b, IOPORT_IN32, ARGS(0xfffd), NONE), ILLEGAL_OPERATION);
    // PCI configuration: the host bridge answers.
    EQ(invoke(b, IOPORT_OUT32, ARGS(0xcf8, 0x80000000), NONE), NO_ERROR);
    EQ(invoke(b, IOPORT_IN32, ARGS(0xcfc), NONE), NO_ERROR);
    CHECK((reply[0] & 0xffff) != 0xffff && reply[0] != 0);
    word vendor = reply[0] & 0xffff, device = reply[0] >> 16;
    EQ(invoke(b, IOPORT_IN16, ARGS(0xcfe), NONE), NO_ERROR);
    EQ(reply[0], device);
    EQ(invoke(b, IOPORT_IN8, ARGS(0xcfd), NONE), NO_ERROR);
    EQ(reply[0], vendor >> 8);
    // What is written is cut to the width.
    EQ(invoke(b, IOPORT_OUT32, ARGS(0xcf8, 0x1234567880000004), NONE), NO_ERROR);
    EQ(invoke(b, IOPORT_IN32, ARGS(0xcf8), NONE), NO_ERROR);
    EQ(reply[0], 0x80000004);
    EQ(issue(0xffff, 0xffff, c), REVOKE_FIRST);
    EQ(delete_cap(b), NO_ERROR);
    EQ(issue(0xffff, 0xffff, c), NO_ERROR);
}

// A program has no ports of its own, whatever its flags say.
static void without_capability(void) {
    struct thread* t = thread();
    extern const char x_in[];
    word r[R_COUNT] = {[R_RIP] = (word)x_in, [R_RDX] = 0x3fd, [R_FLAGS] = 0x3202};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    struct message m = {0};
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_USER, 0, 5));
    EQ(m.mr[3], 13);
    EQ(ipc->msg[4], 0);
}

const struct test port_tests[] = {{"port/errors", errors},
                                  {"port/widths", widths},
                                  {"port/whole-range", the_whole_range},
                                  {"port/without-capability", without_capability},
                                  {0, 0}};
