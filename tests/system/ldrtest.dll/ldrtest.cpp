// SPDX-License-Identifier: GPL-3.0-only
// The DLL that tests/system/loader.cpp loads: code, data, a forwarder, an export by ordinal, TLS, an entry
// point.
#include "abi/nt/ntdll.h"
#include "tests/system/tls.h"

namespace {
thread_local int per_thread = 40;
}

extern "C" {

// How often the entry point was called, by reason; and where the image believes to be.
int attach_calls[4];
int tls_calls[4];
void* own_address = attach_calls;

int Add(int a, int b) {
    return a + b;
}
int Hidden(void) {
    return 7777;
}
int NextPerThread(void) {
    return ++per_thread;
}

BOOLEAN NTAPI DllMain(PVOID, ULONG reason, PVOID) {
    if (reason < 4) ++attach_calls[reason];
    return TRUE;
}
}

void NTAPI tls_callback(PVOID, ULONG reason, PVOID) {
    if (reason < 4) ++tls_calls[reason];
}
