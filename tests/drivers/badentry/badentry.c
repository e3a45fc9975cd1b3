// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that faults before it has done anything.
#include <ntddk.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *(volatile ULONG*)(ULONG_PTR)0x10 = 1;
    return STATUS_SUCCESS;
}
