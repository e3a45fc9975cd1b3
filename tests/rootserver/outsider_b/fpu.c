// SPDX-License-Identifier: GPL-3.0-only
//
// Floating point state and the bases of FS and GS: each thread's own, whatever happens between.
#include "lib.h"
#include "snippets.h"

enum { WORKERS = 8 };
static volatile word rounds[WORKERS], mistakes[WORKERS];
static struct {
    word xmm[32];
    u32 mxcsr;
    u16 control;
    double x87[4];
} first_state;

// The library's may use vector registers.
static inline void bare_yield(void) {
    __asm__ volatile("movq %%rsp, %%rbx; syscall; movq %%rbx, %%rsp"
                     :
                     : "d"((word)SYS_YIELD)
                     : "rbx", "rcx", "r11", "memory");
}

// Loads values of its own into all registers, lets others run, and looks.
static void worker(word who) {
    word pattern[32], seen[32];
    for (int i = 0; i < 32; i++) {
        pattern[i] = who * 0x0101010101010101 + (word)i;
    }
    u32 mxcsr = 0x1f80 | (u32)(who & 3) << 13, mxcsr_seen;
    u16 control = (u16)(0x37f | (who & 3) << 10), control_seen;
    __asm__ volatile(
        "fninit; ldmxcsr %1; fldcw %2\n\t"
        "fildll 8(%0); fildll 16(%0)\n\t"
        "movups (%0), %%xmm0; movups 16(%0), %%xmm1; movups 32(%0), %%xmm2; movups 48(%0), %%xmm3\n\t"
        "movups 64(%0), %%xmm4; movups 80(%0), %%xmm5; movups 96(%0), %%xmm6; movups 112(%0), %%xmm7\n\t"
        "movups 128(%0), %%xmm8; movups 144(%0), %%xmm9; movups 160(%0), %%xmm10; movups 176(%0), %%xmm11\n\t"
        "movups 192(%0), %%xmm12; movups 208(%0), %%xmm13; movups 224(%0), %%xmm14; movups 240(%0), %%xmm15"
        :
        : "r"(pattern), "m"(mxcsr), "m"(control)
        : "memory");
    for (;;) {
        // No compiler-made code may use vector registers between: only this.
        __asm__ volatile(
            "movups %%xmm0, (%0); movups %%xmm1, 16(%0); movups %%xmm2, 32(%0); movups %%xmm3, 48(%0)\n\t"
            "movups %%xmm4, 64(%0); movups %%xmm5, 80(%0); movups %%xmm6, 96(%0); movups %%xmm7, 112(%0)\n\t"
            "movups %%xmm8, 128(%0); movups %%xmm9, 144(%0); movups %%xmm10, 160(%0); movups %%xmm11, "
            "176(%0)\n\t"
            "movups %%xmm12, 192(%0); movups %%xmm13, 208(%0); movups %%xmm14, 224(%0); movups %%xmm15, "
            "240(%0)\n\t"
            "stmxcsr %1; fnstcw %2"
            :
            : "r"(seen), "m"(mxcsr_seen), "m"(control_seen)
            : "memory");
        for (int i = 0; i < 32; i++) {
            if (((volatile word*)seen)[i] != pattern[i]) {
                mistakes[who]++;
            }
        }
        if (mxcsr_seen != mxcsr || control_seen != control) {
            mistakes[who]++;
        }
        long top;
        __asm__ volatile("fld %%st(0); fistpll %0" : "=m"(top));
        if ((word)top != pattern[2]) {
            mistakes[who]++;
        }
        rounds[who]++;
        bare_yield();
    }
}

static void many_threads(void) {
    struct thread* t[WORKERS];
    for (word i = 0; i < WORKERS; i++) {
        rounds[i] = mistakes[i] = 0;
        t[i] = thread();
        EQ(set_priority(t[i]->tcb, MAIN_PRIORITY), NO_ERROR);
        start(t[i], worker, i);
    }
    for (int round = 0; round < 200; round++) {
        yield();
    }
    // Moves between cores' worth of states: suspend, resume and edit registers.
    for (word i = 0; i < WORKERS; i++) {
        EQ(suspend(t[i]), NO_ERROR);
        EQ(resume(t[i]), NO_ERROR);
    }
    spin_us(100000);  // preempted by time
    for (word i = 0; i < WORKERS; i++) {
        CHECK(rounds[i] > 100);
        EQ(mistakes[i], 0);
    }
}

