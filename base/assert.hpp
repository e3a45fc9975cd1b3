// SPDX-License-Identifier: GPL-3.0-only
//
// ASSERT states an invariant of our own code; it is never used on input. A broken invariant ends the program
// that holds it, in every build: going on with a broken capability or object table is worse.
#pragma once

namespace base {

// Provided by each program: says where and stops.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace base

#define ASSERT(expression) \
    (static_cast<bool>(expression) ? void() : ::base::assertion_failed(#expression, __FILE__, __LINE__))
