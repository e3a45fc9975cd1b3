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

// Sizes are in bytes. STATUS_BUFFER_OVERFLOW: there was no room for all of it.
NTSYSAPI NTSTATUS NTAPI RtlCustomCPToUnicodeN(PCPTABLEINFO CustomCP, PWSTR Destination, ULONG MaximumBytes,
                                              PULONG Bytes, PCSTR Source, ULONG SourceBytes);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeToCustomCPN(PCPTABLEINFO CustomCP, PCHAR Destination, ULONG MaximumBytes,
                                              PULONG Bytes, PCWCH Source, ULONG SourceBytes);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeToCustomCPN(PCPTABLEINFO CustomCP, PCHAR Destination,
                                                    ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                                    ULONG SourceBytes);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes,
                                               PCWCH Source, ULONG SourceBytes);
// Without a terminator. STATUS_BUFFER_OVERFLOW where the text does not fit as a whole.
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(POEM_STRING Destination,
                                                                 PCUNICODE_STRING Source, BOOLEAN Allocate);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeStringToAnsiString(PANSI_STRING Destination, PCUNICODE_STRING Source,
                                                           BOOLEAN Allocate);

#ifdef __cplusplus
}
#endif
