// SPDX-License-Identifier: GPL-3.0-only
//
// The parts of the TCB decoder, see decode_tcb.cpp.
#pragma once
#include "kernel/api/invocation.hpp"

namespace kernel {

Status read_registers(const Invocation& call);
Status write_registers(const Invocation& call);
Status copy_registers(const Invocation& call);

Status configure_tcb(const Invocation& call);
Status set_ipc_buffer(const Invocation& call);
Status set_space(const Invocation& call);

// An extension.
Status set_debug_registers(const Invocation& call);

}  // namespace kernel
