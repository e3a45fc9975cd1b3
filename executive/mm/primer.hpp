// SPDX-License-Identifier: GPL-3.0-only
//
// Makes RAM ready ahead of need. The first Retype of an untyped clears all of it on kernels that do not know
// it to be clear, which is long for a large one: a helper thread of the lowest priority makes that call, with
// an object that goes again at once, so that the Executive's own first Retype finds the untyped clear.
#pragma once

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// Once, when threads can be made. Without it RAM is made ready when it is taken.
Result<void> start_primer();

}  // namespace mm
