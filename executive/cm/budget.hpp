// SPDX-License-Identifier: GPL-3.0-only
//
// All registry memory is counted against one limit, so that no program can fill the machine with it.
#pragma once

#include <stddef.h>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace cm {

// Bytes of names and data in all keys together: an eighth of the machine's memory, at most so many.
inline constexpr size_t kMaximumTotal = 32 << 20;
void set_limit(size_t bytes);
size_t limit();
size_t total_bytes();

// STATUS_REGISTRY_QUOTA_LIMIT.
Result<void> charge(size_t bytes);
// REQUIRES: they were charged.
void uncharge(size_t bytes);

}  // namespace cm
