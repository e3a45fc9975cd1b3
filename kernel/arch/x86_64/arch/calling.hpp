// SPDX-License-Identifier: GPL-3.0-only
// How the entry code calls into C++.
#pragma once

// A function that keeps no register: the entry code has saved them all, and what it does not need is not
// saved again.
#define ARCH_KEEPS_NOTHING [[clang::preserve_none]]
