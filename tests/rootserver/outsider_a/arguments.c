// SPDX-License-Identifier: GPL-3.0-only
// Every label of every object with too little, and the checks of the invocations that have no suite of their
// own.
#include "lib.h"

static const W eight[8] = {0, 0, 0, 0, 0, 0, 0, 0};

// Labels that the object knows, each with the words and caps it needs.
struct method {
    W label, words, caps;
};

static void knows(const char* name, W cap, const struct method* known, int count) {
    W wrong = 0;
    for (W label = 0; label < LABELS + 8; ++label) {
        const struct method* m = 0;
        for (int i = 0; i < count; ++i)
            if (known[i].label == label) m = &known[i];
        if (m == 0 &&
            invoke(cap, label, eight, 8, LIST(C_CNODE, C_CNODE, C_CNODE)).info != INFO(E_ILLEGAL, 0, 0, 0))
            wrong = label + 1000;
        if (m == 0) continue;
        for (W words = 0; words < m->words; ++words)
            if (invoke(cap, label, eight, words, LIST(C_CNODE, C_CNODE, C_CNODE)).info !=
                INFO(E_TRUNCATED, 0, 0, 0))
                wrong = label;
        for (W caps = 0; caps < m->caps; ++caps)
            if (invoke(cap, label, eight, 8, (const W[]){C_CNODE, C_CNODE, C_CNODE}, caps).info !=
                INFO(E_TRUNCATED, 0, 0, 0))
                wrong = label + 100;
    }
    check_words(name, &wrong, (W[]){0}, 1);
}

#define KNOWS(name, cap, ...)                              \
    knows(name, cap, (const struct method[]){__VA_ARGS__}, \
          sizeof((struct method[]){__VA_ARGS__}) / sizeof(struct method))

static void test_truncated(void) {
    const W t = object(O_TCB, 0), c = object(O_CNODE, 4), u = object(O_UNTYPED, 12);
    KNOWS("labels of an untyped", u, {RETYPE, 6, 1});
    KNOWS("labels of a thread", t, {READ_REGS, 2, 0}, {WRITE_REGS, 2, 0}, {COPY_REGS, 1, 1},
          {CONFIGURE, 4, 3}, {SET_PRIORITY, 1, 1}, {SET_MCP, 1, 1}, {SET_SCHED, 2, 1}, {SET_BUFFER, 1, 1},
          {SET_SPACE, 3, 2}, {SUSPEND, 0, 0}, {RESUME, 0, 0}, {BIND, 0, 1}, {UNBIND, 0, 0}, {SET_TLS, 1, 0},
          {SET_FLAGS, 2, 0});
    KNOWS("labels of a CNode", c, {REVOKE, 2, 0}, {DELETE, 2, 0}, {CANCEL_BADGED, 2, 0}, {COPY, 2, 0},
          {MINT, 2, 0}, {MOVE, 2, 0}, {MUTATE, 2, 0}, {ROTATE, 2, 0}, {SAVE_CALLER, 2, 0});
    KNOWS("labels of the domain cap", C_DOMAIN, {DOMAIN_SET, 1, 1}, {DOMAIN_CONFIGURE, 3, 0},
          {DOMAIN_START, 1, 0});
    KNOWS("labels of the IRQ control cap", C_IRQ, {IRQ_GET, 3, 1}, {IRQ_IOAPIC, 7, 1}, {IRQ_MSI, 7, 1});
    KNOWS("labels of the port control cap", C_IOPORT, {IOPORT_ISSUE, 4, 1});
    KNOWS("labels of the ASID control cap", C_ASID_CONTROL, {MAKE_POOL, 2, 2});
    KNOWS("labels of the ASID pool", C_ASID_POOL, {ASSIGN, 0, 1});
    KNOWS("labels of a frame", object(O_4K, 0), {PAGE_MAP, 3, 1}, {PAGE_UNMAP, 0, 0}, {PAGE_ADDRESS, 0, 0});
    KNOWS("labels of a page table", object(O_PT, 0), {PT_MAP, 2, 1}, {PT_UNMAP, 0, 0});
    KNOWS("labels of a page directory", object(O_PD, 0), {PD_MAP, 2, 1}, {PD_UNMAP, 0, 0});
    KNOWS("labels of a PDPT", object(O_PDPT, 0), {PDPT_MAP, 2, 1}, {PDPT_UNMAP, 0, 0});
    const struct method none = {~0ul, 0, 0};
    knows("labels of a VSpace", C_VSPACE, &none, 1);
}

