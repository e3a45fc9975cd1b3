// SPDX-License-Identifier: GPL-3.0-only
// Tables of national language support as programs see them (WDK, ntnls.h). They are kept by the system as
// sections.
#pragma once

#include "abi/nt/ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MAXIMUM_LEADBYTES 12

typedef struct _CPTABLEINFO {
    USHORT CodePage;
    USHORT MaximumCharacterSize;  // 1 (SBCS) or 2 (DBCS)
    USHORT DefaultChar;           // of the code page
    USHORT UniDefaultChar;
    USHORT TransDefaultChar;  // default characters, translated
    USHORT TransUniDefaultChar;
    USHORT DBCSCodePage;  // not 0 for a DBCS code page
    UCHAR LeadByte[MAXIMUM_LEADBYTES];
    PUSHORT MultiByteTable;  // Unicode of each byte
    PVOID WideCharTable;     // of each Unicode character a byte, or two for DBCS
    PUSHORT DBCSRanges;
    PUSHORT DBCSOffsets;
} CPTABLEINFO, *PCPTABLEINFO;
C_ASSERT(sizeof(CPTABLEINFO) == 0x40);

NTSYSAPI NTSTATUS NTAPI RtlGetLocaleFileMappingAddress(PVOID* BaseAddress, PLCID DefaultLocaleId,
                                                       PLARGE_INTEGER CasingTableSize);
NTSYSAPI void NTAPI RtlInitCodePageTable(PUSHORT TableBase, PCPTABLEINFO CodePageTable);

#ifdef __cplusplus
}
#endif
