// SPDX-License-Identifier: GPL-3.0-only
// What 64-bit programs ask about 32-bit ones, of which there are none: the answers are those of a native
// process on NT.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr USHORT machine_amd64 = 0x8664;
constexpr ULONG wow64_context_size = 0x2cc;

}  // namespace

extern "C" {

// Redirection is a thing of 32-bit processes only.
NTSTATUS NTAPI RtlWow64EnableFsRedirection(BOOLEAN) {
    return STATUS_NOT_IMPLEMENTED;
}
NTSTATUS NTAPI RtlWow64EnableFsRedirectionEx(PVOID, PVOID*) {
    return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS NTAPI RtlWow64GetProcessMachines(HANDLE Process, PUSHORT Current, PUSHORT Native) {
    ULONG_PTR wow64 = 0;
    const NTSTATUS status =
        NtQueryInformationProcess(Process, ProcessWow64Information, &wow64, sizeof(wow64), nullptr);
    if (!NT_SUCCESS(status)) return status;
    if (Current) *Current = machine_amd64;
    if (Native) *Native = machine_amd64;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlWow64GetThreadContext(HANDLE Thread, PVOID Context) {
    return NtQueryInformationThread(Thread, ThreadWow64Context, Context, wow64_context_size, nullptr);
}
NTSTATUS NTAPI RtlWow64SetThreadContext(HANDLE Thread, const VOID* Context) {
    return NtSetInformationThread(Thread, ThreadWow64Context, const_cast<PVOID>(Context), wow64_context_size);
}
NTSTATUS NTAPI RtlWow64GetCurrentCpuArea(PUSHORT, PVOID*, PVOID*) {
    return STATUS_NOT_SUPPORTED;
}
NTSTATUS NTAPI RtlWow64GetThreadSelectorEntry(HANDLE Thread, PVOID Information, ULONG Size,
                                              PULONG ReturnLength) {
    return NtQueryInformationThread(Thread, ThreadDescriptorTableEntry, Information, Size, ReturnLength);
}

}  // extern "C"
