// SPDX-License-Identifier: GPL-3.0-only
//
// The invocations of a TCB: every argument that can be wrong, in the order in which the kernel looks.
#include "lib.h"

static void registers(void) {
    struct thread* t = thread();
    EQ(invoke(t->tcb, TCB_READ_REGISTERS, ARGS(0), NONE), TRUNCATED_MESSAGE);
    EQ(reply_length, 0);
    static const word bad[] = {0, 21, -1ul};
    for (int i = 0; i < 3; i++) {
        EQ(invoke(t->tcb, TCB_READ_REGISTERS, ARGS(0, bad[i]), NONE), RANGE_ERROR);
        EQ(reply_length, 2);
        EQ(reply[0], 1);
        EQ(reply[1], 20);
    }
    EQ(invoke(CAP_TCB, TCB_READ_REGISTERS, ARGS(0, 20), NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_TCB, TCB_READ_REGISTERS, ARGS(0, 21), NONE), RANGE_ERROR);
    for (word n = 1; n <= 20; n++) {
        EQ(invoke(t->tcb, TCB_READ_REGISTERS, ARGS(0xff00, n), NONE), NO_ERROR);
        EQ(reply_length, n);
    }
    EQ(reply[R_FLAGS], 0x202);
    for (int i = 0; i < R_COUNT; i++) {
        EQ(reply[i], i == R_FLAGS ? 0x202 : 0);
    }
    EQ(invoke(t->tcb, TCB_WRITE_REGISTERS, ARGS(0), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_WRITE_REGISTERS, ARGS(0, 1), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_WRITE_REGISTERS, ARGS(0, 0), NONE), NO_ERROR);
    EQ(invoke(t->tcb, TCB_WRITE_REGISTERS, ARGS(0, -1ul), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(CAP_TCB, TCB_WRITE_REGISTERS, ARGS(0, 0), NONE), ILLEGAL_OPERATION);
    EQ(invoke(CAP_TCB, TCB_WRITE_REGISTERS, ARGS(0, 1), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_COPY_REGISTERS, NONE, CAPS(CAP_TCB)), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_COPY_REGISTERS, ARGS(0), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_COPY_REGISTERS, ARGS(0), CAPS(CAP_CNODE)), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(invoke(t->tcb, TCB_COPY_REGISTERS, ARGS(0xff00), CAPS(CAP_TCB)), NO_ERROR);
}

static void write_all(void) {
    struct thread* t = thread();
    word in[30], out[R_COUNT];
    for (word i = 0; i < 30; i++) {
        in[i] = 0x1000000 * (i + 1) + i;
    }
    EQ(write_registers(t, 0, in, 30), NO_ERROR);  // 20 are taken
    EQ(read_registers(t, out), NO_ERROR);
    for (int i = 0; i < R_COUNT; i++) {
        word flags = ((in[R_FLAGS] | 2 | 0x200) & ~0x128ul) & 0xfff;
        EQ(out[i], i == R_FLAGS ? flags : in[i]);
    }
    // A prefix leaves the rest.
    for (word n = 0; n <= R_COUNT; n++) {
        word part[R_COUNT], before[R_COUNT];
        EQ(read_registers(t, before), NO_ERROR);
        for (int i = 0; i < R_COUNT; i++) {
            part[i] = 0x202 + 0x1000 * n;
        }
        EQ(write_registers(t, 0, part, n), NO_ERROR);
        EQ(read_registers(t, out), NO_ERROR);
        for (word i = 0; i < R_COUNT; i++) {
            EQ(out[i], i >= n ? before[i] : i == R_FLAGS ? (0x202 + 0x1000 * n) & 0xfff : part[i]);
        }
    }
}

static void sanitising(void) {
    struct thread* t = thread();
    word in[R_COUNT] = {0}, out[R_COUNT];
    static const word flags[][2] = {{0, 0x202},      {-1ul, 0xed7 & ~0ul}, {0x100, 0x202},
                                    {0x3000, 0x202}, {0x4000, 0x202},      {0x40000, 0x202},
                                    {0xcd5, 0xed7},  {0x200000, 0x202},    {1ul << 32, 0x202}};
    for (word i = 0; i < sizeof flags / sizeof *flags; i++) {
        in[R_FLAGS] = flags[i][0];
        EQ(write_registers(t, 0, in, R_COUNT), NO_ERROR);
        EQ(read_registers(t, out), NO_ERROR);
        EQ(out[R_FLAGS], flags[i][1]);
    }
    static const word addresses[][2] = {
        {0x7fffffffffff, 0x7fffffffffff},         {0x800000000000, 0}, {0xffff7fffffffffff, 0},
        {0xffff800000000000, 0xffff800000000000}, {-1ul, -1ul},        {1ul << 63, 0}};
    for (word i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        in[R_RIP] = in[R_FS] = in[R_GS] = in[R_RSP] = addresses[i][0];
        EQ(write_registers(t, 0, in, R_COUNT), NO_ERROR);
        EQ(read_registers(t, out), NO_ERROR);
        EQ(out[R_RIP], addresses[i][1]);
        EQ(out[R_FS], addresses[i][1]);
        EQ(out[R_GS], addresses[i][1]);
        EQ(out[R_RSP], addresses[i][0]);  // a stack pointer is any word
    }
}

static void copy_registers(void) {
    struct thread *a = thread(), *b = thread();
    word in[R_COUNT], before[R_COUNT], out[R_COUNT];
    for (word i = 0; i < R_COUNT; i++) {
        in[i] = 0x500000 + i * 16;
    }
    in[R_FLAGS] = 0x202;
    EQ(write_registers(a, 0, in, R_COUNT), NO_ERROR);
    EQ(read_registers(b, before), NO_ERROR);
    for (word flags = 0; flags < 16; flags += 4) {
        word zero[R_COUNT] = {0};
        EQ(write_registers(b, 0, zero, R_COUNT), NO_ERROR);
        EQ(invoke(b->tcb, TCB_COPY_REGISTERS, ARGS(flags), CAPS(a->tcb)), NO_ERROR);
        EQ(reply_length, 0);
        EQ(read_registers(b, out), NO_ERROR);
        for (int i = 0; i < R_COUNT; i++) {
            int taken = i < R_FS ? flags & 4 : flags & 8;
            EQ(out[i], taken ? in[i] : i == R_FLAGS ? 0x202 : 0);
        }
    }
}

static word configure(word tcb, word fault, word data, word vdata, word buffer, word c, word v, word f) {
    return invoke(tcb, TCB_CONFIGURE, ARGS(fault, data, vdata, buffer), CAPS(c, v, f));
}

static void configure_errors(void) {
    word tcb = object(OBJ_TCB, 0), pml4 = object(OBJ_PML4, 0), frame = object(OBJ_4K, 0);
    word ep = object(OBJ_ENDPOINT, 0), cnode = object(OBJ_CNODE, 4);
    EQ(invoke(tcb, TCB_CONFIGURE, ARGS(0, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE, frame)), TRUNCATED_MESSAGE);
    EQ(invoke(tcb, TCB_CONFIGURE, ARGS(0, 0, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), TRUNCATED_MESSAGE);
    EQ(configure(tcb, 0, 0, 0, 0, CAP_CNODE, CAP_VSPACE, 0), NO_ERROR);
    EQ(configure(tcb, 0, 0, 0, 0, CAP_CNODE, CAP_VSPACE, ep), NO_ERROR);
    EQ(configure(tcb, 0, 0, 0, 0x1000, CAP_CNODE, CAP_VSPACE, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 0, 0, 0x1000, CAP_CNODE, CAP_VSPACE, ep), ILLEGAL_OPERATION);
    for (word offset = 1; offset < 1024; offset += 31) {
        EQ(configure(tcb, 0, 0, 0, 0x1000 + offset, CAP_CNODE, CAP_VSPACE, frame), ALIGNMENT_ERROR);
    }
    for (word offset = 0; offset < 4096; offset += 1024) {
        EQ(configure(tcb, 0, 0, 0, 0x1000 + offset, CAP_CNODE, CAP_VSPACE, frame), NO_ERROR);
    }
    EQ(configure(tcb, 0, 0, 0, 0xfffffffffffffc00, CAP_CNODE, CAP_VSPACE, frame), NO_ERROR);
    // The buffer is looked at first, then the CSpace, then the VSpace.
    EQ(configure(tcb, 0, 0, 0, 0x1001, ep, ep, frame), ALIGNMENT_ERROR);
    EQ(configure(tcb, 0, 0, 0, 0, ep, CAP_VSPACE, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 0, 0, 0, 0, CAP_VSPACE, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 0, 0, 0, CAP_CNODE, pml4, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 0, 0, 0, CAP_CNODE, CAP_CNODE, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 0, 0, 0, CAP_CNODE, 0, 0), ILLEGAL_OPERATION);
    EQ(configure(tcb, 0, 60, 0, 0, cnode, CAP_VSPACE, 0), NO_ERROR);
    EQ(configure(tcb, 0, 61, 0, 0, cnode, CAP_VSPACE, 0), ILLEGAL_OPERATION);  // guard and radix pass 64
    EQ(configure(tcb, 0, 0, 0x77, 0, CAP_CNODE, CAP_VSPACE, 0), NO_ERROR);     // page tables have no data
    EQ(invoke(tcb, TCB_SET_SPACE, ARGS(0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), TRUNCATED_MESSAGE);
    EQ(invoke(tcb, TCB_SET_SPACE, ARGS(0, 0, 0), CAPS(CAP_CNODE)), TRUNCATED_MESSAGE);
    EQ(invoke(tcb, TCB_SET_SPACE, ARGS(0, 0, 0), CAPS(ep, CAP_VSPACE)), ILLEGAL_OPERATION);
    EQ(invoke(tcb, TCB_SET_SPACE, ARGS(0, 0, 0), CAPS(CAP_CNODE, pml4)), ILLEGAL_OPERATION);
    EQ(invoke(tcb, TCB_SET_SPACE, ARGS(0, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, NONE, CAPS(frame)), TRUNCATED_MESSAGE);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, ARGS(0x1000), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, ARGS(0), CAPS(0)), NO_ERROR);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, ARGS(0x1000), CAPS(0)), ILLEGAL_OPERATION);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, ARGS(0x1200), CAPS(frame)), ALIGNMENT_ERROR);
    EQ(invoke(tcb, TCB_SET_IPC_BUFFER, ARGS(0x1400), CAPS(frame)), NO_ERROR);
}

