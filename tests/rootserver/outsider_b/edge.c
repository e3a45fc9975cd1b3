// SPDX-License-Identifier: GPL-3.0-only
//
// Threads that pull the ground from under themselves, messages without buffers, and what the initial
// capabilities say of their mappings.
#include "lib.h"
#include "snippets.h"

// A thread that makes one invocation of two capabilities by registers, then stores what came back.
static void start_invocation(struct thread* t, word number, word cap, word info, word mr0, word mr1) {
    word r[R_COUNT] = {[R_RIP] = (word)s_syscall, [R_RSP] = t->stack_top - 8, [R_RDI] = cap, [R_RSI] = info};
    r[R_RDX] = number, r[R_R10] = mr0, r[R_R8] = mr1;
    for (int i = 0; i < 22; i++) {
        store[i] = 0xdead;
    }
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
}

static word fault_label(struct thread* t, struct message* m) {
    *m = (struct message){0};
    nb_recv(t->fault_ep, m);
    return label_of(m->info);
}

static void own_thread(void) {
    struct thread* t = thread();
    struct message m;
    // Deleting the last capability of oneself: gone, without a word.
    start_invocation(t, -1ul, CAP_CNODE, info_of(CNODE_DELETE, 0, 2), t->tcb, 64);
    EQ(fault_label(t, &m), 0);
    EQ(store[7], 0xdead);
    EQ(invoke(t->tcb, TCB_RESUME, NONE, NONE), INVALID_CAPABILITY);
}

static void own_space(void) {
    struct message m;
    // Its own capability space: the next system call finds no root, nor does the fault find a handler.
    struct thread* t = thread();
    word cnode = object(OBJ_CNODE, 3);
    EQ(invoke(cnode, CNODE_COPY, ARGS(1, 3, CAP_CNODE, 64, 15), CAPS(CAP_CNODE)), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(0, 61, 0), CAPS(cnode, CAP_VSPACE)), NO_ERROR);
    EQ(revoke(cnode), NO_ERROR);
    word r[R_COUNT];
    start_invocation(t, -5ul, 1, 0, 0, 0);
    EQ(fault_label(t, &m), 0);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_RIP], s_syscall);
    // Its own address space.
    struct thread* u = thread();
    struct space s = space_with_image();
    EQ(invoke(u->tcb, TCB_SET_SPACE, ARGS(u->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
    start_invocation(u, -1ul, CAP_CNODE, info_of(CNODE_REVOKE, 0, 2), s.pml4, 64);
    // It goes on in the space that is loaded; the next switch to it finds that it has none.
    EQ(fault_label(u, &m), FAULT_USER);
    EQ(store[7], 0);
    reply_with(0, 0, 0, 0, 0);
    EQ(fault_label(u, &m), FAULT_VM);
    EQ(m.mr[0], s_stored);
    EQ(m.mr[2], 1);
    EQ(invoke(u->tcb, TCB_SET_SPACE, ARGS(u->fault_ep, 0, 0), CAPS(CAP_CNODE, CAP_VSPACE)), NO_ERROR);
    reply_with(0, 0, 0, 0, 0);
    EQ(fault_label(u, &m), FAULT_USER);
}

static void pool_of_running_space(void) {
    struct thread* t = thread();
    word untyped = untyped_of(12), pool = slot();
    EQ(invoke(CAP_ASID_CONTROL, ASID_MAKE_POOL, ARGS(pool, 64), CAPS(untyped, CAP_CNODE)), NO_ERROR);
    struct space s = space_of_pool(pool);
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_SPACE, ARGS(t->fault_ep, 0, 0), CAPS(CAP_CNODE, s.pml4)), NO_ERROR);
    start_at(t, s_spin, 0);
    spin_count = 0;
    yield();
    CHECK(spin_count > 0);
    EQ(delete_cap(pool), NO_ERROR);
    word before = spin_count;
    yield();
    EQ(spin_count, before);
    struct message m;
    EQ(fault_label(t, &m), FAULT_VM);
    EQ(m.mr[3], 0x14);
    EQ(delete_cap(s.pml4), NO_ERROR);
}

