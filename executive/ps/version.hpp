// SPDX-License-Identifier: GPL-3.0-only
//
// The version of NT that programs are told.
#pragma once

#include <stdint.h>

namespace ps {

inline constexpr uint32_t kMajorVersion = 10;
inline constexpr uint32_t kMinorVersion = 0;
inline constexpr uint32_t kBuildNumber = 19045;

}  // namespace ps