static void priorities(void) {
    struct thread *t = thread(), *a = thread();
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, NONE, CAPS(CAP_TCB)), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(1), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(1), CAPS(CAP_CNODE)), INVALID_CAPABILITY);
    EQ(reply[0], 1);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(1), CAPS(0)), INVALID_CAPABILITY);
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, NONE, CAPS(CAP_TCB)), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, ARGS(1), CAPS(CAP_CNODE)), INVALID_CAPABILITY);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(1), CAPS(CAP_TCB)), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(1, 1), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(1, 1), CAPS(CAP_CNODE)), INVALID_CAPABILITY);
    // The authority is the TCB passed, not the caller: a's MCP is 0.
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(1), CAPS(a->tcb)), RANGE_ERROR);
    EQ(reply_length, 2);
    EQ(reply[0], 0);
    EQ(reply[1], 0);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(0), CAPS(a->tcb)), NO_ERROR);
    EQ(invoke(a->tcb, TCB_SET_MC_PRIORITY, ARGS(100), CAPS(CAP_TCB)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(100), CAPS(a->tcb)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(101), CAPS(a->tcb)), RANGE_ERROR);
    EQ(reply[1], 100);
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, ARGS(101), CAPS(a->tcb)), RANGE_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(101, 5), CAPS(a->tcb)), RANGE_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(5, 101), CAPS(a->tcb)), RANGE_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SCHED_PARAMS, ARGS(5, 100), CAPS(a->tcb)), NO_ERROR);  // priority above its MCP
    EQ(invoke(a->tcb, TCB_SET_MC_PRIORITY, ARGS(6), CAPS(t->tcb)), RANGE_ERROR);
    EQ(reply[1], 5);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(256), CAPS(CAP_TCB)), RANGE_ERROR);
    EQ(reply[1], 255);
    EQ(invoke(t->tcb, TCB_SET_PRIORITY, ARGS(1ul << 32), CAPS(CAP_TCB)), RANGE_ERROR);
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, ARGS(-1ul), CAPS(CAP_TCB)), RANGE_ERROR);
    // A thread may lower its own MCP through itself, and not raise it again.
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, ARGS(3), CAPS(t->tcb)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_MC_PRIORITY, ARGS(4), CAPS(t->tcb)), RANGE_ERROR);
}

