// SPDX-License-Identifier: GPL-3.0-only
//
// What a mapping means to the program: rights, replacement, sharing, attributes, and spaces that go away.
#include "lib.h"
#include "snippets.h"

enum { AT = 0x600000 };  // beside the image, in the same page directory

static word prepare(void) {
    word pt = object(OBJ_PT, 0);
    EQ(map_table(pt, PT_MAP, AT, CAP_VSPACE), NO_ERROR);
    return pt;
}

// What becomes of a thread that touches `address`: 0, or the error code of its fault.
static word touch(struct thread* t, const void* how, word address) {
    word r[R_COUNT] = {[R_RIP] = (word)how, [R_RAX] = address, [R_RCX] = 0x77, [R_RSP] = t->stack_top};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    struct message m = {0};
    nb_recv(t->fault_ep, &m);
    word label = label_of(m.info);
    if (label == FAULT_VM) {
        EQ(m.mr[1], address);
    }
    EQ(suspend(t), NO_ERROR);
    return label == FAULT_VM ? m.mr[3] : label == FAULT_USER ? 0 : 99;
}

static void rights(void) {
    struct thread* t = thread();
    prepare();
    word frame = object(OBJ_4K, 0);
    static const struct {
        word cap, map;
        word read, write;
    } list[] = {{15, 3, 0, 0}, {15, 2, 0, 7}, {15, 1, 5, 7}, {15, 0, 5, 7}, {15, 15, 0, 0}, {2, 3, 0, 7},
                {1, 3, 5, 7},  {0, 3, 5, 7},  {3, 3, 0, 0},  {12, 3, 5, 7}, {2, 1, 5, 7}};
    for (word i = 0; i < sizeof list / sizeof *list; i++) {
        word cap = mint(frame, list[i].cap, 0);
        EQ(map_page(cap, AT, list[i].map, CAP_VSPACE), NO_ERROR);
        EQ(touch(t, x_read, AT), list[i].read);
        EQ(touch(t, x_write, AT), list[i].write);
        EQ(delete_cap(cap), NO_ERROR);
        EQ(touch(t, x_read, AT), 4);
        EQ(touch(t, x_write, AT), 6);
    }
}

