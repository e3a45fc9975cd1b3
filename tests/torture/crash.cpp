// SPDX-License-Identifier: GPL-3.0-only
//
// Writes where nothing is mapped, or with the argument `execute` executes data, and has no handler for it.
#include "abi/nt/ntdll.h"

namespace {

UCHAR data[] = {0xc3};

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    if (wcsstr(peb->ProcessParameters->CommandLine.Buffer, u"execute")) {
        reinterpret_cast<void (*)()>(data)();
    } else {
        *reinterpret_cast<volatile ULONG*>(0x10) = 1;
    }
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}
