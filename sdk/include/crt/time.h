// SPDX-License-Identifier: GPL-3.0-only
//
// The types libc++'s <chrono> names; time itself comes from KUSER_SHARED_DATA and the NT services.
#pragma once

typedef long long time_t;
typedef long clock_t;
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};
struct tm;
