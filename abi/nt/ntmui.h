// SPDX-License-Identifier: GPL-3.0-only
// Preferred languages of the user interface, as lists of texts that end with an empty one: names ("en-US") or
// numbers of four hexadecimal digits ("0409").
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define MUI_LANGUAGE_ID 0x4
#define MUI_LANGUAGE_NAME 0x8
#define MUI_MERGE_SYSTEM_FALLBACK 0x10
#define MUI_MERGE_USER_FALLBACK 0x20
#define MUI_THREAD_LANGUAGES 0x40
#define MUI_CONSOLE_FILTER 0x100
#define MUI_COMPLEX_SCRIPT_FILTER 0x200
#define MUI_RESET_FILTERS 0x1
#define MUI_MACHINE_LANGUAGE_SETTINGS 0x400

// *Size is in characters: room, then what is needed. Without a buffer, *Size 0 asks for it.
// STATUS_BUFFER_TOO_SMALL else.
NTSTATUS NTAPI RtlGetProcessPreferredUILanguages(ULONG Flags, PULONG Count, PWSTR Buffer, PULONG Size);
NTSTATUS NTAPI RtlGetSystemPreferredUILanguages(ULONG Flags, ULONG Reserved, PULONG Count, PWSTR Buffer,
                                                PULONG Size);
NTSTATUS NTAPI RtlGetThreadPreferredUILanguages(ULONG Flags, PULONG Count, PWSTR Buffer, PULONG Size);
NTSTATUS NTAPI RtlGetUserPreferredUILanguages(ULONG Flags, ULONG Reserved, PULONG Count, PWSTR Buffer,
                                              PULONG Size);
// At most five; a null list clears. *Count is how many were taken.
NTSTATUS NTAPI RtlSetProcessPreferredUILanguages(ULONG Flags, PCWSTR Languages, PULONG Count);
NTSTATUS NTAPI RtlSetThreadPreferredUILanguages(ULONG Flags, PCWSTR Languages, PULONG Count);

NT_END_C
