// SPDX-License-Identifier: GPL-3.0-only
//
// Fault messages of every kind, and what each kind of reply does.
#include "lib.h"
#include "snippets.h"

// The fault of a thread, as its handler receives it; the words beyond the registers are in the main thread's
// buffer.
static word words[20];
static word fault_of(struct thread* t) {
    struct message m = {0};
    for (int i = 0; i < 20; i++) {
        ipc->msg[i] = 0x5151;
    }
    nb_recv(t->fault_ep, &m);
    for (int i = 0; i < 20; i++) {
        words[i] = i < 4 ? m.mr[i] : ipc->msg[i];
    }
    return m.info;
}

static word registers_of(struct thread* t, word* r) {
    return read_registers(t, r);
}

// A thread about to execute `syscall` with every register known.
static void syscall_thread(struct thread* t, word number) {
    word r[R_COUNT];
    for (word i = 0; i < R_COUNT; i++) {
        r[i] = 0xf00 + i;
    }
    r[R_RIP] = (word)s_syscall, r[R_RSP] = t->stack_top - 8, r[R_FLAGS] = 0x246, r[R_RDX] = number;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
}

static void unknown_syscall(void) {
    struct thread* t = thread();
    static const word numbers[] = {0,         1,          1000,      -31ul, -64ul, 0x7fffffffffffffff,
                                   1ul << 63, 0xfffffffb, -1ul << 32};
    for (word i = 0; i < sizeof numbers / 8; i++) {
        syscall_thread(t, numbers[i]);
        EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
        static const int order[] = {R_RAX, R_RBX, R_RCX, R_RDX, R_RSI, R_RDI, R_RBP, R_R8,
                                    R_R9,  R_R10, R_R11, R_R12, R_R13, R_R14, R_R15};
        for (int j = 0; j < 15; j++) {
            EQ(words[j], order[j] == R_RDX ? numbers[i] : 0xf00ul + (word)order[j]);
        }
        EQ(words[15], s_syscall);
        EQ(words[16], t->stack_top - 8);
        EQ(words[17], 0x246);
        EQ(words[18], numbers[i]);
        EQ(words[19], 0x5151);
    }
}

// The calls that other configurations have are unknown to this one.
static void absent_syscalls(void) {
    struct thread* t = thread();
    for (word n = 9; n <= 64; n++) {
        if (n == 30 && !has_fsgsbase()) {
            continue;  // SetTLSBase is for processors without the instructions
        }
        syscall_thread(t, -n);
        if (fault_of(t) != info_of(FAULT_SYSCALL, 0, 19)) {
            EQ(n, 0);
        }
    }
}

// A reply of n words writes the first n registers of the message, at most 18.
static void syscall_reply_lengths(void) {
    struct thread* t = thread();
    static const int order[] = {R_RAX, R_RBX, R_RCX, R_RDX, R_RSI, R_RDI, R_RBP, R_R8,  R_R9,
                                R_R10, R_R11, R_R12, R_R13, R_R14, R_R15, R_RIP, R_RSP, R_FLAGS};
    for (word n = 0; n <= 20; n++) {
        syscall_thread(t, 0x4000);
        EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
        struct message m = {0, info_of(0, 0, n), {0}, 0};
        word sent[20];
        for (word i = 0; i < 20; i++) {
            sent[i] = 0xabc000 + i;
        }
        sent[3] = 0x4001, sent[15] = (word)s_store, sent[16] = t->stack_top - 64, sent[17] = 0x203;
        for (word i = 0; i < 20; i++) {
            *(i < 4 ? &m.mr[i] : &ipc->msg[i]) = sent[i];
        }
        sel4(SYS_REPLY, &m);
        word r[R_COUNT];
        EQ(registers_of(t, r), NO_ERROR);
        for (word i = 0; i < 18; i++) {
            word was = order[i] == R_RIP     ? (word)s_syscall
                       : order[i] == R_RSP   ? t->stack_top - 8
                       : order[i] == R_FLAGS ? 0x246
                       : order[i] == R_RDX   ? 0x4000
                                             : 0xf00 + (word)order[i];
            if (n < 16 && (order[i] == R_RCX || order[i] == R_R11 || order[i] == R_RSP)) {
                // An interrupt before the call was repeated has saved what the return had put there.
                CHECK(r[order[i]] == (i < n ? sent[i] : was) || r[order[i]] == (word)s_syscall ||
                      r[order[i]] == 0x246 || r[order[i]] == 0);
            } else if (n < 16) {
                EQ(r[order[i]], i < n ? sent[i] : was);
            } else if (order[i] ==
                       R_RSP) {  // it went on to `s_store`, back from a system call: without stack
                EQ(store[R_RSP], 0);
            } else if (order[i] == R_RCX || order[i] == R_R11) {
                EQ(store[order[i]], order[i] == R_RCX ? (word)s_store : n >= 18 ? 0x203 : 0x246);
            } else if (order[i] == R_FLAGS) {
                EQ(store[R_FLAGS], n >= 18 ? 0x203 : 0x246);
            } else if (order[i] != R_RIP) {
                EQ(store[order[i]], sent[i]);
            }
        }
        if (n >= 16) {
            EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
        } else {
            EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
            EQ(words[18], n > 3 ? 0x4001 : 0x4000);
        }
        EQ(suspend(t), NO_ERROR);
    }
}

