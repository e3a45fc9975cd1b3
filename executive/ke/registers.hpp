// SPDX-License-Identifier: GPL-3.0-only
//
// Between the kernel's view of a thread's registers and NT's CONTEXT.
#pragma once

#include "abi/nt/ntxcapi.h"
#include "abi/sel4/types.h"

namespace ke {

inline constexpr unsigned kRegisterCount = 20;
inline constexpr unsigned kSyscallLength = 2;

// Fills the control, integer and segment parts.
void to_context(const seL4_UserContext& registers, CONTEXT& context);
// Takes over the parts that ContextFlags names.
void from_context(const CONTEXT& context, seL4_UserContext& registers);
void merge_context(const CONTEXT& from, CONTEXT& to);

}  // namespace ke
