// SPDX-License-Identifier: GPL-3.0-only
//
// What all programs together have been promised. Nothing is ever paged out: that is RAM, less what the
// Executive needs to serve them.
#pragma once

#include <stdint.h>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// STATUS_COMMITMENT_LIMIT.
Result<void> commit_pages(uint64_t pages);
void uncommit_pages(uint64_t pages);

}  // namespace mm