static void syscall_reply_label(void) {
    struct thread* t = thread();
    syscall_thread(t, 99);
    fault_of(t);
    reply_with(info_of(1, 0, 1), 0x777, 0, 0, 0);  // written, but the thread stays inactive
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RAX], 0x777);
    EQ(r[R_RIP], s_syscall);
    EQ(fault_of(t), 0);
    EQ(resume(t), NO_ERROR);
    EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
    EQ(words[0], 0x777);
}

static void syscall_reply_sanitised(void) {
    struct thread* t = thread();
    syscall_thread(t, 99);
    fault_of(t);
    for (int i = 4; i < 18; i++) {
        ipc->msg[i] = i;
    }
    ipc->msg[15] = 1ul << 63;
    ipc->msg[16] = 0x1234567812345678;
    ipc->msg[17] = -1ul;
    struct message m = {0, info_of(1, 0, 18), {0}, 0};
    sel4(SYS_REPLY, &m);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], 0);
    EQ(r[R_RSP], 0x1234567812345678);
    EQ(r[R_FLAGS], 0xed7);
}

// Emulating a call: the reply moves the thread behind it, and what it wrote is returned.
static void syscall_emulated(void) {
    struct thread* t = thread();
    syscall_thread(t, 7);
    EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
    struct message m = {0, info_of(0, 0, 18), {0x900d, words[1], words[2], words[3]}, 0};
    ipc->msg[15] += 2;
    ipc->msg[16] = t->stack_top - 128;  // not taken: the thread returns as from any system call
    sel4(SYS_REPLY, &m);
    EQ(store[3], 0x900d);
    EQ(store[1], 0);
    CHECK(store[20] == 0x3b || store[20] == 0x2b);  // the latter after an interrupt just then
    EQ(store[2] & 0xfff, 0x246);
}

static void traps(void) {
    struct thread* t = thread();
    static const struct {
        const char* at;
        word vector;
    } list[] = {{s_int9e, 0x9e}, {s_inta0, 0xa0}, {s_intfe, 0xfe}};
    for (int i = 0; i < 3; i++) {
        word r[R_COUNT];
        for (word j = 0; j < R_COUNT; j++) {
            r[j] = 0x700 + j;
        }
        r[R_RIP] = (word)list[i].at, r[R_RSP] = t->stack_top - 8, r[R_RAX] = 0x1122334455667788;
        r[R_FLAGS] = 0x246;
        EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
        EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
        EQ(words[0], 0x1122334455667788);
        EQ(words[2], 0x700 + R_RCX);
        EQ(words[10], 0x700 + R_R11);
        EQ(words[15], list[i].at);
        EQ(words[16], t->stack_top - 8);
        EQ(words[17], 0x246);
        EQ((u32)words[18], (u32)(list[i].vector << 24 | 0x667788));
        EQ(words[18], (word)(long)(int)(list[i].vector << 24 | 0x667788));
        reply_with(info_of(0, 0, 1), 0x111, 0, 0, 0);  // again, with another number
        EQ(fault_of(t), info_of(FAULT_SYSCALL, 0, 19));
        EQ((u32)words[18], (u32)(list[i].vector << 24 | 0x111));
        struct message m = {0, info_of(0, 0, 16), {words[0], words[1], words[2], words[3]}, 0};
        ipc->msg[15] += 2;
        sel4(SYS_REPLY, &m);
        EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
        EQ(words[0], s_stored);
        EQ(store[3], 0x111);
        EQ(suspend(t), NO_ERROR);
    }
    // 255 is the spurious vector: nothing happens.
    start_at(t, s_intff, 0);
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(words[0], s_stored);
}

