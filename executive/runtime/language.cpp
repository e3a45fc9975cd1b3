// SPDX-License-Identifier: GPL-3.0-only
//
// What C++ itself expects of a program.
#include <new>

#include "base/assert.hpp"

namespace std {
const nothrow_t nothrow{};
}

extern "C" void __cxa_pure_virtual() {
    base::assertion_failed("a pure virtual function was called", __FILE__, __LINE__);
}

// Reached when libc++'s own checks fail.
namespace std::inline __1 {
[[noreturn]] void __libcpp_verbose_abort(const char* format, ...) {
    base::assertion_failed(format, __FILE__, __LINE__);
}
}  // namespace std::inline __1
