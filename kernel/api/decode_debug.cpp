// SPDX-License-Identifier: GPL-3.0-only
//
// TCB.SetDebugRegisters, an extension (abi/sel4/extensions.h). The kernel reaches user memory at addresses of
// its own, so a breakpoint below it stops user code alone.
#include "arch/switch.hpp"
#include "kernel/api/decode_tcb.hpp"

namespace kernel {

namespace {

constexpr Word kBreakpoints = 4;
constexpr Word kExecution = 0, kInputOutput = 2;
constexpr Word kExactness = 3 << 8;  // of no effect for long

// Bits of DR7 for one breakpoint.
struct Kind {
    bool enabled;
    Word what;
    Word length;
};
Kind kind_of(Word control, Word number) {
    return {(control >> 2 * number & 3) != 0, control >> (16 + 4 * number) & 3,
            control >> (18 + 4 * number) & 3};
}

bool is_sound(const Kind& kind, Word address) {
    constexpr Word kLongest = 8;
    if (kind.what == kInputOutput || (kind.what == kExecution && kind.length != 0)) return false;
    return address <= arch::kUserTop - kLongest;
}

}  // namespace

Status set_debug_registers(const Invocation& call) {
    if (call.length < kBreakpoints + 1) return Error::truncated();
    const Word control = call.argument(kBreakpoints);
    arch::Breakpoints breakpoints{};
    for (Word i = 0; i < kBreakpoints; i++) {
        const Word address = call.argument(i);
        const Kind kind = kind_of(control, i);
        if (!kind.enabled) continue;
        if (!is_sound(kind, address)) return Error::invalid_argument(i);
        breakpoints.address[i] = address;
        breakpoints.control |= (control & Word{3} << 2 * i) | (control & Word{15} << (16 + 4 * i));
    }
    if (breakpoints.any()) breakpoints.control |= control & kExactness;

    call.begin();
    Tcb& target = *tcb_of(call.cap.as<TcbCap>());
    arch::breakpoints_set(target.arch, breakpoints, &target == kernel_current);
    return {};
}

}  // namespace kernel
