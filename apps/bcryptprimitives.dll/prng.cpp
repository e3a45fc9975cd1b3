// SPDX-License-Identifier: GPL-3.0-only
// bcryptprimitives.dll: random numbers for programs made by Go and Rust, which ask this DLL by name. libwine
// has none.
#include "abi/nt/ntdll.h"

// Always TRUE: the documentation says that it does not fail.
extern "C" int NTAPI ProcessPrng(UCHAR* Data, SIZE_T Size) {
    while (Size) {
        SYSTEM_INTERRUPT_INFORMATION random;
        ULONG length = 0;
        const NTSTATUS status =
            NtQuerySystemInformation(SystemInterruptInformation, &random, sizeof(random), &length);
        // Bytes that are not random would be worse than none.
        if (!NT_SUCCESS(status) || !length) __builtin_trap();
        const SIZE_T count = Size < sizeof(random) ? Size : sizeof(random);
        __builtin_memcpy(Data, &random, count);
        Data += count;
        Size -= count;
    }
    return 1;
}
