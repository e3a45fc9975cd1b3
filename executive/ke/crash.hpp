// SPDX-License-Identifier: GPL-3.0-only
//
// The end of the Executive. Whatever ends it (a fault, a failed assertion, a stack that overflows, no memory
// to start with) is told on the serial line and over the screen: what, where, and the last message it was
// serving. Then the machine halts or, with the boot option crash=reset, starts again. Nothing here takes
// memory or touches an object, but for naming the client of that last message.
#pragma once

#include <stdint.h>

#include <string_view>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke {

enum class AfterCrash : uint8_t { Halt, Reset };
void set_after_crash(AfterCrash action);

// Addresses of the Executive's code and of the stack of the thread that serves.
struct ImageLayout {
    uint64_t code;
    uint64_t code_end;
    uint64_t stack;  // nothing is mapped in the page below
    uint64_t stack_end;
};

// From now on a fault of the thread that serves, or of a helper thread, is told. Once, at boot.
// STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES.
Result<void> report_faults(const ImageLayout& image);

// The Executive cannot go on. On any of its threads.
[[noreturn]] void crash(std::string_view why);

// --- provided by mm
// Faults of the thread that serves go to this endpoint from now on, and those of helper threads made later.
Result<void> set_fault_endpoints(uint64_t serving, uint64_t helpers);

}  // namespace ke