static void test_registers_calls(void) {
    const W t = object(O_TCB, 0), e = object(O_EP, 0);
    W words[27] = {0, 20};
    EXPECT("count 0", invoke(t, READ_REGS, LIST(0, 0), NONE), E_RANGE, 1, 20);
    EXPECT("count 21", invoke(t, READ_REGS, LIST(0, 21), NONE), E_RANGE, 1, 20);
    EXPECT("the count is told before the thread", invoke(C_TCB, READ_REGS, LIST(0, 21), NONE), E_RANGE, 1,
           20);
    EXPECT0("a thread's own registers", invoke(C_TCB, READ_REGS, LIST(0, 1), NONE), E_ILLEGAL);
    EXPECT0("are not written either", invoke(C_TCB, WRITE_REGS, LIST(0, 0), NONE), E_ILLEGAL);
    EXPECT0("more words than there are", invoke(t, WRITE_REGS, LIST(0, 3, 1, 2), NONE), E_TRUNCATED);
    EXPECT0("told before the thread", invoke(C_TCB, WRITE_REGS, LIST(0, 3, 1, 2), NONE), E_TRUNCATED);
    for (W i = 0; i < 25; ++i)
        words[2 + i] = 0x1000 + i;
    words[1] = 25;
    EXPECT0("more words than registers", invoke(t, WRITE_REGS, words, 27, NONE), E_OK);
    struct result r = invoke(t, READ_REGS, LIST(0, 20), NONE);
    W expected[20];
    for (W i = 0; i < 20; ++i)
        expected[i] = 0x1000 + i;
    expected[2] = ((0x1002 | 2) & 0xfff) | 0x200;
    check_result("read back", r, E_OK, expected, 20);
    EXPECT0("two of them", invoke(t, WRITE_REGS, LIST(0, 2, 0x77, 0x88, 0x99), NONE), E_OK);
    EXPECT("read back, three", invoke(t, READ_REGS, LIST(0, 3), NONE), E_OK, 0x77, 0x88, expected[2]);
    EXPECT("a source that is none", invoke(t, COPY_REGS, LIST(0xc), LIST(e)), E_CAP, 1);
    const W u = object(O_TCB, 0);
    EXPECT0("CopyRegisters of nothing", invoke(u, COPY_REGS, LIST(0), LIST(t)), E_OK);
    EXPECT("copies nothing", invoke(u, READ_REGS, LIST(0, 2), NONE), E_OK, 0, 0);
    EXPECT0("SetTLSBase", invoke(u, SET_TLS, LIST(0x123456), NONE), E_OK);
    r = invoke(u, READ_REGS, LIST(0, 20), NONE);
    check("sets fs", r.mr[18] == 0x123456 && r.mr[19] == 0);
    EXPECT("SetFlags", invoke(u, SET_FLAGS, LIST(0, 0), NONE), E_OK, 0);
    EXPECT("knows one", invoke(u, SET_FLAGS, LIST(0, ~0ul), NONE), E_OK, 1);
    EXPECT("and clears it", invoke(u, SET_FLAGS, LIST(1, 0), NONE), E_OK, 0);
    EXPECT("set wins over clear", invoke(u, SET_FLAGS, LIST(1, 1), NONE), E_OK, 1);
}