// A new thread finds the defaults, not what others left.
static void look_at_state(word unused) {
    (void)unused;
    __asm__ volatile(
        "movups %%xmm0, (%0); movups %%xmm1, 16(%0); movups %%xmm7, 32(%0); movups %%xmm15, 48(%0)\n\t"
        "stmxcsr %1; fnstcw %2"
        :
        : "r"(first_state.xmm), "m"(first_state.mxcsr), "m"(first_state.control)
        : "memory");
    thread_exit();
}

static void defaults(void) {
    struct thread *dirty = thread(), *fresh = thread();
    EQ(set_priority(dirty->tcb, MAIN_PRIORITY), NO_ERROR);
    start(dirty, worker, 3);
    yield();
    EQ(suspend(dirty), NO_ERROR);
    u32 odd = 0x9fc0;
    __asm__ volatile("ldmxcsr %0" : : "m"(odd));
    for (int i = 0; i < 8; i++) {
        first_state.xmm[i] = 1;
    }
    start(fresh, look_at_state, 0);
    for (int i = 0; i < 8; i++) {
        EQ(first_state.xmm[i], 0);
    }
    EQ(first_state.mxcsr, 0x1f80);
    EQ(first_state.control, 0x37f);
    u32 now;
    __asm__ volatile("stmxcsr %0" : "=m"(now));
    EQ(now, 0x9fc0);
    odd = 0x1f80;
    __asm__ volatile("ldmxcsr %0" : : "m"(odd));
}

// With the FPU disabled every use faults with vector 7; enabled again, the old state is there.
static void disabled(void) {
    struct thread* t = thread();
    struct message m = {0};
    EQ(set_priority(t->tcb, MAIN_PRIORITY), NO_ERROR);
    rounds[1] = mistakes[1] = 0;
    start(t, worker, 1);
    yield();
    yield();
    CHECK(rounds[1] >= 1);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(0, 1), NONE), NO_ERROR);
    word before = rounds[1];
    yield();
    EQ(rounds[1], before);
    m.info = 0;
    nb_recv(t->fault_ep, &m);
    EQ(m.info, info_of(FAULT_USER, 0, 5));
    EQ(m.mr[3], 7);
    // The registers belong to others meanwhile.
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0; fninit" : : : "xmm0");
    reply_with(0, 0, 0, 0, 0);  // still disabled: faults again
    yield();
    m.info = 0;
    nb_recv(t->fault_ep, &m);
    EQ(m.mr[3], 7);
    EQ(invoke(t->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE), NO_ERROR);
    reply_with(0, 0, 0, 0, 0);
    yield();
    yield();
    CHECK(rounds[1] > before);
    EQ(mistakes[1], 0);
    // Disabled from the first instruction.
    struct thread* u = thread();
    EQ(invoke(u->tcb, TCB_SET_FLAGS, ARGS(0, 1), NONE), NO_ERROR);
    start_at(u, x_fpu, 0);
    nb_recv(u->fault_ep, &m);
    EQ(m.mr[3], 7);
    EQ(m.mr[0], x_fpu);
    EQ(invoke(u->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE), NO_ERROR);
    reply_with(0, 0, 0, 0, 0);
    nb_recv(u->fault_ep, &m);
    EQ(m.mr[3], 6);
    EQ(m.mr[0], s_stored);
}

