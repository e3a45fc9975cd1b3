// SPDX-License-Identifier: GPL-3.0-only
#include "lib.h"
#include "snippets.h"

struct boot_info* boot;
struct ipc_buffer* ipc;
word reply[20];
word reply_length;
word tsc_mhz;
word memory_bits;

extern char image_start[];

static word serial_cap, exit_cap;
static word first_free, next_slot;
static word memory;  // the untyped every test carves
static const char* running;
static word passed, failed;
static int bad;

static char stacks[THREADS][STACK] __attribute__((aligned(4096)));
static char buffers[THREADS][4096] __attribute__((aligned(4096)));
static struct thread threads[THREADS];
static word thread_count;

// Console

static void out(word cap, word port, word value) {
    struct message m = {cap, info_of(IOPORT_OUT8, 0, 2), {port, value, 0, 0}, 0};
    sel4(SYS_CALL, &m);
}

static word in(word cap, word port) {
    struct message m = {cap, info_of(IOPORT_IN8, 0, 1), {port, 0, 0, 0}, 0};
    sel4(SYS_CALL, &m);
    return m.mr[0];
}

void print(const char* text) {
    for (; *text; text++) {
        while (!(in(serial_cap, 0x3fd) & 0x20)) {
        }
        out(serial_cap, 0x3f8, (u8)*text);
    }
}

void print_hex(word value) {
    char text[19] = "0x", *at = text + 2;
    int shift = 60;
    while (shift > 0 && !(value >> shift)) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        *at++ = "0123456789abcdef"[value >> shift & 15];
    }
    *at = 0;
    print(text);
}

static void print_decimal(word value) {
    char text[24], *at = text + 23;
    *at = 0;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    print(at);
}

// Invocation

word invoke(word cap, word label, const word* args, word count, const word* caps, word cap_count) {
    struct message m = {cap, info_of(label, cap_count, count), {0}, 0};
    for (word i = 0; i < count; i++) {
        if (i < 4) {
            m.mr[i] = args[i];
        } else {
            ipc->msg[i] = args[i];
        }
    }
    for (word i = 0; i < cap_count; i++) {
        ipc->caps[i] = caps[i];
    }
    sel4(SYS_CALL, &m);
    reply_length = length_of(m.info);
    for (word i = 0; i < 20; i++) {
        reply[i] = i < 4 ? m.mr[i] : ipc->msg[i];
    }
    CHECK(m.badge == 0 && m.rsp == 0 && (m.info >> 7 & 31) == 0);
    return label_of(m.info);
}

// Capabilities and memory

word slot(void) {
    return next_slot++;
}

word retype(word untyped, word type, word bits, word to, word count) {
    return invoke(untyped, UNTYPED_RETYPE, ARGS(type, bits, 0, 0, to, count), CAPS(CAP_CNODE));
}

word object_at(word type, word bits, word to) {
    return retype(memory, type, bits, to, 1);
}

word object(word type, word bits) {
    word to = slot();
    EQ(object_at(type, bits, to), NO_ERROR);
    return to;
}

word untyped_of(word bits) {
    return object(OBJ_UNTYPED, bits);
}

word copy(word from) {
    word to = slot();
    EQ(invoke(CAP_CNODE, CNODE_COPY, ARGS(to, 64, from, 64, RIGHT_ALL), CAPS(CAP_CNODE)), NO_ERROR);
    return to;
}

word mint(word from, word rights, word badge) {
    word to = slot();
    EQ(invoke(CAP_CNODE, CNODE_MINT, ARGS(to, 64, from, 64, rights, badge), CAPS(CAP_CNODE)), NO_ERROR);
    return to;
}

word delete_cap(word cap) {
    return invoke(CAP_CNODE, CNODE_DELETE, ARGS(cap, 64), NONE);
}

word revoke(word cap) {
    return invoke(CAP_CNODE, CNODE_REVOKE, ARGS(cap, 64), NONE);
}

word image_frame(const void* address) {
    return boot->image.start + ((word)address - (word)image_start) / 4096;
}

word device_frame(word paddr, word type, word bits) {
    for (word i = 0; i < boot->untyped.end - boot->untyped.start; i++) {
        struct untyped* u = &boot->list[i];
        if (!u->device || u->bits > 40 || paddr < u->paddr || paddr >= u->paddr + (1ul << u->bits)) {
            continue;
        }
        // Halve down to the frame; what is passed over stays a child of the same untyped.
        word cap = boot->untyped.start + i, size = u->bits;
        while (size > bits) {
            word both = slot();
            slot();
            EQ(retype(cap, OBJ_UNTYPED, --size, both, 2), NO_ERROR);
            cap = both + ((paddr - u->paddr) >> size & 1);
        }
        word frame = slot();
        EQ(retype(cap, type, 0, frame, 1), NO_ERROR);
        return frame;
    }
    return 0;
}

