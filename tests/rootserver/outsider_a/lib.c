// SPDX-License-Identifier: GPL-3.0-only
#include "lib.h"

const struct boot_info* boot;
W pool;

static W passed, failed;
static const char* current_suite = "";
static W serial;
static W first_slot, next_slot;

// --- text ---

static void port_out(W port, W data) {
    struct regs r = {.rdx = (W)SYS_CALL, .rdi = serial, .rsi = INFO(OUT8, 0, 0, 2), .r10 = port, .r8 = data};
    raw_syscall(&r);
}

void print(const char* text) {
    for (; *text; ++text) {
        if (*text == '\n') port_out(0x3f8, '\r');
        port_out(0x3f8, (unsigned char)*text);
    }
}

void print_word(W word) {
    char digits[19] = "0x0";
    int at = 2, shift = 60;
    while (shift > 0 && (word >> shift & 15) == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        digits[at++] = "0123456789abcdef"[word >> shift & 15];
    digits[at] = 0;
    print(digits);
}

static void verdict(const char* name, int good) {
    ++*(good ? &passed : &failed);
    print(good ? "ok " : "FAIL ");
    print(current_suite);
    print(": ");
    print(name);
}

void suite(const char* name) {
    current_suite = name;
}

void check(const char* name, int good) {
    verdict(name, good);
    print("\n");
}

void check_words(const char* name, const W* got, const W* expected, W count) {
    int same = 1;
    for (W i = 0; i < count; ++i)
        same &= got[i] == expected[i];
    verdict(name, same);
    for (int pass = 0; !same && pass < 2; ++pass) {
        print(pass ? " expected" : " got");
        for (W i = 0; i < count; ++i) {
            print(" ");
            print_word((pass ? expected : got)[i]);
        }
    }
    print("\n");
}

static void decimal(W number) {
    char digits[21];
    int at = 20;
    digits[20] = 0;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    print(&digits[at]);
}

_Noreturn void finish(void) {
    decimal(passed);
    print(" passed, ");
    decimal(failed);
    print(" failed\n");
    invoke(C_IOPORT, IOPORT_ISSUE, LIST(0xf4, 0xf7, first_slot, 64), LIST(C_CNODE));
    invoke(first_slot, OUT32, LIST(0xf4, 0), NONE);
    invoke(C_IOPORT, IOPORT_ISSUE, LIST(0x604, 0x605, first_slot + 1, 64), LIST(C_CNODE));
    invoke(first_slot + 1, OUT16, LIST(0x604, 0x2000), NONE);
    for (;;)
        sys0(SYS_YIELD, 0);
}

// --- invocations ---

static struct buffer* own_buffer(void) {
    // Helpers do not use invoke() with more than four words or capabilities.
    return boot->buffer;
}

static void complain(const char* what, W got, W expected) {
    verdict(what, 0);
    print(" got ");
    print_word(got);
    print(" expected ");
    print_word(expected);
    print("\n");
}

static void check_preserved(const struct regs* a, const struct regs* b) {
    if (a->rax != b->rax) complain("rax", b->rax, a->rax);
    if (a->rdx != b->rdx) complain("rdx", b->rdx, a->rdx);
    if (a->rbp != b->rbp) complain("rbp", b->rbp, a->rbp);
    if (a->r12 != b->r12) complain("r12", b->r12, a->r12);
    if (a->r13 != b->r13) complain("r13", b->r13, a->r13);
    if (a->r14 != b->r14) complain("r14", b->r14, a->r14);
}

static struct regs poisoned(int number, W dest, W info) {
    return (struct regs){.rax = 0xa1,
                         .rdx = (W)number,
                         .rsi = info,
                         .rdi = dest,
                         .rbp = 0xb1,
                         .r12 = 0xc1,
                         .r13 = 0xd1,
                         .r14 = 0xe1};
}

struct result invoke(W cap, W label, const W* mr, W length, const W* caps, W cap_count) {
    struct buffer* buffer = own_buffer();
    W first[4];
    for (W i = 0; i < length; ++i)
        if (i >= 4) buffer->msg[i] = mr[i];
    for (W i = 0; i < 4; ++i)
        first[i] = i < length ? mr[i] : POISON(i);
    for (W i = 0; i < cap_count; ++i)
        buffer->caps[i] = caps[i];
    struct regs before = poisoned(SYS_CALL, cap, INFO(label, 0, cap_count, length));
    before.r10 = first[0], before.r8 = first[1], before.r9 = first[2], before.r15 = first[3];
    struct regs r = before;
    raw_syscall(&r);
    check_preserved(&before, &r);
    struct result out = {LABEL(r.rsi), LENGTH(r.rsi), r.rdi, r.rsi, {r.r10, r.r8, r.r9, r.r15}};
    for (W i = 4; i < 24; ++i)
        out.mr[i] = buffer->msg[i];
    for (W i = out.length; i < 4; ++i)
        if (out.mr[i] != first[i]) complain("a message register beyond the answer", out.mr[i], first[i]);
    if (r.rsp != 0) complain("rsp", r.rsp, 0);
    return out;
}

void check_result(const char* name, struct result r, W error, const W* words, W count) {
    W got[26] = {r.badge, r.info}, expected[26] = {0, INFO(error, 0, 0, count)};
    for (W i = 0; i < count; ++i) {
        expected[2 + i] = words[i];
        got[2 + i] = r.mr[i];
    }
    check_words(name, got, expected, 2 + count);
}

struct message sys(int number, W dest, W info, W m0, W m1, W m2, W m3) {
    struct regs before = poisoned(number, dest, info);
    before.r10 = m0, before.r8 = m1, before.r9 = m2, before.r15 = m3;
    struct regs r = before;
    raw_syscall(&r);
    check_preserved(&before, &r);
    return (struct message){r.rdi, r.rsi, {r.r10, r.r8, r.r9, r.r15}};
}

struct message sys0(int number, W dest) {
    return sys(number, dest, INFO(0, 0, 0, 0), POISON(0), POISON(1), POISON(2), POISON(3));
}

// --- objects ---

W slot(void) {
    return next_slot++;
}

W retype(W untyped, W type, W bits, W first, W count) {
    return invoke(untyped, RETYPE, LIST(type, bits, 0, 0, first, count), LIST(C_CNODE)).error;
}

W make(W untyped, W type, W bits) {
    const W s = slot();
    const W error = retype(untyped, type, bits, s, 1);
    if (error != E_OK) complain("an object is made", error, 0);
    return s;
}

W object(W type, W bits) {
    return make(pool, type, bits);
}

W mint(W source, W rights, W badge) {
    const W s = slot();
    const W error = invoke(C_CNODE, MINT, LIST(s, 64, source, 64, rights, badge), LIST(C_CNODE)).error;
    if (error != E_OK) complain("a capability is minted", error, 0);
    return s;
}

W copy(W source) {
    const W s = slot();
    const W error = cnode_copy(C_CNODE, s, 64, source).error;
    if (error != E_OK) complain("a capability is copied", error, 0);
    return s;
}

struct result cnode_copy(W to, W index, W depth, W source) {
    return invoke(to, COPY, LIST(index, depth, source, 64, R_ALL), LIST(C_CNODE));
}

W drop(W s) {
    return invoke(C_CNODE, DELETE, LIST(s, 64), NONE).error;
}

W revoke(W s) {
    return invoke(C_CNODE, REVOKE, LIST(s, 64), NONE).error;
}

int full(W s) {
    return invoke(C_CNODE, COPY, LIST(s, 64, 0, 64, R_ALL), LIST(C_CNODE)).error == E_DELETE;
}

void forget(void) {
    if (revoke(pool) != E_OK) complain("the pool is revoked", 1, 0);
    for (W s = first_slot; s < next_slot; ++s)
        drop(s);
    next_slot = first_slot;
}

// --- start ---

static void run(void (*test)(void)) {
    test();
    forget();
}

static void set_up(void) {
    next_slot = boot->empty.start;
    serial = slot();
    invoke(C_IOPORT, IOPORT_ISSUE, LIST(0x3f8, 0x3ff, serial, 64), LIST(C_CNODE));
    static const unsigned char program[][2] = {{1, 0}, {3, 0x80}, {0, 1}, {1, 0}, {3, 3}, {2, 7}, {4, 11}};
    for (unsigned i = 0; i < sizeof program / 2; ++i)
        port_out(0x3f8u + program[i][0], program[i][1]);
    pool = slot();
    W best = 0;
    for (W i = 0; i < boot->untyped.end - boot->untyped.start; ++i)
        if (!boot->list[i].device && (best == 0 || boot->list[i].bits > boot->list[best - 1].bits))
            best = i + 1;
    if (best == 0 || retype(boot->untyped.start + best - 1, O_UNTYPED, 22, pool, 1) != E_OK) {
        print("FAIL no memory\n");
        ++failed;
        finish();
    }
    first_slot = next_slot;
    invoke(C_TCB, SET_PRIORITY, LIST(100), LIST(C_TCB));
}

void outside_main(const struct boot_info* info) {
    boot = info;
    set_up();
    static void (*const tests[])(void) = {
        test_registers,    test_lookup, test_cnode_ops,  test_retype,   test_ipc,
        test_transfer,     test_reply,  test_derivation, test_deletion, test_preempt,
        test_notification, test_tcb,    test_arguments,  test_corners,  test_programs,
    };
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; ++i)
        run(tests[i]);
    finish();
}