// Flags change at random moments, threads are stopped and started, registers edited: state survives it all.
static void random_changes(void) {
    enum { MANY = 6, STEPS = 1500 };
    struct thread* t[MANY];
    word faults = 0, seed = 12345;
    for (word i = 0; i < MANY; i++) {
        rounds[i] = mistakes[i] = 0;
        t[i] = thread();
        EQ(set_priority(t[i]->tcb, MAIN_PRIORITY), NO_ERROR);
        start(t[i], worker, i);
        yield();  // it has loaded its registers
    }
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        struct thread* one = t[(seed >> 33) % MANY];
        switch (seed >> 40 & 7) {
            case 0:
            case 1:
                invoke(one->tcb, TCB_SET_FLAGS, ARGS(0, 1), NONE);
                break;
            case 2:
            case 3:
                invoke(one->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE);
                break;
            case 4:
                suspend(one);
                yield();
                resume(one);
                break;
            case 5:
                __asm__ volatile("pcmpeqd %%xmm3, %%xmm3; movaps %%xmm3, %%xmm15" : : : "xmm3", "xmm15");
                break;
            default:
                yield();
        }
        for (word i = 0; i < MANY; i++) {
            struct message m = {0};
            nb_recv(t[i]->fault_ep, &m);
            if (label_of(m.info) == FAULT_USER && m.mr[3] == 7) {
                faults++;
                if (seed >> (44 + i) & 1) {
                    invoke(t[i]->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE);
                }
                reply_with(0, 0, 0, 0, 0);
            }
        }
    }
    CHECK(faults > 20);
    for (word i = 0; i < MANY; i++) {
        EQ(invoke(t[i]->tcb, TCB_SET_FLAGS, ARGS(1, 0), NONE), NO_ERROR);
        EQ(resume(t[i]), NO_ERROR);
    }
    word before[MANY];
    for (word i = 0; i < MANY; i++) {
        before[i] = rounds[i];
    }
    for (int i = 0; i < 5; i++) {
        yield();
    }
    for (word i = 0; i < MANY; i++) {
        CHECK(rounds[i] > before[i]);
        EQ(mistakes[i], 0);
    }
}

static void enabled_features(void) {
    u32 a, b, c, d;
    __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    if (c & 1u << 27) {
        u32 low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        EQ(low, 3);
        EQ(high, 0);
    }
}

static void bases_by_invocation(void) {
    if (!has_fsgsbase()) {
        return;
    }
    struct thread* t = thread();
    word r[R_COUNT] = {
        [R_RIP] = (word)s_store, [R_RSP] = t->stack_top, [R_FS] = 0x1234567000, [R_GS] = 0x7654321};
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(store[18], 0x1234567000);
    EQ(store[19], 0x7654321);
    EQ(invoke(t->tcb, TCB_SET_TLS_BASE, ARGS(0x7fffffffffff), NONE), NO_ERROR);
    EQ(read_registers(t, r), NO_ERROR);
    EQ(r[R_FS], 0x7fffffffffff);
    EQ(r[R_GS], 0x7654321);
    EQ(suspend(t), NO_ERROR);
    EQ(write_registers(t, 1, (word[]){(word)s_store}, 1), NO_ERROR);
    EQ(store[18], 0x7fffffffffff);
    EQ(store[19], 0x7654321);
    // The kernel's own half is a canonical address like any other.
    r[R_RIP] = (word)s_store, r[R_FS] = 0xffff800000000000, r[R_GS] = -8ul;
    EQ(write_registers(t, 1, r, R_COUNT), NO_ERROR);
    EQ(store[18], 0xffff800000000000);
    EQ(store[19], -8ul);
}

// Bases a program sets itself stay, over system calls, other threads and interrupts.
static volatile word base_rounds[4], base_mistakes[4];
static void base_worker(word who) {
    word fs = 0x1000000 * (who + 1), gs = 0x7000000000 + who;
    __asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs), "r"(gs));
    for (;;) {
        word f, g;
        __asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(f), "=r"(g));
        if (f != fs || g != gs) {
            base_mistakes[who]++;
        }
        if (base_rounds[who]++ % 64 == 0) {
            yield();
        }
        if (base_rounds[who] % 256 == 0) {
            fs += 0x1000, gs += 0x1000;
            __asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs), "r"(gs));
        }
    }
}

