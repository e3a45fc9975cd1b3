// SPDX-License-Identifier: GPL-3.0-only
//
// What the tests stand on: a console, capability slots and memory that come back after each test, threads
// that share the root server's address space, and a report.
#pragma once

#include "sel4.h"

extern struct boot_info* boot;
extern struct ipc_buffer* ipc;
extern word first_registers[20];  // as the kernel entered us, in the order of ReadRegisters

void print(const char* text);
void print_hex(word value);

// Invocations of kernel objects by the main thread; the result's label is returned, its words are in `reply`.
extern word reply[20];
extern word reply_length;
word invoke(word cap, word label, const word* args, word count, const word* caps, word cap_count);
#define ARGS(...) (const word[]){__VA_ARGS__}, sizeof((const word[]){__VA_ARGS__}) / 8
#define CAPS(...) ARGS(__VA_ARGS__)
#define NONE (const word*)0, 0

// Slots and memory: freed when the test ends.
word slot(void);
word retype(word untyped, word type, word bits, word to, word count);  // the error
word object(word type, word bits);                                     // a new one, in a new slot
word object_at(word type, word bits, word to);
word copy(word from);
word mint(word from, word rights, word badge);
word delete_cap(word cap);
word revoke(word cap);
extern word memory_bits;
word untyped_of(word bits);  // a new child of the test's memory
word image_frame(const void* address);
word device_frame(word paddr, word type, word bits);  // 0: there is no such device memory

// Threads. They run at `PRIORITY`, above the main thread: whoever is resumed runs until it blocks or faults.
enum { MAIN_PRIORITY = 50, PRIORITY = 60, STACK = 4096, THREADS = 18 };
struct thread {
    word tcb, index;
    word fault_ep;
    struct ipc_buffer* ipc;
    word stack_top;
};
struct thread* thread(void);  // configured, not started
void start(struct thread* t, void (*entry)(word), word argument);
void start_at(struct thread* t, const void* rip, word rdi);
word resume(struct thread* t);
word suspend(struct thread* t);
word read_registers(struct thread* t, word* into);  // all of them
word write_registers(struct thread* t, word flags, const word* from, word count);
word set_priority(word tcb, word priority);
struct ipc_buffer* thread_buffer(word index);
void thread_exit(void) __attribute__((noreturn));  // for threads: stops for ever

// A second address space.
struct space {
    word pml4, pdpt, pd, pt;
};
struct space space_of_pool(word asid_pool);
struct space space_with_image(void);  // all of the root server's image, at its addresses
word map_table(word cap, word label, word address, word pml4);
word map_page(word cap, word address, word rights, word pml4);

// IPC by the calling thread; registers only, unless the caller fills its own buffer.
word send(word cap, word info, word mr0);
word nb_recv(word cap, struct message* m);  // the badge, 0: nothing there
word recv(word cap, struct message* m);
void reply_with(word info, word a, word b, word c, word d);
void yield(void);
void signal(word cap);
word poll(word cap);

static inline word tsc(void) {
    u32 low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (word)high << 32 | low;
}
extern word tsc_mhz;
void spin_us(word us);
int has_fsgsbase(void);  // else the bases are the kernel's business

// Report.
void check_true(int good, const char* what, int line);
void check_equal(word got, word expected, const char* what, int line);
#define CHECK(c) check_true((c) != 0, #c, __LINE__)
#define EQ(got, expected) check_equal((word)(got), (word)(expected), #got, __LINE__)

struct test {
    const char* name;
    void (*run)(void);
};
extern const struct test boot_tests[], tcb_tests[], state_tests[], fault_tests[], exception_tests[],
    sched_tests[];
extern const struct test domain_tests[], fpu_tests[], vspace_tests[], mapping_tests[], asid_tests[],
    irq_tests[];
extern const struct test port_tests[], program_tests[], edge_tests[], model_tests[];
