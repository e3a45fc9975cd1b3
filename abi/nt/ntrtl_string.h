// SPDX-License-Identifier: GPL-3.0-only
// Strings, conversions between character sets, integers, GUIDs, messages.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE 1
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING 2

#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599 1

void NTAPI RtlInitString(PSTRING Destination, PCSZ Source);
void NTAPI RtlInitAnsiString(PANSI_STRING Destination, PCSZ Source);
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING Destination, PCSZ Source);
void NTAPI RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING Destination, PCWSTR Source);
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
BOOLEAN NTAPI RtlCreateUnicodeStringFromAsciiz(PUNICODE_STRING Destination, PCSTR Source);
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING Source, PUNICODE_STRING Destination);
void NTAPI RtlFreeUnicodeString(PUNICODE_STRING String);
void NTAPI RtlFreeAnsiString(PANSI_STRING String);
void NTAPI RtlFreeOemString(POEM_STRING String);

void NTAPI RtlCopyString(PSTRING Destination, const STRING* Source);
void NTAPI RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING* Source);
NTSTATUS NTAPI RtlAppendAsciizToString(PSTRING Destination, PCSZ Source);
void NTAPI RtlEraseUnicodeString(PUNICODE_STRING String);

LONG NTAPI RtlCompareString(const STRING* First, const STRING* Second, BOOLEAN CaseInsensitive);
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING First, PCUNICODE_STRING Second, BOOLEAN CaseInsensitive);
LONG NTAPI RtlCompareUnicodeStrings(PCWCH First, SIZE_T FirstLength, PCWCH Second, SIZE_T SecondLength,
                                    BOOLEAN CaseInsensitive);
BOOLEAN NTAPI RtlEqualString(const STRING* First, const STRING* Second, BOOLEAN CaseInsensitive);
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING First, PCUNICODE_STRING Second, BOOLEAN CaseInsensitive);
BOOLEAN NTAPI RtlPrefixString(const STRING* Prefix, const STRING* String, BOOLEAN CaseInsensitive);
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING Prefix, PCUNICODE_STRING String,
                                     BOOLEAN CaseInsensitive);
NTSTATUS NTAPI RtlFindCharInUnicodeString(ULONG Flags, PCUNICODE_STRING String, PCUNICODE_STRING CharSet,
                                          PUSHORT NonInclusivePrefixLength);
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInsensitive, ULONG Algorithm,
                                    PULONG Hash);

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR Char);
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR Char);
CHAR NTAPI RtlUpperChar(CHAR Char);
void NTAPI RtlUpperString(PSTRING Destination, const STRING* Source);
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source, BOOLEAN Allocate);
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                        BOOLEAN Allocate);

WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR* SourceCharacter);
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING Destination, PCANSI_STRING Source,
                                            BOOLEAN Allocate);
NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING Destination, PCOEM_STRING Source,
                                           BOOLEAN Allocate);
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING Destination, PCUNICODE_STRING Source,
                                            BOOLEAN Allocate);
NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING Destination, PCUNICODE_STRING Source,
                                           BOOLEAN Allocate);
NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(POEM_STRING Destination, PCUNICODE_STRING Source,
                                                 BOOLEAN Allocate);
ULONG NTAPI RtlAnsiStringToUnicodeSize(PCANSI_STRING Source);
ULONG NTAPI RtlOemStringToUnicodeSize(PCOEM_STRING Source);
ULONG NTAPI RtlUnicodeStringToAnsiSize(PCUNICODE_STRING Source);
ULONG NTAPI RtlUnicodeStringToOemSize(PCUNICODE_STRING Source);
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                      ULONG SourceBytes);
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG Bytes, PCSTR Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                      ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG Bytes, PCWCH Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                            ULONG SourceBytes);
NTSTATUS NTAPI RtlOemToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                ULONG SourceBytes);
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                 ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                 ULONG SourceBytes);
BOOLEAN NTAPI RtlIsTextUnicode(const VOID* Buffer, INT Size, PINT Result);

NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlIntegerToChar(ULONG Value, ULONG Base, LONG OutputLength, PSZ String);
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlLargeIntegerToChar(const ULARGE_INTEGER* Value, ULONG Base, LONG OutputLength, PSZ String);
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING String, GUID* Guid);
NTSTATUS NTAPI RtlStringFromGUID(const GUID* Guid, PUNICODE_STRING String);

// Wildcards as file systems match them: * ? and the DOS forms < > ". Expression must be upper case when
// IgnoreCase.
BOOLEAN NTAPI RtlIsNameInExpression(PCUNICODE_STRING Expression, PCUNICODE_STRING Name, BOOLEAN IgnoreCase,
                                    PWCHAR UpcaseTable);
BOOLEAN NTAPI RtlIsNameLegalDOS8Dot3(PCUNICODE_STRING Name, POEM_STRING OemName, PBOOLEAN SpacesFound);

NT_END_C
