// SPDX-License-Identifier: GPL-3.0-only
// What the programs of this folder say of a call: its text, and what came of it.
#pragma once
#include <stdio.h>
#include <string.h>
#include <windows.h>

static inline int said(const char* what, int done) {
    DWORD error = GetLastError();
    if (done)
        printf("%s: yes\n", what);
    else
        printf("%s: no, error %lu\n", what, error);
    return done;
}

static inline HANDLE said_made(const char* what, HANDLE handle) {
    said(what, handle && handle != INVALID_HANDLE_VALUE);
    return handle;
}

// A call that succeeds or says why not in the last error, one that gives a handle, and values.
#define YES(call) (SetLastError(0), said(#call, !!(call)))
#define MADE(call) (SetLastError(0), said_made(#call, (HANDLE)(call)))
#define NUM(value) printf("%s: %lld\n", #value, (long long)(value))
#define HEX(value) printf("%s: %llx\n", #value, (unsigned long long)(value))
#define STR(value) printf("%s: [%s]\n", #value, (value))
#define WSTR(value) printf("%s: [%ls]\n", #value, (value))
