// SPDX-License-Identifier: GPL-3.0-only
//
// The few instructions whose faults mean something other than what the processor says.
#pragma once

#include "executive/mm/address_space.hpp"

namespace ps {

struct Instruction {
    enum class Kind : uint8_t { Other, Port, Privileged, FastFail, Assertion, DebugService };
    Kind kind = Kind::Other;
    uint8_t length = 0;
    // Port: in or out, 1, 2 or 4 bytes; an immediate port number, or -1 for dx.
    bool output = false;
    uint8_t width = 0;
    int16_t immediate_port = -1;
};

// Other when the bytes cannot be read.
Instruction decode_instruction(mm::AddressSpace& space, uint64_t address);

}  // namespace ps
