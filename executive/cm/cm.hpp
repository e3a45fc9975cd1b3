// SPDX-License-Identifier: GPL-3.0-only
//
// The configuration manager: the registry.
#pragma once

#include <string_view>

#include "executive/cm/key.hpp"
#include "executive/cm/key_object.hpp"
#include "executive/cm/registry.hpp"

namespace cm {

// Makes \Registry and the keys everybody expects. REQUIRES: ob::initialize().
Result<void> initialize();

// Fills the registry from a seed in the REGEDIT text form (UTF-8; see docs/registry.md). A line that cannot
// be understood is reported with its number and left out; the rest counts. Returns how many lines were left
// out.
size_t load_seed(std::string_view text);

}  // namespace cm