static void test_domain(void) {
    const W t = object(O_TCB, 0), e = object(O_EP, 0);
    EXPECT("a domain beyond", invoke(C_DOMAIN, DOMAIN_SET, LIST(16), NONE), E_ARG, 0);
    EXPECT("no thread", invoke(C_DOMAIN, DOMAIN_SET, LIST(15), LIST(e)), E_ARG, 1);
    EXPECT0("a thread", invoke(C_DOMAIN, DOMAIN_SET, LIST(15), LIST(t)), E_OK);
    EXPECT("the last index", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(99, 99, ~0ul), NONE), E_RANGE, 0, 98);
    EXPECT("an index beyond", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(100, 99, ~0ul), NONE), E_RANGE, 0, 98);
    EXPECT("a domain beyond", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(98, 16, ~0ul), NONE), E_RANGE, 0, 15);
    EXPECT("a duration beyond", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(98, 15, 1ul << 56), NONE), E_ARG, 2);
    EXPECT("an end marker with a domain", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(98, 15, 0), NONE), E_ARG,
           1);
    EXPECT("an empty start", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(0, 0, 0), NONE), E_ARG, 2);
    EXPECT("a start beyond", invoke(C_DOMAIN, DOMAIN_START, LIST(100), NONE), E_RANGE, 0, 99);
    EXPECT("a start that is an end marker", invoke(C_DOMAIN, DOMAIN_START, LIST(50), NONE), E_ARG, 0);
    EXPECT("also the last", invoke(C_DOMAIN, DOMAIN_START, LIST(99), NONE), E_ARG, 0);
    EXPECT0("an entry", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(98, 0, 5), NONE), E_OK);
    EXPECT0("and none", invoke(C_DOMAIN, DOMAIN_CONFIGURE, LIST(98, 0, 0), NONE), E_OK);
}

static struct result irq(W label, W index, W depth, W a, W b, W c, W d, W vector, W root) {
    return invoke(C_IRQ, label, LIST(index, depth, a, b, c, d, vector), LIST(root));
}

static void test_irq(void) {
    const W s = slot(), e = object(O_EP, 0), n = object(O_NTFN, 0);
    EXPECT0("no legacy interrupts", invoke(C_IRQ, IRQ_GET, LIST(5, s, 64), LIST(C_CNODE)), E_ILLEGAL);
    EXPECT("a vector beyond", irq(IRQ_IOAPIC, s, 65, 9, 99, 9, 9, 108, e), E_RANGE, 0, 107);
    EXPECT("no CNode", irq(IRQ_IOAPIC, s, 65, 9, 99, 9, 9, 100, e), E_LOOKUP, 0, L_ROOT);
    EXPECT("a bad depth", irq(IRQ_IOAPIC, s, 65, 9, 99, 9, 9, 100, C_CNODE), E_RANGE, 1, 64);
    EXPECT0("a full slot", irq(IRQ_IOAPIC, e, 64, 9, 99, 9, 9, 100, C_CNODE), E_DELETE);
    EXPECT("an IOAPIC beyond", irq(IRQ_IOAPIC, s, 64, 9, 99, 9, 9, 100, C_CNODE), E_RANGE, 0, 0);
    EXPECT("a pin beyond", irq(IRQ_IOAPIC, s, 64, 0, 99, 9, 9, 100, C_CNODE), E_RANGE, 0, 23);
    EXPECT("a level beyond", irq(IRQ_IOAPIC, s, 64, 0, 20, 2, 9, 100, C_CNODE), E_RANGE, 0, 1);
    EXPECT("a polarity beyond", irq(IRQ_IOAPIC, s, 64, 0, 20, 1, 2, 100, C_CNODE), E_RANGE, 0, 1);
    EXPECT("a bus beyond", irq(IRQ_MSI, s, 64, 256, 32, 8, 0, 100, C_CNODE), E_RANGE, 0, 255);
    EXPECT("a device beyond", irq(IRQ_MSI, s, 64, 255, 32, 8, 0, 100, C_CNODE), E_RANGE, 0, 31);
    EXPECT("a function beyond", irq(IRQ_MSI, s, 64, 255, 31, 8, 0, 100, C_CNODE), E_RANGE, 0, 7);
    EXPECT0("a handler", irq(IRQ_MSI, s, 64, 255, 31, 7, 0, 100, C_CNODE), E_OK);
    EXPECT0("one for each vector", irq(IRQ_MSI, slot(), 64, 255, 31, 7, 0, 100, C_CNODE), E_REVOKE);
    EXPECT0("told before the slot", irq(IRQ_IOAPIC, s, 65, 0, 0, 0, 0, 100, e), E_REVOKE);
    KNOWS("labels of a handler", s, {IRQ_ACK, 0, 0}, {IRQ_SET, 0, 1}, {IRQ_CLEAR, 0, 0});
    EXPECT("a notification is wanted", invoke(s, IRQ_SET, NONE, LIST(e)), E_CAP, 0);
    EXPECT("with Write", invoke(s, IRQ_SET, NONE, LIST(mint(n, R_READ, 0))), E_CAP, 0);
    EXPECT0("set", invoke(s, IRQ_SET, NONE, LIST(n)), E_OK);
    const W c = copy(s);
    EXPECT0("copies of a handler", invoke(c, IRQ_SET, NONE, LIST(n)), E_OK);
    drop(s);
    EXPECT0("keep the vector", irq(IRQ_MSI, s, 64, 255, 31, 7, 0, 100, C_CNODE), E_REVOKE);
    drop(c);
    EXPECT0("until the last goes", irq(IRQ_MSI, s, 64, 255, 31, 7, 0, 100, C_CNODE), E_OK);
    const W copied = copy(s);
    revoke(s);
    check("the original's copies are its children", full(s) && !full(copied));
    EXPECT0("Revoke of the control cap", invoke(C_CNODE, REVOKE, LIST(C_IRQ, 64), NONE), E_OK);
    check("takes handlers", !full(s));
}

