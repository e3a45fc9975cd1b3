// SPDX-License-Identifier: GPL-3.0-only
//
// What libc++'s <cstdlib> names. No heap is declared: memory comes from the component's own allocator.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int quot;
    int rem;
} div_t;
typedef struct {
    long quot;
    long rem;
} ldiv_t;
typedef struct {
    long long quot;
    long long rem;
} lldiv_t;

div_t div(int numerator, int denominator);
ldiv_t ldiv(long numerator, long denominator);
lldiv_t lldiv(long long numerator, long long denominator);
__attribute__((noreturn)) void abort(void);

#ifdef __cplusplus
}
#endif
