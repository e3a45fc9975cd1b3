// SPDX-License-Identifier: GPL-3.0-only
// What a hostile thread does: random system calls with random registers, capabilities and message words,
// chosen so that many of them get past the first checks. It lives in a VSpace where the image is read-only
// but for its own arena, and in a CSpace that holds copies of its own kin's objects and memory to make more.
#pragma once
#include "tests/rootserver/common/rt.hpp"

namespace hostile {

using rt::Word;

inline constexpr int kThreads = 4;
inline constexpr Word kSlotBits = 8;  // of the hostile CSpace
inline constexpr Word kSlots = Word{1} << kSlotBits;
inline constexpr Word kPage = 4096;

// What lies in the hostile CSpace at first; the slots behind are empty.
enum Slot : Word {
    kFaultEndpoint = 1,
    kOwnCNode,
    kOwnVSpace,
    kMemory,       // an untyped
    kSmallMemory,  // another one
    kEndpoint,
    kNotification,
    kFrame,
    kAsidControl,
    kAsidPool,
    kPorts,
    kInterrupt,
    kFirstTcb,
    kFirstFree = kFirstTcb + kThreads,
};

// One thread's memory, written by it and read by the supervisor.
struct alignas(kPage) Arena {
    unsigned char stack[2 * kPage];
    alignas(kPage) unsigned char buffer[kPage];
    alignas(kPage) volatile Word calls;
    Word seed;
};
extern Arena arenas[kThreads];

// The thread's whole life, until it has made `kCallsPerLife` calls; then it faults on purpose.
inline constexpr Word kCallsPerLife = 5000;
[[noreturn]] void live(Word index);

}  // namespace hostile