static void executable(void) {
    struct thread* t = thread();
    prepare();
    word frame = object(OBJ_4K, 0);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *(volatile u16*)AT = 0x0b0f;  // ud2
    EQ(touch(t, x_jump, AT), 0);
    EQ(map_page(frame, AT, RIGHT_READ, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_jump, AT), 0);
    EQ(map_page(frame, AT, 0, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_jump, AT), 0x15);
    EQ(invoke(frame, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(touch(t, x_jump, AT), 0x14);
}

// Lower rights and replaced pages are seen at once.
static void remap(void) {
    struct thread* t = thread();
    prepare();
    word a = object(OBJ_4K, 0), b = object(OBJ_4K, 0);
    volatile word* p = (volatile word*)AT;
    EQ(map_page(a, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *p = 0xa;
    EQ(map_page(a, AT, RIGHT_READ, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_write, AT), 7);
    EQ(map_page(a, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_write, AT), 0);
    EQ(*p, 0x77);
    // Another frame's entry is silently replaced; the displaced capability still believes to be mapped.
    EQ(map_page(b, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(*p, 0);
    *p = 0xb;
    EQ(map_page(a, AT + 0x1000, RIGHT_RW, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(invoke(a, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(*p, 0xb);
    EQ(map_page(a, AT + 0x1000, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(p[512], 0x77);
    EQ(invoke(b, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(touch(t, x_read, AT), 4);
    EQ(invoke(b, PAGE_UNMAP, NONE, NONE), NO_ERROR);  // not mapped: fine
}

static void large_pages(void) {
    struct thread* t = thread();
    word a = object(OBJ_2M, 0), b = object(OBJ_2M, 0), pt = object(OBJ_PT, 0);
    volatile word* p = (volatile word*)AT;
    EQ(map_page(a, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    p[0] = 1, p[0x1fffff / 8] = 2;
    EQ(touch(t, x_write, AT + 0x123450), 0);
    EQ(p[0x123450 / 8], 0x77);
    EQ(map_page(b, AT, RIGHT_READ, CAP_VSPACE), NO_ERROR);  // replaces it
    EQ(p[0], 0);
    EQ(p[0x1fffff / 8], 0);
    EQ(touch(t, x_write, AT), 7);
    EQ(invoke(a, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(p[0], 0);
    EQ(map_table(pt, PT_MAP, AT, CAP_VSPACE), DELETE_FIRST);
    EQ(delete_cap(b), NO_ERROR);
    EQ(touch(t, x_read, AT), 4);
    EQ(map_table(pt, PT_MAP, AT, CAP_VSPACE), NO_ERROR);
    EQ(map_page(a, AT, RIGHT_RW, CAP_VSPACE), DELETE_FIRST);
    EQ(delete_cap(pt), NO_ERROR);
    EQ(map_page(a, AT, 0, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_read, AT + 0x100000), 5);
}

// Huge pages exist as device memory on every machine.
static void huge_pages(void) {
    enum { HIGH = 1ul << 40 };
    struct thread* t = thread();
    word page = device_frame(1ul << 40, OBJ_1G, 30);
    word pdpt = object(OBJ_PDPT, 0), pd = object(OBJ_PD, 0);
    if (!page) {
        return;
    }
    EQ(invoke(page, PAGE_GET_ADDRESS, NONE, NONE), NO_ERROR);
    EQ(reply[0], 1ul << 40);
    EQ(map_page(page, HIGH, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    EQ(reply[2], 39);
    EQ(map_table(pdpt, PDPT_MAP, HIGH, CAP_VSPACE), NO_ERROR);
    EQ(map_page(page, HIGH + 0x200000, RIGHT_RW, CAP_VSPACE), ALIGNMENT_ERROR);
    EQ(map_page(page, 0x7fffc0000000, RIGHT_RW, CAP_VSPACE), INVALID_ARGUMENT);
    EQ(map_table(pd, PD_MAP, HIGH, CAP_VSPACE), NO_ERROR);
    EQ(map_page(page, HIGH, RIGHT_RW, CAP_VSPACE), DELETE_FIRST);
    EQ(invoke(pd, PD_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_page(page, HIGH, 0, CAP_VSPACE), NO_ERROR);
    EQ(touch(t, x_read, HIGH + 0x3ffffff8), 5);
    EQ(map_table(pd, PD_MAP, HIGH, CAP_VSPACE), DELETE_FIRST);
    word frame = object(OBJ_4K, 0);
    EQ(map_page(frame, HIGH, RIGHT_RW, CAP_VSPACE), FAILED_LOOKUP);
    EQ(reply[2], 30);
    EQ(invoke(page, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(touch(t, x_read, HIGH), 4);
}

static void attributes(void) {
    prepare();
    word frame = object(OBJ_4K, 0);
    volatile word* p = (volatile word*)AT;
    static const word all[] = {0, 1, 2, 3, 4, 5, 6, 7, -1ul};
    for (int i = 0; i < 9; i++) {
        EQ(invoke(frame, PAGE_MAP, ARGS(AT, RIGHT_RW, all[i]), CAPS(CAP_VSPACE)), NO_ERROR);
        *p = (word)i;
        EQ(*p, i);
    }
    word pt = object(OBJ_PT, 0);
    EQ(invoke(pt, PT_MAP, ARGS(AT + 0x200000, -1ul), CAPS(CAP_VSPACE)), NO_ERROR);
    EQ(map_page(copy(frame), AT + 0x200000, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(p[0x200000 / 8], 8);
}

// A thread in a space of its own sees the same memory under other addresses; unmapping reaches it there.
static void second_space(void) {
    struct thread* t = thread();
    struct space s = space_with_image();
    prepare();
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
    word pt = object(OBJ_PT, 0), frame = object(OBJ_4K, 0), there = copy(frame);
    EQ(map_table(pt, PT_MAP, AT, s.pml4), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *(volatile word*)AT = 0x5eed;
    EQ(touch(t, x_read, AT), 4);
    EQ(map_page(there, AT + 0x5000, RIGHT_READ, s.pml4), NO_ERROR);
    EQ(touch(t, x_read, AT + 0x5000), 0);
    EQ(store[5], 0x5eed);
    EQ(touch(t, x_write, AT + 0x5000), 7);
    EQ(invoke(there, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(touch(t, x_read, AT + 0x5000), 4);
    EQ(map_page(there, AT + 0x5000, RIGHT_RW, s.pml4), NO_ERROR);
    EQ(touch(t, x_read, AT + 0x5000), 0);
    // Back to ours, while it keeps its registers.
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
    EQ(touch(t, x_read, AT + 0x5000), 4);
    EQ(touch(t, x_read, AT), 0);
}

// The last capability of a space goes: its threads fault at their next instruction.
static void deleted_space(void) {
    for (int way = 0; way < 3; way++) {
        struct thread* t = thread();
        struct space s = space_with_image();
        EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
        EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
        start_at(t, s_spin, 0);
        spin_count = 0;
        yield();
        CHECK(spin_count > 0);
        if (way == 0) {
            EQ(revoke(s.pml4), NO_ERROR);  // takes the TCB's own copy
            EQ(delete_cap(s.pml4), NO_ERROR);
        } else if (way == 1) {
            EQ(delete_cap(s.pml4), NO_ERROR);  // the TCB's copy keeps it alive
            word before = spin_count;
            yield();
            CHECK(spin_count > before);
            EQ(suspend(t), NO_ERROR);
            continue;
        } else {
            EQ(invoke(s.pt, PT_UNMAP, NONE, NONE), NO_ERROR);
        }
        word before = spin_count;
        yield();
        EQ(spin_count, before);
        struct message m = {0};
        nb_recv(t->fault_ep, &m);
        EQ(m.info, info_of(FAULT_VM, 0, 4));
        EQ(m.mr[0], m.mr[1]);
        CHECK(m.mr[0] >= (word)s_spin && m.mr[0] < (word)s_ud2);
        EQ(m.mr[2], 1);
        EQ(m.mr[3], 0x14);
        reply_with(0, 0, 0, 0, 0);
        yield();
        m.info = 0;
        nb_recv(t->fault_ep, &m);
        EQ(m.info, info_of(FAULT_VM, 0, 4));
        EQ(suspend(t), NO_ERROR);
    }
}

// Frames outlive the space they were mapped in.
static void frames_of_deleted_space(void) {
    struct space s = space_with_image();
    prepare();
    word pt = object(OBJ_PT, 0), frame = object(OBJ_4K, 0);
    EQ(map_table(pt, PT_MAP, AT, s.pml4), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, s.pml4), NO_ERROR);
    EQ(delete_cap(s.pml4), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), INVALID_CAPABILITY);  // it still names the dead space
    EQ(reply[0], 1);
    EQ(invoke(frame, PAGE_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_page(frame, AT, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(invoke(pt, PT_UNMAP, NONE, NONE), NO_ERROR);
    EQ(map_table(pt, PT_MAP, AT + 0x200000, CAP_VSPACE), NO_ERROR);
}

// Threads of many spaces, switched between quickly: nobody sees another's page.
static void many_spaces(void) {
    enum { SPACES = 6 };
    struct thread* t[SPACES];
    for (word i = 0; i < SPACES; i++) {
        t[i] = thread();
        struct space s = space_with_image();
        word pt = object(OBJ_PT, 0), frame = object(OBJ_4K, 0);
        EQ(invoke(t[i]->tcb, TCB_SET_SPACE, ARGS(t[i]->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
        EQ(map_table(pt, PT_MAP, AT, s.pml4), NO_ERROR);
        EQ(map_page(frame, AT, RIGHT_RW, s.pml4), NO_ERROR);
        word r[R_COUNT] = {[R_RIP] = (word)x_write, [R_RAX] = AT, [R_RCX] = 0x1000 + i};
        EQ(write_registers(t[i], 1, r, R_COUNT), NO_ERROR);
    }
    for (int round = 0; round < 3; round++) {
        for (word i = 0; i < SPACES; i++) {
            EQ(touch(t[i], x_read, AT), 0);
            EQ(store[5], 0x1000 + i);
            word r[R_COUNT] = {[R_RIP] = (word)x_write, [R_RAX] = AT, [R_RCX] = 0x1000 + i};
            EQ(write_registers(t[i], 1, r, R_COUNT), NO_ERROR);
        }
    }
}

const struct test mapping_tests[] = {{"mapping/rights", rights},
                                     {"mapping/executable", executable},
                                     {"mapping/remap", remap},
                                     {"mapping/large", large_pages},
                                     {"mapping/huge", huge_pages},
                                     {"mapping/attributes", attributes},
                                     {"mapping/second-space", second_space},
                                     {"mapping/deleted-space", deleted_space},
                                     {"mapping/frames-left", frames_of_deleted_space},
                                     {"mapping/many-spaces", many_spaces},
                                     {0, 0}};
