// SPDX-License-Identifier: GPL-3.0-only
// A DLL whose entry point refuses to be loaded.
#include "abi/nt/ntdll.h"

extern "C" BOOLEAN NTAPI DllMain(PVOID, ULONG, PVOID) {
    return FALSE;
}