// Threads

struct thread* thread(void) {
    struct thread* t = &threads[thread_count];
    t->index = thread_count++;
    t->tcb = object(OBJ_TCB, 0);
    t->fault_ep = object(OBJ_ENDPOINT, 0);
    t->ipc = (struct ipc_buffer*)buffers[t->index];
    t->stack_top = (word)stacks[t->index] + STACK;
    EQ(invoke(t->tcb, TCB_CONFIGURE, ARGS(t->fault_ep, 0, 0, (word)t->ipc),
              CAPS(CAP_CNODE, CAP_VSPACE, image_frame(t->ipc))),
       NO_ERROR);
    EQ(set_priority(t->tcb, PRIORITY), NO_ERROR);
    return t;
}

void start_at(struct thread* t, const void* rip, word rdi) {
    word r[R_COUNT] = {[R_RIP] = (word)rip, [R_RSP] = t->stack_top - 8, [R_FLAGS] = 0x202, [R_RDI] = rdi};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
}

void start(struct thread* t, void (*entry)(word), word argument) {
    start_at(t, (const void*)(word)entry, argument);
}

word resume(struct thread* t) {
    return invoke(t->tcb, TCB_RESUME, NONE, NONE);
}

word suspend(struct thread* t) {
    return invoke(t->tcb, TCB_SUSPEND, NONE, NONE);
}

word read_registers(struct thread* t, word* into) {
    word error = invoke(t->tcb, TCB_READ_REGISTERS, ARGS(0, R_COUNT), NONE);
    for (int i = 0; i < R_COUNT; i++) {
        into[i] = reply[i];
    }
    return error;
}

word write_registers(struct thread* t, word flags, const word* from, word count) {
    word args[40] = {flags, count};
    for (word i = 0; i < count; i++) {
        args[2 + i] = from[i];
    }
    return invoke(t->tcb, TCB_WRITE_REGISTERS, args, count + 2, NONE);
}

word set_priority(word tcb, word priority) {
    return invoke(tcb, TCB_SET_PRIORITY, ARGS(priority), CAPS(CAP_TCB));
}

struct ipc_buffer* thread_buffer(word index) {
    return (struct ipc_buffer*)buffers[index];
}

void thread_exit(void) {
    for (;;) {
        __asm__ volatile("ud2");  // a fault that nobody answers
    }
}

// Address spaces

word map_table(word cap, word label, word address, word pml4) {
    return invoke(cap, label, ARGS(address, 0), CAPS(pml4));
}

word map_page(word cap, word address, word rights, word pml4) {
    return invoke(cap, PAGE_MAP, ARGS(address, rights, 0), CAPS(pml4));
}

struct space space_of_pool(word asid_pool) {
    word base = (word)image_start;
    struct space s = {object(OBJ_PML4, 0), object(OBJ_PDPT, 0), object(OBJ_PD, 0), object(OBJ_PT, 0)};
    EQ(invoke(asid_pool, ASID_ASSIGN, NONE, CAPS(s.pml4)), NO_ERROR);
    EQ(map_table(s.pdpt, PDPT_MAP, base, s.pml4), NO_ERROR);
    EQ(map_table(s.pd, PD_MAP, base, s.pml4), NO_ERROR);
    EQ(map_table(s.pt, PT_MAP, base, s.pml4), NO_ERROR);
    for (word i = 0; i < boot->image.end - boot->image.start; i++) {
        EQ(map_page(copy(boot->image.start + i), base + i * 4096, RIGHT_RW, s.pml4), NO_ERROR);
    }
    return s;
}

struct space space_with_image(void) {
    return space_of_pool(CAP_ASID_POOL);
}

// IPC

word send(word cap, word info, word mr0) {
    struct message m = {cap, info, {mr0, 0, 0, 0}, 0};
    sel4(SYS_SEND, &m);
    return m.info;
}

word nb_recv(word cap, struct message* m) {
    m->badge = cap;
    sel4(SYS_NB_RECV, m);
    return m->badge;
}

word recv(word cap, struct message* m) {
    m->badge = cap;
    sel4(SYS_RECV, m);
    return m->badge;
}

void reply_with(word info, word a, word b, word c, word d) {
    struct message m = {0, info, {a, b, c, d}, 0};
    sel4(SYS_REPLY, &m);
}

void yield(void) {
    struct message m = {0, 0, {0}, 0};
    sel4(SYS_YIELD, &m);
}

void signal(word cap) {
    struct message m = {cap, 0, {0}, 0};
    sel4(SYS_SEND, &m);
}

word poll(word cap) {
    struct message m = {cap, 0, {0}, 0};
    sel4(SYS_NB_RECV, &m);
    return m.badge;
}