static void own_registers(void) {
    struct thread* t = thread();
    struct message m;
    // Copying a frame onto itself sets the next instruction to the restart point: the call is made once more,
    // with what the first reply left: a call of capability 0.
    t->ipc->caps[0] = t->tcb;
    start_invocation(t, -1ul, t->tcb, info_of(TCB_COPY_REGISTERS, 1, 1), 4, 0);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(INVALID_CAPABILITY, 0, 1));
    EQ(store[10 + 2], 0);
    EQ(suspend(t), NO_ERROR);
    start_invocation(t, -1ul, t->tcb, info_of(TCB_RESUME, 0, 0), 0, 0);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], 0);
    EQ(suspend(t), NO_ERROR);
    t->ipc->caps[0] = CAP_TCB;
    start_invocation(t, -1ul, t->tcb, info_of(TCB_SET_PRIORITY, 1, 1), MAIN_PRIORITY - 1, 0);
    EQ(fault_label(t, &m), 0);  // it waits behind us
    EQ(store[7], 0xdead);
    EQ(set_priority(t->tcb, PRIORITY), NO_ERROR);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], 0);
}

// Without a buffer: four words at most, and nothing beyond them in errors and results.
static void without_buffer(void) {
    struct thread *t = thread(), *other = thread();
    struct message m;
    EQ(invoke(t->tcb, TCB_SET_IPC_BUFFER, ARGS(0), CAPS(0)), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 20);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(0, 0, 4));
    EQ(suspend(t), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 3);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(0, 0, 3));
    EQ(suspend(t), NO_ERROR);
    // Words beyond the registers are read as... there are none: the arguments 4 and on are 0, the
    // capabilities absent.
    start_invocation(t, -1ul, other->tcb, info_of(TCB_SET_PRIORITY, 1, 1), 1, 0);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(TRUNCATED_MESSAGE, 0, 0));
}

// A buffer that may only be read: enough to send, not to receive.
static void read_only_buffer(void) {
    struct thread *t = thread(), *other = thread();
    struct message m;
    word r[R_COUNT] = {0};
    word frame = mint(image_frame(t->ipc), RIGHT_READ, 0);
    EQ(invoke(t->tcb, TCB_SET_IPC_BUFFER, ARGS((word)t->ipc), CAPS(frame)), NO_ERROR);
    for (int i = 0; i < 120; i++) {
        t->ipc->msg[i] = 0x900 + (word)i;
    }
    start_invocation(t, -1ul, other->tcb, info_of(TCB_WRITE_REGISTERS, 0, 10), 0, 8);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], 0);
    EQ(read_registers(other, r), NO_ERROR);
    EQ(r[R_RAX], 0x905);
    EQ(r[R_RSI], 0x909);
    EQ(suspend(t), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 20);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(0, 0, 4));
    EQ(t->ipc->msg[4], 0x904);
}

