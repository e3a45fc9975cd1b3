// SPDX-License-Identifier: GPL-3.0-only
#include "lib.h"

enum { kStack = 4096 };

static struct worker workers[kWorkers];
static _Alignas(4096) unsigned char stacks[kWorkers][kStack];
static _Alignas(4096) unsigned char buffers[kWorkers][4096];
static W next_worker;

extern const char image_start[];

static W frame_of(const void* page) {
    return boot->image.start + (((W)page - (W)image_start) >> 12);
}

// A helper that has nothing left to do faults; with no handler that is its end.
static void thread_entry(struct worker* w) {
    w->run(w);
    struct regs r = {.rdx = (W)SYS_RECV, .rdi = 0};
    for (;;)
        raw_syscall(&r);
}

struct worker* spawn(void (*run)(struct worker*), struct spawn_options o, W arg0, W arg1) {
    struct worker* w = &workers[next_worker];
    *w = (struct worker){.run = run, .arg = {arg0, arg1}};
    w->tcb = object(O_TCB, 0);
    w->frame = frame_of(buffers[next_worker]);
    w->stack = (W)stacks[next_worker] + kStack;
    w->buffer = (struct buffer*)buffers[next_worker];
    for (W i = 0; i < sizeof(struct buffer) / 8; ++i)
        ((W*)w->buffer)[i] = 0xbbbb0000 + i;
    next_worker = (next_worker + 1) % kWorkers;
    struct result r =
        invoke(w->tcb, CONFIGURE, LIST(o.fault_ep, o.cspace_data, 0, o.no_buffer ? 0 : (W)w->buffer),
               LIST(o.cspace ? o.cspace : C_CNODE, C_VSPACE, o.no_buffer ? 0 : w->frame));
    if (r.error != E_OK) check("a thread is configured", 0);
    invoke(w->tcb, SET_SCHED, LIST(0, o.priority ? o.priority : 110), LIST(C_TCB));
    W regs[11] = {1, 9, (W)thread_entry, w->stack - 8, 0x202, 0, 0, 0, 0, 0, (W)w};
    if (invoke(w->tcb, WRITE_REGS, regs, 11, NONE).error != E_OK) check("a thread starts", 0);
    return w;
}

static void one_syscall(struct worker* w) {
    raw_syscall(&w->r);
    w->done = 1;
}

static struct worker* start_syscall(struct spawn_options o, struct regs r, const W* words,
                                    void (*start)(struct worker*)) {
    const W priority = o.priority ? o.priority : 110;
    o.priority = 1;  // too low to run before all is in place
    struct worker* w = spawn(one_syscall, o, 0, 0);
    w->r = r;
    for (W i = 4; words && i < LENGTH(r.rsi) && i < 120; ++i)
        w->buffer->msg[i] = words[i];
    if (start) start(w);
    invoke(w->tcb, SET_PRIORITY, LIST(priority), LIST(C_TCB));
    return w;
}

struct worker* spawn_syscall(struct spawn_options o, int number, W dest, W info, W m0, W m1) {
    struct regs r = {
        .rdx = (W)number, .rdi = dest, .rsi = info, .r10 = m0, .r8 = m1, .r9 = 0x92, .r15 = 0x93};
    return start_syscall(o, r, 0, 0);
}

struct worker* spawn_buffered(struct spawn_options o, int number, W dest, W info, const W* words,
                              void (*prepare)(struct worker*)) {
    struct regs r = {.rdx = (W)number,
                     .rdi = dest,
                     .rsi = info,
                     .r10 = words[0],
                     .r8 = words[1],
                     .r9 = words[2],
                     .r15 = words[3]};
    return start_syscall(o, r, words, prepare);
}

void stop(struct worker* w) {
    invoke(w->tcb, SUSPEND, NONE, NONE);
}
