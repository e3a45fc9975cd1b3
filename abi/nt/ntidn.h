// SPDX-License-Identifier: GPL-3.0-only
// Internationalised domain names (RFC 3490 to 3492). Lengths are in characters of UTF-16; a source length of
// -1 means up to and with the terminator. *TargetLength is the room, 0 to be told what is needed; then what
// was written or is needed.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define IDN_ALLOW_UNASSIGNED 0x1
#define IDN_USE_STD3_ASCII_RULES 0x2

// STATUS_INVALID_IDN_NORMALIZATION for a name that is none.
NTSTATUS NTAPI RtlIdnToAscii(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target, PLONG TargetLength);
NTSTATUS NTAPI RtlIdnToNameprepUnicode(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target,
                                       PLONG TargetLength);
NTSTATUS NTAPI RtlIdnToUnicode(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target,
                               PLONG TargetLength);

NT_END_C