// The address configured need not be mapped: the kernel goes by the frame, and by the address's offset in it.
static void buffer_elsewhere(void) {
    struct thread *t = thread(), *other = thread();
    struct message m;
    word frame = object(OBJ_4K, 0), pt = object(OBJ_PT, 0), at = 0x600000;
    EQ(map_table(pt, PT_MAP, at, CAP_VSPACE), NO_ERROR);
    EQ(invoke(t->tcb, TCB_SET_IPC_BUFFER, ARGS(0x123456789c00), CAPS(frame)), NO_ERROR);
    EQ(map_page(frame, at, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 20);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(0, 0, 20));
    EQ(((struct ipc_buffer*)(at + 0xc00))->msg[4], 0);
    EQ(((word*)(at + 0xc00))[21], 0);
    // A large page serves too; deleting it leaves the thread without.
    word large = object(OBJ_2M, 0);
    EQ(invoke(t->tcb, TCB_SET_IPC_BUFFER, ARGS(0x1ffc00), CAPS(large)), NO_ERROR);
    word r[R_COUNT];
    for (word i = 0; i < R_COUNT; i++) {
        r[i] = 0x300 + i;
    }
    EQ(write_registers(other, 0, r, R_COUNT), NO_ERROR);
    EQ(suspend(t), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 20);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(map_page(large, 0x800000, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(((struct ipc_buffer*)(0x800000 + 0x1ffc00))->msg[19], 0x300 + R_GS);
    EQ(revoke(large), NO_ERROR);
    EQ(delete_cap(large), NO_ERROR);
    EQ(suspend(t), NO_ERROR);
    start_invocation(t, -1ul, other->tcb, info_of(TCB_READ_REGISTERS, 0, 2), 0, 20);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(store[7], info_of(0, 0, 4));
}

// The initial capabilities know where they are mapped.
static void initial_mappings(void) {
    extern char image_start[];
    word base = (word)image_start;
    for (word i = boot->image.start; i < boot->image.end; i++) {
        word at = base + (i - boot->image.start) * 4096;
        EQ(map_page(i, at, RIGHT_RW, CAP_VSPACE), NO_ERROR);
        EQ(map_page(i, at + 0x100000000, RIGHT_RW, CAP_VSPACE), INVALID_ARGUMENT);
    }
    EQ(map_page(CAP_IPC_BUFFER, (word)ipc, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    EQ(map_page(CAP_BOOT_INFO, (word)boot, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    for (word i = boot->extra.start; i < boot->extra.end; i++) {
        EQ(map_page(i, (word)boot + 4096 * (i - boot->extra.start + 1), RIGHT_RW, CAP_VSPACE), NO_ERROR);
    }
    static const word labels[] = {PDPT_MAP, PD_MAP, PT_MAP};
    for (word i = 0; i < 3; i++) {
        EQ(map_table(boot->paging.start + i, labels[i], base, CAP_VSPACE), INVALID_CAPABILITY);
        EQ(reply[0], 0);
    }
    EQ(invoke(CAP_ASID_POOL, ASID_ASSIGN, NONE, CAPS(CAP_VSPACE)), INVALID_CAPABILITY);
    // BootInfo can go: its page is only a page.
    word twin = copy(CAP_BOOT_INFO), pt = object(OBJ_PT, 0);
    EQ(map_table(pt, PT_MAP, 0x600000, CAP_VSPACE), NO_ERROR);
    EQ(map_page(twin, 0x600000, RIGHT_READ, CAP_VSPACE), NO_ERROR);
    EQ(((struct boot_info*)0x600000)->nodes, 1);
}

// Two threads woken in one entry of the kernel: neither is switched to directly.
static volatile word woken[4], woken_count;
static word woken_ep;
static void sleeper(word who) {
    struct message m = {0};
    recv(woken_ep, &m);
    woken[woken_count++ & 3] = who;
    thread_exit();
}

static void two_woken(void) {
    woken_count = 0;
    woken_ep = object(OBJ_NOTIFICATION, 0);
    for (word i = 0; i < 2; i++) {
        struct thread* t = thread();
        start(t, sleeper, i + 1);
        EQ(set_priority(t->tcb, PRIORITY + i), NO_ERROR);
    }
    EQ(woken_count, 0);
    EQ(delete_cap(woken_ep), NO_ERROR);  // both restart their receive, and fault
    EQ(woken_count, 0);
}

// An interrupt nobody listens to masks its pin; the next one comes after an Ack.
static void unheard_interrupt(void) {
    word cap = slot(), handler = slot(), n = object(OBJ_NOTIFICATION, 0);
    EQ(invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(0x40, 0x43, cap, 64), CAPS(CAP_CNODE)), NO_ERROR);
    EQ(invoke(cap, IOPORT_OUT8, ARGS(0x43, 0x34), NONE), NO_ERROR);
    EQ(invoke(cap, IOPORT_OUT8, ARGS(0x40, 0xa9), NONE), NO_ERROR);
    EQ(invoke(cap, IOPORT_OUT8, ARGS(0x40, 0x04), NONE), NO_ERROR);
    EQ(invoke(CAP_IRQ_CONTROL, IRQ_GET_IOAPIC, ARGS(handler, 64, 0, 2, 0, 0, 30), CAPS(CAP_CNODE)), NO_ERROR);
    spin_us(5000);
    EQ(invoke(handler, IRQ_SET_NOTIFICATION, NONE, CAPS(mint(n, RIGHT_WRITE, 9))), NO_ERROR);
    spin_us(5000);
    EQ(poll(n), 0);
    EQ(invoke(handler, IRQ_ACK, NONE, NONE), NO_ERROR);
    word badge = 0;
    for (word end = tsc() + 1000000 * tsc_mhz; !badge && tsc() < end;) {
        badge = poll(n);
    }
    EQ(badge, 9);
    EQ(invoke(cap, IOPORT_OUT8, ARGS(0x43, 0x30), NONE), NO_ERROR);
    EQ(invoke(cap, IOPORT_OUT8, ARGS(0x40, 0), NONE), NO_ERROR);
}

// Every system call leaves alone what it does not return: all registers are looked at, after a call that
// succeeds at once.
static void preserved_registers(void) {
    struct thread* t = thread();
    word n = object(OBJ_NOTIFICATION, 0), ep = object(OBJ_ENDPOINT, 0),
         signalled = mint(n, RIGHT_ALL, 0xbad6e);
    const struct {
        word number, cap, info;
        int returns;  // 0 nothing, 1 a badge, 2 a badge and a message info
    } list[] = {{-1ul, t->tcb, info_of(TCB_RESUME, 0, 0), 2},
                {-1ul, signalled, info_of(77, 0, 4), 2},
                {-3ul, t->tcb, info_of(TCB_RESUME, 0, 0), 0},
                {-3ul, signalled, info_of(5, 0, 4), 0},
                {-3ul, 0, 0, 0},
                {-4ul, signalled, info_of(5, 0, 4), 0},
                {-4ul, ep, info_of(5, 0, 4), 0},
                {-4ul, 0, 0, 0},
                {-5ul, n, 0x777, 1},
                {-6ul, 0x55, 0x777, 0},
                {-7ul, 0x55, 0x777, 0},
                {-8ul, n, 0x777, 1},
                {-8ul, ep, 0x777, 1},
                {-2ul, n, 0x777, 1}};
    for (word i = 0; i < sizeof list / sizeof *list; i++) {
        word r[R_COUNT];
        for (word j = 0; j < R_COUNT; j++) {
            r[j] = 0x5550000 + j * 0x101;
        }
        r[R_RIP] = (word)s_syscall, r[R_RSP] = t->stack_top - 8, r[R_FLAGS] = 0xa93;  // odd, but allowed
        r[R_RDX] = list[i].number, r[R_RDI] = list[i].cap, r[R_RSI] = list[i].info;
        poll(n);
        if (list[i].returns == 1 && list[i].cap == n) {
            signal(signalled);
        }
        EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
        struct message m;
        EQ(fault_label(t, &m), FAULT_USER);
        EQ(m.mr[0], s_stored);
        for (int j = R_RAX; j <= R_R15; j++) {
            word expected = r[j];
            if (j == R_RCX) {
                expected = (word)s_syscall_after;
            } else if (j == R_R11) {
                expected = 0xa93;
            } else if (j == R_RDI && list[i].returns) {
                expected = list[i].returns == 1 && list[i].cap == n ? 0xbad6e : 0;
                if (list[i].cap == signalled) {
                    expected =
                        store[j];  // a call of a notification returns nothing, yet its badge is undefined
                }
            } else if (j == R_RSI && list[i].returns == 2) {
                expected = list[i].cap == signalled ? store[j] : 0;
            }
            EQ(store[j], expected);
        }
        EQ(store[R_RSP], 0);
        EQ(store[R_FLAGS], 0xa93);
        if (has_fsgsbase()) {
            EQ(store[R_FS], r[R_FS]);
            EQ(store[R_GS], r[R_GS]);
        }
        EQ(suspend(t), NO_ERROR);
    }
}

// Interrupts leave everything as it was, below the stack pointer too.
static void preserved_over_interrupts(void) {
    struct thread* t = thread();
    word red_zone[16];
    volatile word* below = (volatile word*)(t->stack_top - 256);
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    for (int i = 0; i < 16; i++) {
        red_zone[i] = below[i] = 0xabcdef00 + (word)i;
    }
    word r[R_COUNT], seen[R_COUNT];
    for (word j = 0; j < R_COUNT; j++) {
        r[j] = 0x6660000 + j * 0x101;
    }
    r[R_RIP] = (word)s_spin, r[R_RSP] = t->stack_top - 128, r[R_FLAGS] = 0x602;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    spin_us(60000);  // it is preempted a few times
    EQ(read_registers(t, seen), NO_ERROR);
    for (int j = R_RSP; j < R_COUNT; j++) {
        if (j == R_FLAGS) {
            EQ(seen[j] & 0x600, 0x600);  // DF; the counter changes others
        } else {
            EQ(seen[j], r[j]);
        }
    }
    for (int i = 0; i < 16; i++) {
        EQ(below[i], red_zone[i]);
    }
}

// ACPI tables lie in memory that is not RAM: a driver finds them from the block in BootInfo.
static void acpi_tables(void) {
    const char* rsdp = 0;
    for (word done = 0; done < boot->extra_len;) {
        const char* at = (const char*)boot + 4096 + done;
        if (*(const word*)at == 3) {
            rsdp = at + 16;
        }
        done += ((const word*)at)[1];
    }
    if (!rsdp) {
        return;
    }
    word rsdt = *(const u32*)(rsdp + 16), at = 0x600000;
    if (!rsdt) {
        return;  // a machine with the newer kind of table only
    }
    word frame = device_frame(rsdt & ~4095ul, OBJ_4K, 12), pt = object(OBJ_PT, 0);
    CHECK(frame != 0);
    if (!frame) {
        return;
    }
    EQ(map_table(pt, PT_MAP, at, CAP_VSPACE), NO_ERROR);
    EQ(map_page(frame, at, RIGHT_READ, CAP_VSPACE), NO_ERROR);
    const char* table = (const char*)(at + (rsdt & 4095));
    CHECK(table[0] == 'R' && table[1] == 'S' && table[2] == 'D' && table[3] == 'T');
}

// A page of 1 GiB of RAM, on machines that have one in one piece; the first frame of an untyped comes zeroed.
static void huge_ram_page(void) {
    for (word i = 0; i < boot->untyped.end - boot->untyped.start; i++) {
        if (boot->list[i].device || boot->list[i].bits < 30) {
            continue;
        }
        word page = slot(), pdpt = object(OBJ_PDPT, 0), at = 1ul << 40;
        if (retype(boot->untyped.start + i, OBJ_1G, 0, page, 1) == NOT_ENOUGH_MEMORY) {
            continue;  // the one the tests live on
        }
        EQ(map_table(pdpt, PDPT_MAP, at, CAP_VSPACE), NO_ERROR);
        EQ(map_page(page, at, RIGHT_RW, CAP_VSPACE), NO_ERROR);
        for (word offset = 0; offset < 1ul << 30; offset += 0x1234560) {
            EQ(*(volatile word*)(at + offset), 0);
            *(volatile word*)(at + offset) = offset;
        }
        *(volatile word*)(at + (1ul << 30) - 8) = 1;
        EQ(*(volatile word*)(at + 0x1234560), 0x1234560);
        EQ(delete_cap(page), NO_ERROR);
        return;
    }
}

// A system call in the last bytes a program can have returns to an address that cannot be mapped.
static void last_instruction(void) {
    enum { TOP = 0x7fffffffe000 };
    struct thread* t = thread();
    word pdpt = object(OBJ_PDPT, 0), pd = object(OBJ_PD, 0), pt = object(OBJ_PT, 0),
         frame = object(OBJ_4K, 0);
    EQ(map_table(pdpt, PDPT_MAP, TOP, CAP_VSPACE), NO_ERROR);
    EQ(map_table(pd, PD_MAP, TOP, CAP_VSPACE), NO_ERROR);
    EQ(map_table(pt, PT_MAP, TOP, CAP_VSPACE), NO_ERROR);
    EQ(map_page(frame, TOP, RIGHT_RW, CAP_VSPACE), NO_ERROR);
    *(volatile u16*)(TOP + 4094) = 0x050f;
    word r[R_COUNT] = {[R_RIP] = TOP + 4094, [R_RDX] = -7ul};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    struct message m;
    EQ(fault_label(t, &m), FAULT_VM);
    EQ(m.mr[0], TOP + 4096);
    EQ(m.mr[1], TOP + 4096);
    EQ(m.mr[2], 1);
    EQ(m.mr[3], 0x14);
    // Past the end by a jump: what is not canonical is another exception.
    r[R_RIP] = (word)x_jump, r[R_RAX] = 1ul << 47;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(fault_label(t, &m), FAULT_USER);
    EQ(m.mr[3], 13);
}

const struct test edge_tests[] = {{"edge/own-thread", own_thread},
                                  {"edge/own-space", own_space},
                                  {"edge/pool-of-running-space", pool_of_running_space},
                                  {"edge/own-registers", own_registers},
                                  {"edge/without-buffer", without_buffer},
                                  {"edge/read-only-buffer", read_only_buffer},
                                  {"edge/buffer-elsewhere", buffer_elsewhere},
                                  {"edge/initial-mappings", initial_mappings},
                                  {"edge/two-woken", two_woken},
                                  {"edge/last-instruction", last_instruction},
                                  {"edge/unheard-interrupt", unheard_interrupt},
                                  {"edge/preserved-registers", preserved_registers},
                                  {"edge/preserved-over-interrupts", preserved_over_interrupts},
                                  {"edge/acpi-tables", acpi_tables},
                                  {"edge/huge-ram-page", huge_ram_page},
                                  {0, 0}};