static void notifications(void) {
    struct thread *t = thread(), *u = thread();
    word n = object(OBJ_NOTIFICATION, 0), other = object(OBJ_NOTIFICATION, 0), ep = object(OBJ_ENDPOINT, 0);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(ep)), ILLEGAL_OPERATION);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(0)), ILLEGAL_OPERATION);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 0))), ILLEGAL_OPERATION);
    EQ(invoke(t->tcb, TCB_UNBIND_NOTIFICATION, NONE, NONE), ILLEGAL_OPERATION);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_READ, 0))), NO_ERROR);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(other)), ILLEGAL_OPERATION);
    EQ(invoke(u->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), ILLEGAL_OPERATION);
    EQ(invoke(t->tcb, TCB_UNBIND_NOTIFICATION, NONE, NONE), NO_ERROR);
    EQ(invoke(u->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
    EQ(delete_cap(u->tcb), NO_ERROR);  // the last capability of a bound thread unbinds
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_UNBIND_NOTIFICATION, NONE, NONE), NO_ERROR);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(other)), NO_ERROR);
    EQ(revoke(other), NO_ERROR);
    EQ(delete_cap(other), NO_ERROR);
    EQ(invoke(t->tcb, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
}

static void flags_and_tls(void) {
    struct thread* t = thread();
    word out[R_COUNT];
    EQ(invoke(t->tcb, TCB_SET_TLS_BASE, NONE, NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_TLS_BASE, ARGS(0x123456789), NONE), NO_ERROR);
    EQ(read_registers(t, out), NO_ERROR);
    EQ(out[R_FS], 0x123456789);
    EQ(out[R_GS], 0);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0), NONE), TRUNCATED_MESSAGE);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0, 0), NONE), NO_ERROR);
    EQ(reply_length, 1);
    EQ(reply[0], 0);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0, 1), NONE), NO_ERROR);
    EQ(reply[0], 1);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0, 0), NONE), NO_ERROR);
    EQ(reply[0], 1);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(1, 1), NONE), NO_ERROR);  // set wins
    EQ(reply[0], 1);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE), NO_ERROR);
    EQ(reply[0], 0);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0, 0xfffffffffffffffe), NONE), NO_ERROR);
    EQ(reply[0], 0);
}

static void unknown_labels(void) {
    struct thread* t = thread();
    static const word labels[] = {0, 1, 17, 26, 53, 1000, (1ul << 52) - 1};
    for (word i = 0; i < sizeof labels / 8; i++) {
        EQ(invoke(t->tcb, labels[i], ARGS(0, 0, 0, 0, 0, 0, 0, 0), CAPS(CAP_TCB, CAP_TCB, CAP_TCB)),
           ILLEGAL_OPERATION);
        EQ(reply_length, 0);
    }
    for (word i = 0; i < 60; i++) {
        if (i < TCB_READ_REGISTERS || i > TCB_SET_FLAGS) {
            EQ(invoke(t->tcb, i, NONE, NONE), ILLEGAL_OPERATION);
        }
    }
}

const struct test tcb_tests[] = {{"tcb/registers", registers},         {"tcb/write-all", write_all},
                                 {"tcb/sanitising", sanitising},       {"tcb/copy", copy_registers},
                                 {"tcb/configure", configure_errors},  {"tcb/priorities", priorities},
                                 {"tcb/notifications", notifications}, {"tcb/flags-tls", flags_and_tls},
                                 {"tcb/labels", unknown_labels},       {0, 0}};