static void vm_faults(void) {
    struct thread* t = thread();
    static const struct {
        const char* at;
        word address, fsr, prefetch;
    } list[] = {{x_read, 0x10000000, 4, 0},         {x_write, 0x10000000, 6, 0},
                {x_modify, 0x10000008, 4, 0},       {x_read, 0, 4, 0},
                {x_write, 0x7fffffffffff, 6, 0},    {x_read, 0x7ffffffff000, 4, 0},
                {x_read, 0xffffff8000000000, 5, 0}, {x_write, -8ul, 7, 0},
                {x_read, 0xffff800000000000, 4, 0}};
    for (word i = 0; i < sizeof list / sizeof *list; i++) {
        word r[R_COUNT] = {[R_RIP] = (word)list[i].at, [R_RAX] = list[i].address, [R_RSP] = t->stack_top};
        EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
        EQ(fault_of(t), info_of(FAULT_VM, 0, 4));
        EQ(words[0], list[i].at);
        EQ(words[1], list[i].address);
        EQ(words[2], list[i].prefetch);
        // What reads and writes faults as a write on a processor, as a read on some emulators.
        const word judged = list[i].at == x_modify ? 4 : 6;
        EQ(words[3] & judged, list[i].fsr & judged);
        if (list[i].address < 1ul << 47) {
            EQ(words[3] & ~(6 & ~judged), list[i].fsr & ~(6 & ~judged));
        }
        EQ(words[4], 0x5151);
        EQ(suspend(t), NO_ERROR);
    }
    // A jump into nothing: the instruction's address is both.
    static const word targets[] = {0, 0x20000000, 0x7fffffffe000, 0xffffffff80000000};
    for (int i = 0; i < 4; i++) {
        word r[R_COUNT] = {[R_RIP] = (word)x_jump, [R_RAX] = targets[i], [R_RSP] = t->stack_top};
        EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
        EQ(fault_of(t), info_of(FAULT_VM, 0, 4));
        EQ(words[0], targets[i]);
        EQ(words[1], targets[i]);
        EQ(words[2], 1);
        EQ(words[3] & ~1ul, 0x14);
        EQ(suspend(t), NO_ERROR);
    }
}

// Whatever the reply says, a thread with a VM or capability fault starts its instruction again.
static void vm_fault_replies(void) {
    struct thread* t = thread();
    word r[R_COUNT] = {[R_RIP] = (word)x_read, [R_RAX] = 0x10000000, [R_RSP] = t->stack_top};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    for (word label = 0; label < 3; label++) {
        for (word length = 0; length < 4; length++) {
            EQ(fault_of(t), info_of(FAULT_VM, 0, 4));
            EQ(words[0], x_read);
            reply_with(info_of(label, 0, length), (word)s_store, 0, 0, 0);
        }
    }
    // Solved by the handler: map, then reply.
    EQ(fault_of(t), info_of(FAULT_VM, 0, 4));
    word pt = object(OBJ_PT, 0), frame = object(OBJ_4K, 0);
    EQ(invoke(pt, PT_MAP, ARGS(0x600000, 0), CAPS(CAP_VSPACE)), NO_ERROR);
    EQ(invoke(frame, PAGE_MAP, ARGS(0x600000, RIGHT_RW, 0), CAPS(CAP_VSPACE)), NO_ERROR);
    *(volatile word*)0x600000 = 0xfeed;
    EQ(read_registers(t, r), NO_ERROR);
    r[R_RAX] = 0x600000;
    EQ(write_registers(t, 0, r, R_COUNT), NO_ERROR);
    reply_with(0, 0, 0, 0, 0);
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(store[5], 0xfeed);
}

