// SPDX-License-Identifier: GPL-3.0-only
//
// Which of the 65536 I/O ports have been given out.
#pragma once
#include "kernel/object/cap.hpp"

namespace kernel {

// REQUIRES: first <= last < 65536.
bool io_ports_are_free(Word first, Word last);
void claim_io_ports(Word first, Word last);
void release_io_ports(const IoPortCap& cap);

}  // namespace kernel
