// SPDX-License-Identifier: GPL-3.0-only
// Time stamps and the rows made of them. Under QEMU with -icount shift=0 the time stamp counter counts
// instructions, so the numbers are exact; elsewhere they are cycles. Each row is the smallest of many runs: a
// tick that falls into one does not count.
#pragma once
#include "tests/rootserver/common/rt.hpp"

namespace bench {

using rt::Word;

inline constexpr int kRuns = 64;
inline constexpr Word kPriority = 100;
inline constexpr Word kHigher = 101;

// Stamps of one run. Threads in other VSpaces see the same page.
extern volatile std::uint32_t stamps[4];

template <int index>
[[gnu::always_inline]] inline void stamp() {
    std::uint32_t low;
    asm volatile("rdtsc" : "=a"(low) : : "rdx", "memory");
    stamps[index] = low;
}

void calibrate();
extern std::uint32_t overhead;  // of a stamp itself

// The smallest distance of two stamps over the runs of `run`.
template <int from, int to, typename Run>
Word smallest(Run run) {
    std::uint32_t best = ~0u;
    for (int i = 0; i < kRuns; ++i) {
        run();
        const std::uint32_t cost = stamps[to] - stamps[from];
        if (cost < best) best = cost;
    }
    return best - overhead;
}

void report(const char* name, const char* suffix, Word count);

template <typename Operation>
void measure(const char* name, Operation operation) {
    report(name, "", smallest<0, 1>([&] {
               stamp<0>();
               operation();
               stamp<1>();
           }));
}

[[gnu::always_inline]] inline void empty_call(seL4_Int64 number, Word cap, Word info = 0) {
    Word badge;
    seL4_RawCallEmpty(number, cap, &badge, info);
}

// The suites; each leaves no thread behind.
void measure_alone();
void measure_ipc(const char* suffix, Word vspace);
void measure_switches(const char* suffix, Word vspace);
void measure_fault();
void measure_objects();
void measure_latency();

}  // namespace bench