// Calls with capabilities that do not resolve.
static void start_call(struct thread* t, word number, word cptr, word info) {
    word r[R_COUNT] = {[R_RIP] = (word)s_syscall, [R_RSP] = t->stack_top - 8, [R_RDI] = cptr, [R_RSI] = info};
    r[R_RDX] = number;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
}

static void expect_cap_fault(struct thread* t, word cptr, word receive, word type, word a, word b, word c) {
    word length = type == LOOKUP_INVALID_ROOT ? 4 : type == LOOKUP_MISSING ? 5 : type == LOOKUP_DEPTH ? 6 : 7;
    EQ(fault_of(t), info_of(FAULT_CAP, 0, length));
    EQ(words[0], s_syscall);
    EQ(words[1], cptr);
    EQ(words[2], receive);
    EQ(words[3], type);
    if (length > 4) {
        EQ(words[4], a);
    }
    if (length > 5) {
        EQ(words[5], b);
    }
    if (length > 6) {
        EQ(words[6], c);
    }
    EQ(words[length], 0x5151);
    EQ(suspend(t), NO_ERROR);
}

static void cap_faults(void) {
    struct thread* t = thread();
    word beyond = 1ul << boot->cnode_bits, ep = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0);
    word guard = 64 - boot->cnode_bits;
    static const word sends[] = {-1ul, -3ul};
    for (int i = 0; i < 2; i++) {
        start_call(t, sends[i], beyond, 0);
        expect_cap_fault(t, beyond, 0, LOOKUP_GUARD, 64, 0, guard);
        start_call(t, sends[i], -1ul, 0);
        expect_cap_fault(t, -1ul, 0, LOOKUP_GUARD, 64, 0, guard);
    }
    static const word receives[] = {-5ul, -8ul, -2ul};
    for (int i = 0; i < 3; i++) {
        start_call(t, receives[i], beyond, 0);
        expect_cap_fault(t, beyond, 1, LOOKUP_GUARD, 64, 0, guard);
        start_call(t, receives[i], 0, 0);
        expect_cap_fault(t, 0, 1, LOOKUP_MISSING, 0, 0, 0);
        start_call(t, receives[i], CAP_TCB, 0);
        expect_cap_fault(t, CAP_TCB, 1, LOOKUP_MISSING, 0, 0, 0);
        word write_only = mint(ep, RIGHT_WRITE | RIGHT_GRANT, 0);
        start_call(t, receives[i], write_only, 0);
        expect_cap_fault(t, write_only, 1, LOOKUP_MISSING, 0, 0, 0);
        write_only = mint(n, RIGHT_WRITE, 0);
        start_call(t, receives[i], write_only, 0);
        expect_cap_fault(t, write_only, 1, LOOKUP_MISSING, 0, 0, 0);
    }
    EQ(invoke(CAP_TCB, TCB_BIND_NOTIFICATION, NONE, CAPS(n)), NO_ERROR);
    start_call(t, -5ul, n, 0);
    expect_cap_fault(t, n, 1, LOOKUP_MISSING, 0, 0, 0);
    EQ(invoke(CAP_TCB, TCB_UNBIND_NOTIFICATION, NONE, NONE), NO_ERROR);
    // NBSend ignores it.
    start_call(t, -4ul, beyond, 0);
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(suspend(t), NO_ERROR);
    // An extra capability that does not resolve.
    t->ipc->caps[0] = CAP_TCB, t->ipc->caps[1] = beyond + 5, t->ipc->caps[2] = 0;
    start_call(t, -1ul, CAP_TCB, info_of(TCB_RESUME, 3, 0));
    expect_cap_fault(t, beyond + 5, 0, LOOKUP_GUARD, 64, 0, guard);
    start_call(t, -3ul, CAP_TCB, info_of(TCB_RESUME, 2, 0));
    expect_cap_fault(t, beyond + 5, 0, LOOKUP_GUARD, 64, 0, guard);
    start_call(t, -4ul, CAP_TCB, info_of(TCB_RESUME, 2, 0));
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(suspend(t), NO_ERROR);
    start_call(t, -1ul, CAP_TCB, info_of(TCB_RESUME, 1, 0));
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(store[7], 0);
}

