// SPDX-License-Identifier: GPL-3.0-only
//
// Exceptions of every vector a program can raise, and replies to them.
#include "lib.h"
#include "snippets.h"

struct exception {
    const char* name;
    const char* start;
    const char* at;  // 0: the start
    word vector, error;
    word rax;
};

static struct message fault;
static word vector_of(struct thread* t, word* error) {
    fault = (struct message){0};
    ipc->msg[4] = 0x5151;
    nb_recv(t->fault_ep, &fault);
    *error = ipc->msg[4];
    return fault.mr[3];
}

static void every_vector(void) {
    static const struct exception list[] = {
        {"divide", x_divide, 0, 0, 0, 1},
        {"debug", x_debug, x_debug_at, 1, 0, 0},
        {"int3", x_int3, x_int3_at, 3, 0, 0},
        {"int 3", x_int3_long, x_int3_long_at, 3, 0, 0},
        {"ud2", x_invalid, 0, 6, 0, 0},
        {"push es", x_bits32, 0, 6, 0, 0},
        {"lock nop", x_lock, 0, 6, 0, 0},
        {"avx", x_avx, 0, 6, 0, 0},
        {"stack", x_stack, x_stack_at, 12, 0, 0},
        {"canonical", x_general, 0, 13, 0, 0x800000000000},
        {"canonical high", x_general, 0, 13, 0, 0xffff7fffffffffff},
        {"hlt", x_hlt, 0, 13, 0, 0},
        {"cli", x_cli, 0, 13, 0, 0},
        {"in", x_in, 0, 13, 0, 0},
        {"int 0", x_int0, 0, 13, 0 * 8 + 2, 0},
        {"int 1", x_int1, 0, 13, 1 * 8 + 2, 0},
        {"int 4", x_int4, 0, 13, 4 * 8 + 2, 0},
        {"int 14", x_int14, 0, 13, 14 * 8 + 2, 0},
        {"int 20", x_int20, 0, 13, 0x20 * 8 + 2, 0},
        {"int 2e", x_int2e, 0, 13, 0x2e * 8 + 2, 0},
        {"int 80", x_int80, 0, 13, 0x80 * 8 + 2, 0},
        {"int 9d", x_int9d, 0, 13, 0x9d * 8 + 2, 0},
        {"kernel selector", x_selector, 0, 13, 0x08, 0x08},
        {"tss selector", x_selector, 0, 13, 0x18, 0x18},
        {"selector beyond", x_selector, 0, 13, 0xfff8, 0xfff8},
        {"ldt selector", x_selector, 0, 13, 0x04, 0x04},
        {"sysenter", x_sysenter, 0, 13, 0, 0},
        {"rdmsr", x_rdmsr, 0, 13, 0, 0},
        {"cr3", x_cr3, 0, 13, 0, 0},
        {"dr0", x_dr, 0, 13, 0, 0},
        {"swapgs", x_swapgs, 0, 13, 0, 0},
        {"wbinvd", x_wbinvd, 0, 13, 0, 0},
        {"xsetbv", x_xsetbv, 0, 13, 0, 0},
        {"lgdt", x_lgdt, 0, 13, 0, 0},
        {"sysret", x_sysret, 0, 13, 0, 0},
        {"jump", x_jump, 0, 13, 0, 0x800000000000},
        {"x87", x_x87, x_x87_at, 16, 0, 0},
    };
    struct thread* t = thread();
    for (word i = 0; i < sizeof list / sizeof *list; i++) {
        const struct exception* e = &list[i];
        word r[R_COUNT] = {[R_RIP] = (word)e->start, [R_RSP] = t->stack_top - 64, [R_FLAGS] = 0x202};
        r[R_RAX] = e->rax;
        EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
        word error, vector = vector_of(t, &error);
        word at = (word)(e->at ? e->at : e->start);
        if (e->start == x_jump && fault.mr[0] == e->rax) {
            at = e->rax;  // some processors, and QEMU, fault behind the jump
        }
        // QEMU without KVM knows no stack fault, no SYSENTER in long mode, and has its own error codes of
        // `int n`.
        if (e->start == x_stack && vector == 13) {
            vector = 12;
        }
        if ((e->start == x_sysenter || e->start == x_xsetbv) && vector == 6) {  // the latter without XSAVE
            vector = 13;
        }
        if (vector == 13 && e->error != error && (error - 2) / 2 == e->error - 2) {
            error = e->error;
        }
        if (fault.info != info_of(FAULT_USER, 0, 5) || vector != e->vector || error != e->error ||
            fault.mr[0] != at || (e->start != x_stack && fault.mr[1] != t->stack_top - 64)) {
            print("# ");
            print(e->name);
            print("\n");
            EQ(fault.info, info_of(FAULT_USER, 0, 5));
            EQ(vector, e->vector);
            EQ(error, e->error);
            EQ(fault.mr[0], at);
            EQ(fault.mr[1], t->stack_top - 64);
        }
        CHECK(fault.mr[2] & 0x202);
        EQ(suspend(t), NO_ERROR);
    }
}

