// SPDX-License-Identifier: GPL-3.0-only
//
// Only what libc++'s <cmath> needs in order to compile; no function of it is ever linked.
#pragma once

#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4

typedef float float_t;
typedef double double_t;