static struct result ports(W first, W last, W index, W depth, W root) {
    return invoke(C_IOPORT, IOPORT_ISSUE, LIST(first, last, index, depth), LIST(root));
}

static void test_ports(void) {
    const W s = slot(), e = object(O_EP, 0);
    EXPECT("last before first", ports(0x5001, 0x5000, s, 65, e), E_ARG, 1);
    EXPECT0("ports in use", ports(0x3f0, 0x3f8, s, 65, e), E_REVOKE);
    EXPECT("no CNode", ports(0x5000, 0x5003, s, 65, e), E_LOOKUP, 0, L_ROOT);
    EXPECT0("a full slot", ports(0x5000, 0x5003, e, 64, C_CNODE), E_DELETE);
    EXPECT0("four ports", ports(0x15000, 0xffff5003, s, 64, C_CNODE), E_OK);
    EXPECT0("an overlap", ports(0x5003, 0x5003, slot(), 64, C_CNODE), E_REVOKE);
    KNOWS("labels of ports", s, {IN8, 1, 0}, {IN16, 1, 0}, {IN32, 1, 0}, {OUT8, 2, 0}, {OUT16, 2, 0},
          {OUT32, 2, 0});
    EXPECT0("a port before", invoke(s, IN8, LIST(0x4fff), NONE), E_ILLEGAL);
    EXPECT0("a word over the end", invoke(s, IN16, LIST(0x5003), NONE), E_ILLEGAL);
    EXPECT0("a long word too", invoke(s, OUT32, LIST(0x5001, 0), NONE), E_ILLEGAL);
    EXPECT("all of it", invoke(s, IN32, LIST(0x5000), NONE), E_OK, 0xffffffff);
    EXPECT("the upper bits of a port do not count", invoke(s, IN8, LIST(0x75003), NONE), E_OK, 0xff);
    const W c = copy(s);
    drop(s);
    EXPECT0("a copy keeps the range", ports(0x5000, 0x5003, s, 64, C_CNODE), E_REVOKE);
    drop(c);
    EXPECT0("the last frees it", ports(0x5000, 0x5003, s, 64, C_CNODE), E_OK);
    const W moved = slot();
    EXPECT0("the control cap can be moved",
            invoke(C_CNODE, MOVE, LIST(moved, 64, C_IOPORT, 64), LIST(C_CNODE)), E_OK);
    EXPECT0("and back", invoke(C_CNODE, MOVE, LIST(C_IOPORT, 64, moved, 64), LIST(C_CNODE)), E_OK);
}

void test_arguments(void) {
    suite("arguments");
    test_truncated();
    test_registers_calls();
    test_domain();
    test_irq();
    test_ports();
}
