// SPDX-License-Identifier: GPL-3.0-only
//
// Freestanding code has no streams. The two names are declared (never defined) because libc++'s <cstdio>
// would otherwise find its own algorithms of the same names.
#pragma once

#define EOF (-1)

#ifdef __cplusplus
extern "C" {
#endif

int remove(const char* name);
int rename(const char* from, const char* to);

#ifdef __cplusplus
}
#endif
