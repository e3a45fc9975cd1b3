// SPDX-License-Identifier: GPL-3.0-only
//
// Writes where nothing is mapped, and has no handler for it.
#include "abi/nt/ntdll.h"

extern "C" void NTAPI NtProcessStartup(PPEB) {
    *reinterpret_cast<volatile ULONG*>(0x10) = 1;
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
