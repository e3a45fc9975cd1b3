// SPDX-License-Identifier: GPL-3.0-only
//
// Whole processes.
#include "tests/torture/exhaust/exhaust.hpp"

namespace exhaust {

namespace {

NTSTATUS start(bool suspended) {
    RTL_USER_PROCESS_INFORMATION process = {};
    const NTSTATUS status = start_self(u"child", suspended, process);
    if (!NT_SUCCESS(status)) return status;
    NtClose(process.Thread);
    NtClose(process.Process);
    return status;
}

// Each runs, and ends with its parent. Once one does not start no other is tried: each would say on the
// console what it lacks.
NTSTATUS processes(ULONG) {
    static NTSTATUS last = STATUS_SUCCESS;
    if (NT_SUCCESS(last)) last = start(false);
    return last;
}

// Processes that have ended and that somebody still has a handle to.
NTSTATUS zombies(ULONG) {
    RTL_USER_PROCESS_INFORMATION process = {};
    const NTSTATUS status = start_self(u"child", true, process);
    if (!NT_SUCCESS(status)) return status;
    NtTerminateProcess(process.Process, STATUS_SUCCESS);
    NtClose(process.Thread);
    return NtWaitForSingleObject(process.Process, FALSE, nullptr);
}

constexpr Kind kKinds[] = {
    {u"processes", processes},
    {u"zombies", zombies},
};

}  // namespace

Kinds program_kinds() {
    return {kKinds, sizeof kKinds / sizeof kKinds[0]};
}

}  // namespace exhaust
