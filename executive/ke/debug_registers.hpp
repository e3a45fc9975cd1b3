// SPDX-License-Identifier: GPL-3.0-only
//
// Debug registers, as NT's CONTEXT has them. The kernel has breakpoints for threads as an extension
// (abi/sel4/extensions.h, docs/decisions/0023); where it announces none, whoever enables one is refused.
#pragma once

#include "abi/nt/ntxcapi.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke {

using CPtr = uint64_t;

struct DebugRegisters {
    uint64_t address[4] = {};
    uint64_t status = 0;   // DR6: what the last debug exception was for, until the thread goes on
    uint64_t control = 0;  // DR7

    // NT keeps none where no breakpoint is enabled.
    bool active() const;
    // Of control, what the kernel is given: 0, no breakpoint can be hit.
    uint64_t armed() const;
};

// Does ContextFlags name them?
bool has_debug_registers(const CONTEXT& context);
// Those of a context, as NT takes them: addresses above a program's become 0, and of DR6 and DR7 only what a
// program may set is kept. None where none is enabled.
DebugRegisters to_debug_registers(const CONTEXT& context);
void from_debug_registers(const DebugRegisters& registers, CONTEXT& context);

// Looks for the announcement. Before the first thread.
void find_debug_registers();
bool kernel_has_debug_registers();
// STATUS_NOT_SUPPORTED.
Result<void> load_debug_registers(CPtr tcb, const DebugRegisters& registers);

}  // namespace ke
