// SPDX-License-Identifier: GPL-3.0-only
//
// How a frame comes to its place in an address space: what Page.Map and runs of pages share.
#pragma once
#include "kernel/api/vspace_arguments.hpp"
#include "kernel/object/cap_rules.hpp"

namespace kernel {

// A frame may be mapped where it is already, and else below the kernel.
inline Status check_place(const FrameCap& frame, const TableCap& space, Word address, Word bits) {
    if (frame.asid != 0) {
        if (frame.asid != space.asid) return Error::invalid_capability(1);
        if (Word{frame.page} << 12 != address) return Error::invalid_argument(0);
    } else if (address > arch::kUserTop || address + (Word{1} << bits) > arch::kUserTop) {
        return Error::invalid_argument(0);
    }
    return {};
}

// What the CPU is told of a frame, but for its address. `rights` limit the capability's own.
Word entry_bits(const FrameCap& frame, Rights rights, Word attributes);

}  // namespace kernel
