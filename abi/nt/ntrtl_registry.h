// SPDX-License-Identifier: GPL-3.0-only
// Values of the registry by a path: RelativeTo is one of the roots below, or a key's handle with
// RTL_REGISTRY_HANDLE.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define RTL_REGISTRY_ABSOLUTE 0
#define RTL_REGISTRY_SERVICES 1
#define RTL_REGISTRY_CONTROL 2
#define RTL_REGISTRY_WINDOWS_NT 3
#define RTL_REGISTRY_DEVICEMAP 4
#define RTL_REGISTRY_USER 5
#define RTL_REGISTRY_MAXIMUM 6
#define RTL_REGISTRY_HANDLE 0x40000000
#define RTL_REGISTRY_OPTIONAL 0x80000000

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PCWSTR Path);
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PCWSTR Path);
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName);
// The key is made where it is missing.
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG Type, PVOID Data,
                                     ULONG Size);

NT_END_C
