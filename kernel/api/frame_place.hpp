// SPDX-License-Identifier: GPL-3.0-only
//
// How a frame comes to its place in an address space: what Page.Map and runs of pages share.
#pragma once
#include "kernel/api/vspace_arguments.hpp"
#include "kernel/object/cap_rules.hpp"

namespace kernel {

struct FrameAccess {
    Rights rights;
    Word attributes;  // seL4_X86_VMAttributes
};

// A frame may be mapped where it is already, and else below the kernel.
Status check_place(const FrameCap& frame, const TableCap& space, Word address);

// Fills the entry of `address`; the frame's capability as it is from now on.
FrameCap enter_frame(FrameCap frame, const TableCap& space, Word* entry, Word address,
                     const FrameAccess& access);

}  // namespace kernel
