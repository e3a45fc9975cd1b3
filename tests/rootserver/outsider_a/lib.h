// SPDX-License-Identifier: GPL-3.0-only
// What the tests share: system calls with every register visible, objects that go away with the test,
// threads.
//
// The root thread runs at priority 100, its helpers above it: whatever root does to make one runnable has had
// its whole effect when root goes on. Each test begins with an empty pool of RAM; what it made is revoked
// after it.
#pragma once
#include "sel4.h"

struct regs {
    W rax, unused, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15, rsp;
};

void raw_syscall(struct regs* r);
W flagged_syscall(struct regs* r, W flags);
extern const char raw_syscall_instruction[];

// --- checks ---
extern const struct boot_info* boot;
void print(const char* text);
void print_word(W word);
void suite(const char* name);
void check(const char* name, int good);
void check_words(const char* name, const W* got, const W* expected, W count);
// Ends the run.
_Noreturn void finish(void);

// --- invocations ---
struct result {
    W error, length, badge, info;
    W mr[24];
};
// Call on a capability. Also checks what every such call must leave alone: registers, and message registers
// that the answer does not reach.
struct result invoke(W cap, W label, const W* mr, W length, const W* caps, W cap_count);
#define LIST(...) (const W[]){__VA_ARGS__}, sizeof((const W[]){__VA_ARGS__}) / sizeof(W)
#define NONE ((const W*)0), 0
void check_result(const char* name, struct result r, W error, const W* words, W count);
#define EXPECT(name, call, error, ...) check_result(name, call, error, LIST(__VA_ARGS__))
#define EXPECT0(name, call, error) check_result(name, call, error, NONE)

struct message {
    W badge, info, mr[4];
};
// Any system call, as the current thread; registers that it must preserve are checked.
struct message sys(int number, W dest, W info, W m0, W m1, W m2, W m3);
struct message sys0(int number, W dest);
#define POISON(i) (0xdead0000 + (i))

// --- objects ---
extern W pool;  // RAM untyped of 2^22 bytes, given back after each test
W slot(void);
W object(W type, W bits);
W retype(W untyped, W type, W bits, W first, W count);
W make(W untyped, W type, W bits);  // one object into a fresh slot
W mint(W source, W rights, W badge);
W copy(W source);
W drop(W s);
W revoke(W s);
int full(W s);  // is something in the slot?
void forget(void);

// --- the same, in another CNode ---
struct result cnode_copy(W to, W index, W depth, W source);

// --- threads ---
struct worker {
    W tcb;
    struct buffer* buffer;
    W frame;  // cap of the buffer's frame
    W stack;  // its highest address
    struct regs r;
    volatile W done;
    volatile W value[8];
    W arg[4];
    void (*run)(struct worker*);
};
enum { kWorkers = 72 };
struct spawn_options {
    W priority;  // 0: 110
    W cspace, cspace_data, fault_ep;
    int no_buffer;
};
struct worker* spawn(void (*run)(struct worker*), struct spawn_options options, W arg0, W arg1);
// A helper that performs one system call and stops; registers as they came back are in its `r`. `prepare`
// fills the rest of its IPC buffer before it starts.
struct worker* spawn_syscall(struct spawn_options options, int number, W dest, W info, W m0, W m1);
struct worker* spawn_buffered(struct spawn_options options, int number, W dest, W info, const W* words,
                              void (*prepare)(struct worker*));
void stop(struct worker* w);
#define PLAIN ((struct spawn_options){0})

// --- the suites ---
void test_registers(void);
void test_lookup(void);
void test_cnode_ops(void);
void test_retype(void);
void test_ipc(void);
void test_transfer(void);
void test_reply(void);
void test_derivation(void);
void test_deletion(void);
void test_preempt(void);
void test_notification(void);
void test_tcb(void);
void test_arguments(void);
void test_corners(void);
void test_programs(void);