// CSpaces with levels: where a lookup ends decides the words of the fault.
static void lookup_failures(void) {
    struct thread* t = thread();
    word top = object(OBJ_CNODE, 4), low = object(OBJ_CNODE, 4);
    // Two levels of 8 bits: guards of 4 bits with values 0xa and 0xb.
    word low_cap = slot();
    EQ(invoke(CAP_CNODE, CNODE_MINT, ARGS(low_cap, 64, low, 64, 15, 4 | 0xb << 6), CAPS(CAP_CNODE)),
       NO_ERROR);
    EQ(invoke(top, CNODE_MOVE, ARGS(3, 4, low_cap, 64), CAPS(CAP_CNODE)), NO_ERROR);
    EQ(invoke(low, CNODE_COPY, ARGS(5, 4, CAP_TCB, 64, 15), CAPS(CAP_CNODE)), NO_ERROR);
    EQ(invoke(low, CNODE_COPY, ARGS(6, 4, t->fault_ep, 64, 15), CAPS(CAP_CNODE)), NO_ERROR);
    // The fault endpoint is found in the same space: address a3b6 left-aligned to 64 bits.
    word fault = 0xa3b6ul << 48;
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(fault, 4 | 0xa << 6, 0), CAPS(top, CAP_VSPACE)), NO_ERROR);
    start_call(t, -3ul, 0xb3b5ul << 48, 0);
    expect_cap_fault(t, 0xb3b5ul << 48, 0, LOOKUP_GUARD, 64, 0xa, 4);
    start_call(t, -3ul, 0xa3c5ul << 48, 0);
    expect_cap_fault(t, 0xa3c5ul << 48, 0, LOOKUP_GUARD, 56, 0xb, 4);
    start_call(t, -5ul, 0xa3b7ul << 48, 0);  // an empty slot, 48 bits left
    expect_cap_fault(t, 0xa3b7ul << 48, 1, LOOKUP_MISSING, 0, 0, 0);
    // To a CNode as the last 8 bits: more is needed than there is.
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(0, 58 | 0ul << 6, 0), CAPS(top, CAP_VSPACE)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(fault, 4 | 0xa << 6, 0), CAPS(top, CAP_VSPACE)), NO_ERROR);
    // What is left over behind a slot that is no CNode does not matter.
    start_call(t, -1ul, 0xa3b5123456789abc, info_of(TCB_SUSPEND + 1, 0, 0));
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    EQ(store[7], 0);
}

// The fault endpoint must be usable, else the thread stops.
static void handlers(void) {
    struct thread* t = thread();
    word ep = object(OBJ_ENDPOINT, 0), n = object(OBJ_NOTIFICATION, 0), r[R_COUNT];
    const word bad[] = {0,
                        1ul << 63,
                        CAP_TCB,
                        n,
                        mint(ep, RIGHT_READ | RIGHT_GRANT, 0),
                        mint(ep, RIGHT_WRITE, 0),
                        mint(ep, RIGHT_WRITE | RIGHT_READ, 7)};
    for (word i = 0; i < sizeof bad / 8; i++) {
        EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(bad[i], 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
        start_at(t, s_ud2, 0);
        struct message m = {0};
        EQ(nb_recv(ep, &m), 0);
        EQ(m.info, 0);
        EQ(poll(n), 0);
        EQ(read_registers(t, r), NO_ERROR);
        EQ(r[R_RIP], s_ud2);
    }
    static const word good[] = {RIGHT_WRITE | RIGHT_GRANT, RIGHT_WRITE | RIGHT_GRANT_REPLY};
    for (int i = 0; i < 2; i++) {
        EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(mint(ep, good[i], 0x1000 + i), 0, 0),
                  CAPS(CAP_CNODE, CAP_VSPACE)),
           NO_ERROR);
        start_at(t, s_ud2, 0);
        struct message m = {0};
        EQ(nb_recv(ep, &m), 0x1000 + i);
        EQ(m.info, info_of(FAULT_USER, 0, 5));
        EQ(m.mr[3], 6);
    }
    // A stopped thread can be given a handler and resumed: it faults again.
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(0, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
    start_at(t, s_ud2, 0);
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
    EQ(fault_of(t), 0);
    EQ(resume(t), NO_ERROR);
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
}

