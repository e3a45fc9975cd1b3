// SPDX-License-Identifier: GPL-3.0-only
// The TLS directory of an image with thread_local variables, which a C run-time would define. Included once
// per image; the includer provides `tls_callback`.
#pragma once

#include "abi/nt/ntimage.h"

void NTAPI tls_callback(PVOID base, ULONG reason, PVOID reserved);

extern "C" {
ULONG _tls_index;
__attribute__((used, section(".tls"))) char tls_first = 0;
__attribute__((used, section(".tls$ZZZ"))) char tls_last = 0;
}
static const PIMAGE_TLS_CALLBACK tls_callbacks[] = {tls_callback, nullptr};

struct TlsDirectory {
    const void* start;
    const void* end;
    const void* index;
    const void* callbacks;
    ULONG zero_fill;
    ULONG characteristics;
};
static_assert(sizeof(TlsDirectory) == sizeof(IMAGE_TLS_DIRECTORY));
extern "C" {
extern const TlsDirectory _tls_used;
__attribute__((used))
const TlsDirectory _tls_used = {&tls_first, &tls_last, &_tls_index, tls_callbacks, 0, 0};
}
