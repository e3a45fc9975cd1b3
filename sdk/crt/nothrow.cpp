// SPDX-License-Identifier: GPL-3.0-only
//
// The tag object of `new (std::nothrow)`, which the C++ library would define. The operators are the image's
// own.
#include <new>

namespace std {
const nothrow_t nothrow{};
}
