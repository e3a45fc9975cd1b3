// SPDX-License-Identifier: GPL-3.0-only
// The part of a thread that belongs to the CPU. A Tcb begins with it, at offset 0.
#pragma once
#include <cstddef>
#include <cstdint>

#include "arch/context.hpp"

namespace arch {

// An XSAVE area for x87 and SSE state (component mask 3), the first 512 bytes as FXSAVE writes them.
struct alignas(64) FpuState {
    std::uint8_t bytes[576];
};

inline constexpr std::uint32_t kFpuComponents = 3;  // x87 and SSE, as XSAVE numbers them

// Thread::fpu_disabled of the idle thread: it leaves the FPU alone.
inline constexpr std::uint8_t kFpuUnused = 2;

// Where the CPU stops the thread: DR0 to DR3 and DR7.
struct Breakpoints {
    std::uint64_t address[4];
    std::uint64_t control;

    static constexpr std::uint64_t kEnabled = 0xff;  // two bits for each
    bool any() const { return control & kEnabled; }
};

struct Thread {
    UserContext context;
    // The FPU is kept from this thread (TCB flag bit 0): its use raises #NM.
    std::uint8_t fpu_disabled;
    Breakpoints breakpoints;
    FpuState fpu;
};

static_assert(offsetof(Thread, context) == 0);
static_assert(offsetof(Thread, fpu) == 256);
static_assert(sizeof(Thread) == 832);

// Puts a zeroed Thread into the state of one that has never run.
void initialise_thread(Thread& thread);

}  // namespace arch