static void replies(void) {
    struct thread* t = thread();
    word r[R_COUNT], error;
    for (word length = 0; length <= 5; length++) {
        start_at(t, s_ud2, 0);
        EQ(vector_of(t, &error), 6);
        // Nothing is restarted with a label, but the registers are written.
        ipc->msg[4] = 1;
        reply_with(info_of(9, 0, length), (word)x_int3, t->stack_top - 256, 0xffffffff, 3);
        EQ(read_registers(t, r), NO_ERROR);
        EQ(r[R_RIP], length >= 1 ? x_int3 : s_ud2);
        EQ(r[R_RSP], length >= 2 ? t->stack_top - 256 : t->stack_top - 8);
        // A processor pushes RF with a fault, some emulators do not.
        EQ(r[R_FLAGS] & ~(1ul << 16), length >= 3 ? 0xed7 : 0x202);
        EQ(vector_of(t, &error), 0);
        EQ(resume(t), NO_ERROR);
        EQ(vector_of(t, &error), length >= 1 ? 3 : 6);
        EQ(fault.mr[0], length >= 1 ? x_int3_at : s_ud2);
        EQ(fault.mr[1], length >= 2 ? t->stack_top - 256 : t->stack_top - 8);
        // Without one it goes on at once.
        reply_with(info_of(0, 0, length), (word)x_invalid, t->stack_top - 512, 0x246, 0);
        vector_of(t, &error);
        EQ(fault.info, info_of(FAULT_USER, 0, 5));
        EQ(fault.mr[0], length >= 1 ? x_invalid : s_ud2);
        EQ(fault.mr[1], length >= 2 ? t->stack_top - 512 : t->stack_top - 8);
        EQ(suspend(t), NO_ERROR);
    }
    start_at(t, s_ud2, 0);
    vector_of(t, &error);
    reply_with(info_of(0, 0, 1), 1ul << 47, 0, 0, 0);  // not canonical: 0
    struct message m = {0};
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_VM, 0, 4));
    EQ(m.mr[0], 0);
}

// The trap flag lives until a reply writes the flags.
static void single_step(void) {
    struct thread* t = thread();
    word error;
    start_at(t, x_debug, 0);
    EQ(vector_of(t, &error), 1);
    EQ(fault.mr[0], x_debug_at);
    EQ(fault.mr[2] & 0x100, 0x100);
    reply_with(0, 0, 0, 0, 0);
    EQ(vector_of(t, &error), 1);
    EQ(fault.mr[0], x_debug_at2);
    reply_with(info_of(0, 0, 2), fault.mr[0], fault.mr[1], 0, 0);
    EQ(vector_of(t, &error), 1);
    EQ(fault.mr[0], (word)x_debug_at2 + 1);
    reply_with(info_of(0, 0, 3), fault.mr[0], fault.mr[1], fault.mr[2], 0);
    EQ(vector_of(t, &error), 6);
    EQ(fault.mr[0], s_stored);
    EQ(fault.mr[2] & 0x100, 0);
}

// A page fault's address is that thread's, not of a later one.
static void two_at_once(void) {
    struct thread *a = thread(), *b = thread();
    word r[R_COUNT] = {[R_RIP] = (word)x_read, [R_RAX] = 0x11110000, [R_RSP] = a->stack_top};
    EQ(write_registers(a, 1, r, R_COUNT), NO_ERROR);
    r[R_RAX] = 0x22220000;
    EQ(write_registers(b, 1, r, R_COUNT), NO_ERROR);
    struct message m = {0};
    nb_recv(a->fault_ep, &m);
    EQ(m.mr[1], 0x11110000);
    nb_recv(b->fault_ep, &m);
    EQ(m.mr[1], 0x22220000);
}

// Flags a system call leaves alone: the direction flag is a program's own affair.
static void direction_flag(void) {
    struct thread* t = thread();
    word r[R_COUNT] = {[R_RIP] = (word)x_syscall_df, [R_RSP] = t->stack_top - 64, [R_RDX] = -7ul};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    // RSP is 0 after the call, so the push faults: its address tells.
    struct message m = {0};
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_VM, 0, 4));
    EQ(m.mr[0], x_syscall_df_after);
    EQ(m.mr[1], -8ul);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_FLAGS] & 0x400, 0x400);
    EQ(r[R_RSP], 0);
    EQ(r[R_RCX], x_syscall_df_after);
}

const struct test exception_tests[] = {
    {"exception/vectors", every_vector},          {"exception/replies", replies},
    {"exception/single-step", single_step},       {"exception/two-at-once", two_at_once},
    {"exception/direction-flag", direction_flag}, {0, 0}};
