// SPDX-License-Identifier: GPL-3.0-only
// Unicode normalisation. Lengths are in characters of UTF-16; a source length of -1 means up to and with the
// terminator.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

typedef enum _RTL_NORM_FORM {
    NormalizationC = 1,
    NormalizationD = 2,
    NormalizationKC = 5,
    NormalizationKD = 6,
} RTL_NORM_FORM;

// *TargetLength is the room, 0 to be told what is needed; then what was written or is needed
// (STATUS_BUFFER_TOO_SMALL), or where the source is no UTF-16 (STATUS_NO_UNICODE_TRANSLATION).
// STATUS_OBJECT_NAME_NOT_FOUND for an unknown form.
NTSTATUS NTAPI RtlNormalizeString(ULONG Form, PCWSTR Source, LONG SourceLength, PWSTR Target,
                                  PLONG TargetLength);
NTSTATUS NTAPI RtlIsNormalizedString(ULONG Form, PCWSTR Source, LONG SourceLength, PBOOLEAN Result);

NT_END_C
