// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/tp/pool.hpp"

namespace tp {

NTSTATUS start_thread(PUSER_THREAD_START_ROUTINE routine, PVOID parameter,
                      const TP_POOL_STACK_INFORMATION* stack) {
    HANDLE thread;
    const NTSTATUS status =
        RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, stack ? stack->StackReserve : 0,
                            stack ? stack->StackCommit : 0, routine, parameter, &thread, nullptr);
    if (NT_SUCCESS(status)) NtClose(thread);
    return status;
}

}  // namespace tp
