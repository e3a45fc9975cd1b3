// SPDX-License-Identifier: GPL-3.0-only
// Environment blocks: NAME=value strings one after another, an empty one at the end.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// The size of a block in bytes, both final terminators included.
SIZE_T environment_size(const WCHAR* block);

}  // namespace rtl
