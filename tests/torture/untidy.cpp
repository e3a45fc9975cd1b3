// SPDX-License-Identifier: GPL-3.0-only
//
// Ends with everything left open: touched memory, a heap block, handles, a thread that sleeps, one that
// waits.
#include "abi/nt/ntdll.h"

namespace {

HANDLE never = nullptr;

NTSTATUS NTAPI sleeper(PVOID) {
    LARGE_INTEGER hour;
    hour.QuadPart = -36'000'000'000;
    return NtDelayExecution(FALSE, &hour);
}

NTSTATUS NTAPI waiter(PVOID) {
    return NtWaitForSingleObject(never, TRUE, nullptr);
}

NTSTATUS leave_everything() {
    PVOID base = nullptr;
    SIZE_T size = 256 * 1024;
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    for (SIZE_T i = 0; NT_SUCCESS(status) && i < size; i += 4096)
        static_cast<volatile UCHAR*>(base)[i] = 1;
    for (int i = 0; NT_SUCCESS(status) && i < 40; ++i)
        status = NtCreateEvent(&never, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    constexpr PUSER_THREAD_START_ROUTINE kRoutines[] = {sleeper, waiter};
    for (const PUSER_THREAD_START_ROUTINE routine : kRoutines) {
        HANDLE thread;
        if (NT_SUCCESS(status))
            status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                      reinterpret_cast<PVOID>(routine), nullptr, 0, 0, 0, 0, nullptr);
    }
    NtYieldExecution();
    return status;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB) {
    NtTerminateProcess(NtCurrentProcess(), leave_everything());
}