static void bases_by_instruction(void) {
    if (!has_fsgsbase()) {
        return;
    }
    __asm__ volatile("wrfsbase %0; wrgsbase %1" : : "r"(0xabc000ul), "r"(0xdef000ul));
    struct thread* t[4];
    for (word i = 0; i < 4; i++) {
        base_rounds[i] = base_mistakes[i] = 0;
        t[i] = thread();
        EQ(set_priority(t[i]->tcb, MAIN_PRIORITY), NO_ERROR);
        start(t[i], base_worker, i);
    }
    for (int i = 0; i < 500; i++) {
        yield();
    }
    spin_us(60000);
    word r[R_COUNT];
    for (word i = 0; i < 4; i++) {
        CHECK(base_rounds[i] > 0);
        EQ(base_mistakes[i], 0);
        EQ(suspend(t[i]), NO_ERROR);
        EQ(read_registers(t[i], r), NO_ERROR);
        EQ(r[R_FS] & ~0xffffffful, 0);
        CHECK(r[R_FS] >= 0x1000000 * (i + 1));
        EQ(r[R_GS] & 0xfff, i);
    }
    word f, g;
    __asm__ volatile("rdfsbase %0; rdgsbase %1" : "=r"(f), "=r"(g));
    EQ(f, 0xabc000);
    EQ(g, 0xdef000);
    // SetTLSBase of the running thread counts at once.
    EQ(invoke(CAP_TCB, TCB_SET_TLS_BASE, ARGS((word)first_registers), NONE), NO_ERROR);
    word value;
    __asm__ volatile("movq %%fs:64, %0" : "=r"(value));
    EQ(value, boot);
    __asm__ volatile("rdgsbase %0" : "=r"(g));
    EQ(g, 0xdef000);
    __asm__ volatile("wrfsbase %0; wrgsbase %0" : : "r"(0ul));
}

// Selectors of user segments may be loaded; the kernel lives with them.
static void selectors(void) {
    if (!has_fsgsbase()) {
        return;
    }
    for (int i = 0; i < 20; i++) {
        __asm__ volatile("movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs; movw %w0, %%gs" : : "r"(0x33));
        yield();
        __asm__ volatile("movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs; movw %w0, %%gs" : : "r"(0));
        spin_us(500);
    }
    word f;
    __asm__ volatile("wrfsbase %0" : : "r"(0x5000ul));
    yield();
    __asm__ volatile("rdfsbase %0" : "=r"(f));
    EQ(f, 0x5000);
    __asm__ volatile("wrfsbase %0" : : "r"(0ul));
}

// Without the instructions there is a system call, and loads through FS tell.
static void base_by_system_call(void) {
    if (has_fsgsbase()) {
        return;
    }
    static word other[2] = {0x1234, 0x5678};
    for (int i = 0; i < 2; i++) {
        struct message m = {(word)&other[i], 0, {0}, 0};
        sel4(-30ul, &m);
        word value;
        __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
        EQ(value, other[i]);
        yield();
        spin_us(12000);
        m.badge = 1ul << 63;  // ignored
        sel4(-30ul, &m);
        __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
        EQ(value, other[i]);
    }
    EQ(invoke(CAP_TCB, TCB_SET_TLS_BASE, ARGS((word)&other[0]), NONE), NO_ERROR);
    word value;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    EQ(value, other[0]);
}

// A base that is not canonical must not reach the processor.
static void odd_tls_base(void) {
    struct thread* t = thread();
    EQ(invoke(t->tcb, TCB_SET_TLS_BASE, ARGS(1ul << 63), NONE), NO_ERROR);
    start_at(t, s_store, 0);
    EQ(invoke(CAP_TCB, TCB_SET_TLS_BASE, ARGS(0x800000000000), NONE), NO_ERROR);
    yield();
    EQ(invoke(CAP_TCB, TCB_SET_TLS_BASE, ARGS(0), NONE), NO_ERROR);
}

const struct test fpu_tests[] = {{"fpu/many", many_threads},
                                 {"fpu/defaults", defaults},
                                 {"fpu/disabled", disabled},
                                 {"fpu/random", random_changes},
                                 {"fpu/features", enabled_features},
                                 {"tls/invocation", bases_by_invocation},
                                 {"tls/instruction", bases_by_instruction},
                                 {"tls/selectors", selectors},
                                 {"tls/system-call", base_by_system_call},
                                 {"tls/odd", odd_tls_base},
                                 {0, 0}};