// Replies by a saved capability, sent or called.
static void saved_replies(void) {
    struct thread* t = thread();
    word saved = slot();
    for (int way = 0; way < 3; way++) {
        start_at(t, s_ud2, 0);
        EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
        EQ(invoke(CAP_CNODE, CNODE_SAVE_CALLER, ARGS(saved, 64), NONE), NO_ERROR);
        struct message m = {saved, info_of(0, 0, 1), {(word)x_int3, 0, 0, 0}, 0};
        sel4(way == 0 ? SYS_SEND : way == 1 ? SYS_NB_SEND : SYS_SEND, &m);
        EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
        EQ(words[0], x_int3_at);
        EQ(invoke(saved, 0, NONE, NONE), INVALID_CAPABILITY);  // spent
        EQ(suspend(t), NO_ERROR);
    }
    // Deleting it leaves the thread waiting; Resume starts it again.
    start_at(t, s_ud2, 0);
    fault_of(t);
    EQ(invoke(CAP_CNODE, CNODE_SAVE_CALLER, ARGS(saved, 64), NONE), NO_ERROR);
    EQ(delete_cap(saved), NO_ERROR);
    EQ(fault_of(t), 0);
    EQ(resume(t), NO_ERROR);
    EQ(fault_of(t), info_of(FAULT_USER, 0, 5));
    // The next receive of the handler drops an unanswered fault.
    EQ(fault_of(t), 0);
    reply_with(0, 0, 0, 0, 0);
    EQ(fault_of(t), 0);
}

// A handler without a buffer sees the first four words.
static word served[2];
static void handler_thread(word ep) {
    struct message m = {0};
    recv(ep, &m);
    served[0] = m.info;
    served[1] = m.mr[3];
    // Reply with six words, of which four can be sent.
    m.badge = ep, m.info = info_of(0, 0, 6);
    m.mr[0] = 0x11, m.mr[1] = 0x22, m.mr[2] = 0x33, m.mr[3] = 0x4002;
    sel4(SYS_REPLY_RECV, &m);
    thread_exit();
}

static void handler_without_buffer(void) {
    struct thread *t = thread(), *h = thread();
    EQ(invoke(h->tcb, TCB_SET_IPC_BUFFER, ARGS(0), CAPS(0)), NO_ERROR);
    start(h, handler_thread, t->fault_ep);
    syscall_thread(t, 0x4000);
    EQ(served[0], info_of(FAULT_SYSCALL, 0, 4));
    EQ(served[1], 0x4000);
    word r[R_COUNT];
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RAX], 0x11);
    EQ(r[R_RBX], 0x22);
    EQ(r[R_RDX], 0x4002);
    EQ(r[R_RSI], 0xf00 + R_RSI);
}

const struct test fault_tests[] = {{"fault/unknown-syscall", unknown_syscall},
                                   {"fault/absent-syscalls", absent_syscalls},
                                   {"fault/syscall-reply-lengths", syscall_reply_lengths},
                                   {"fault/syscall-reply-label", syscall_reply_label},
                                   {"fault/syscall-reply-sanitised", syscall_reply_sanitised},
                                   {"fault/syscall-emulated", syscall_emulated},
                                   {"fault/traps", traps},
                                   {"fault/vm", vm_faults},
                                   {"fault/vm-replies", vm_fault_replies},
                                   {"fault/capability", cap_faults},
                                   {"fault/lookup", lookup_failures},
                                   {"fault/handlers", handlers},
                                   {"fault/saved-replies", saved_replies},
                                   {"fault/no-buffer", handler_without_buffer},
                                   {0, 0}};