int has_fsgsbase(void) {
    u32 a, b, c, d;
    __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    if (a < 7) {
        return 0;
    }
    __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    return b & 1;
}

void spin_us(word us) {
    word end = tsc() + us * tsc_mhz;
    while (tsc() < end) {
    }
}

// Report

static int quiet;

static void complain(const char* what, int line) {
    if (quiet) {
        bad++;
        return;
    }
    if (!bad++) {
        print("FAIL ");
        print(running);
        print(" ");
    } else {
        print("  also ");
    }
    print("line ");
    print_decimal((word)line);
    print(": ");
    print(what);
}

void check_true(int good, const char* what, int line) {
    if (!good) {
        complain(what, line);
        if (!quiet) {
            print("\n");
        }
    }
}

void check_equal(word got, word expected, const char* what, int line) {
    if (got != expected) {
        complain(what, line);
        if (quiet) {
            return;
        }
        print(" is ");
        print_hex(got);
        print(", not ");
        print_hex(expected);
        print("\n");
    }
}

static void clean(void) {
    revoke(memory);
    for (word i = first_free; i < next_slot; i++) {
        delete_cap(i);
    }
    next_slot = first_free;
    thread_count = 0;
    set_priority(CAP_TCB, MAIN_PRIORITY);
}

static void run(const struct test* tests) {
    for (; tests->name; tests++) {
        running = tests->name;
        // A time slice that ends in the middle, or a busy host, may spoil what is counted in time: three
        // tries.
        for (int left = 3; left-- > 0;) {
            bad = 0;
            quiet = left > 0;
            tests->run();
            quiet = 0;
            clean();
            if (!bad) {
                break;
            }
        }
        if (bad) {
            failed++;
        } else {
            passed++;
            print("ok ");
            print(tests->name);
            print("\n");
        }
    }
}

static word issue_ports(word first, word last) {
    word to = slot();
    invoke(CAP_IOPORT_CONTROL, IOPORT_ISSUE, ARGS(first, last, to, 64), CAPS(CAP_CNODE));
    return to;
}

static void prepare_memory(void) {
    word best = 0, best_bits = 0;
    for (word i = 0; i < boot->untyped.end - boot->untyped.start; i++) {
        if (!boot->list[i].device && boot->list[i].bits > best_bits) {
            best = i, best_bits = boot->list[i].bits;
        }
    }
    memory = slot();
    memory_bits = best_bits < 25 ? best_bits : 25;
    retype(boot->untyped.start + best, OBJ_UNTYPED, memory_bits, memory, 1);
}

static void find_tsc(void) {
    char* at = (char*)boot + 4096;
    for (word done = 0; done < boot->extra_len;) {
        word id = *(word*)(at + done), length = *(word*)(at + done + 8);
        if (id == 5) {
            tsc_mhz = *(u32*)(at + done + 16);
        }
        if (length < 16) {
            return;
        }
        done += length;
    }
}

void outsider_main(struct boot_info* info);
void outsider_main(struct boot_info* info) {
    boot = info;
    ipc = info->ipc;
    next_slot = info->empty.start;
    serial_cap = issue_ports(0x3f8, 0x3ff);
    exit_cap = issue_ports(0xf4, 0xf7);
    out(serial_cap, 0x3f9, 0);
    out(serial_cap, 0x3fb, 3);
    store_bases = has_fsgsbase();
    prepare_memory();
    find_tsc();
    first_free = next_slot;
    set_priority(CAP_TCB, MAIN_PRIORITY);
    const struct test* groups[] = {boot_tests,      tcb_tests,     state_tests,  fault_tests,
                                   exception_tests, sched_tests,   domain_tests, fpu_tests,
                                   vspace_tests,    mapping_tests, asid_tests,   irq_tests,
                                   port_tests,      program_tests, edge_tests,   model_tests};
    for (word i = 0; i < sizeof groups / sizeof *groups; i++) {
        run(groups[i]);
    }
    print_decimal(passed);
    print(" passed, ");
    print_decimal(failed);
    print(" failed\n");
    out(exit_cap, 0xf4, 0);
    for (;;) {
        yield();
    }
}

// The compiler may ask for these.
__attribute__((weak)) void* memset(void* to, int value, unsigned long count);
void* memset(void* to, int value, unsigned long count) {
    for (unsigned long i = 0; i < count; i++) {
        ((volatile char*)to)[i] = (char)value;
    }
    return to;
}
__attribute__((weak)) void* memcpy(void* to, const void* from, unsigned long count);
void* memcpy(void* to, const void* from, unsigned long count) {
    for (unsigned long i = 0; i < count; i++) {
        ((volatile char*)to)[i] = ((const char*)from)[i];
    }
    return to;
}
