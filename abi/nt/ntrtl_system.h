// SPDX-License-Identifier: GPL-3.0-only
// Memory, images, time, version, registry helpers, messages, hashes, random numbers.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntexapi.h"
#include "abi/nt/ntimage.h"
#include "abi/nt/ntkuser.h"

NT_BEGIN_C

SIZE_T NTAPI RtlCompareMemory(const VOID* First, const VOID* Second, SIZE_T Length);
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern);
void NTAPI RtlFillMemory(PVOID Destination, SIZE_T Length, UCHAR Fill);
void NTAPI RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern);
void NTAPI RtlMoveMemory(PVOID Destination, const VOID* Source, SIZE_T Length);
void NTAPI RtlCopyMemory(PVOID Destination, const VOID* Source, SIZE_T Length);
void NTAPI RtlZeroMemory(PVOID Destination, SIZE_T Length);

PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base);
NTSTATUS NTAPI RtlImageNtHeaderEx(ULONG Flags, PVOID Base, ULONGLONG Size, PIMAGE_NT_HEADERS* Headers);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT Directory, PULONG Size);
PVOID NTAPI RtlImageRvaToVa(PIMAGE_NT_HEADERS Headers, PVOID Base, ULONG Rva,
                            PIMAGE_SECTION_HEADER* LastSection);
PIMAGE_SECTION_HEADER NTAPI RtlImageRvaToSection(PIMAGE_NT_HEADERS Headers, PVOID Base, ULONG Rva);

void NTAPI RtlTimeToTimeFields(const LARGE_INTEGER* Time, PTIME_FIELDS Fields);
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS Fields, PLARGE_INTEGER Time);
BOOLEAN NTAPI RtlTimeToSecondsSince1970(const LARGE_INTEGER* Time, PULONG Seconds);
BOOLEAN NTAPI RtlTimeToSecondsSince1980(const LARGE_INTEGER* Time, PULONG Seconds);
void NTAPI RtlSecondsSince1970ToTime(ULONG Seconds, PLARGE_INTEGER Time);
void NTAPI RtlSecondsSince1980ToTime(ULONG Seconds, PLARGE_INTEGER Time);
NTSTATUS NTAPI RtlSystemTimeToLocalTime(const LARGE_INTEGER* SystemTime, PLARGE_INTEGER LocalTime);
NTSTATUS NTAPI RtlLocalTimeToSystemTime(const LARGE_INTEGER* LocalTime, PLARGE_INTEGER SystemTime);
LARGE_INTEGER NTAPI RtlGetSystemTimePrecise(void);
BOOL NTAPI RtlQueryPerformanceCounter(PLARGE_INTEGER Counter);
BOOL NTAPI RtlQueryPerformanceFrequency(PLARGE_INTEGER Frequency);
BOOL NTAPI RtlQueryUnbiasedInterruptTime(PULONGLONG Time);
NTSTATUS NTAPI RtlQueryTimeZoneInformation(PRTL_TIME_ZONE_INFORMATION Information);
NTSTATUS NTAPI RtlQueryDynamicTimeZoneInformation(PRTL_DYNAMIC_TIME_ZONE_INFORMATION Information);

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

#define VER_MINORVERSION 0x01
#define VER_MAJORVERSION 0x02
#define VER_BUILDNUMBER 0x04
#define VER_PLATFORMID 0x08
#define VER_SERVICEPACKMINOR 0x10
#define VER_SERVICEPACKMAJOR 0x20
#define VER_SUITENAME 0x40
#define VER_PRODUCT_TYPE 0x80
#define VER_EQUAL 1
#define VER_GREATER 2
#define VER_GREATER_EQUAL 3
#define VER_LESS 4
#define VER_LESS_EQUAL 5
#define VER_AND 6
#define VER_OR 7
#define VER_PLATFORM_WIN32_NT 2

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW Information);
void NTAPI RtlGetNtVersionNumbers(PULONG Major, PULONG Minor, PULONG Build);
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW Information, ULONG TypeMask,
                                    ULONGLONG ConditionMask);
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition);
BOOLEAN NTAPI RtlGetNtProductType(PNT_PRODUCT_TYPE ProductType);
BOOLEAN NTAPI RtlIsProcessorFeaturePresent(ULONG Feature);
void NTAPI RtlGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER Number);

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status);
ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS Status);
ULONG NTAPI RtlRandom(PULONG Seed);
ULONG NTAPI RtlRandomEx(PULONG Seed);
ULONG NTAPI RtlUniform(PULONG Seed);
ULONG NTAPI RtlComputeCrc32(ULONG Initial, const VOID* Data, ULONG Length);
USHORT NTAPI RtlUshortByteSwap(USHORT Source);
ULONG NTAPI RtlUlongByteSwap(ULONG Source);
ULONGLONG NTAPI RtlUlonglongByteSwap(ULONGLONG Source);
PVOID NTAPI RtlEncodePointer(PVOID Pointer);
PVOID NTAPI RtlDecodePointer(PVOID Pointer);
PVOID NTAPI RtlEncodeSystemPointer(PVOID Pointer);
PVOID NTAPI RtlDecodeSystemPointer(PVOID Pointer);

typedef struct _MESSAGE_RESOURCE_ENTRY {
    USHORT Length;
    USHORT Flags;
    UCHAR Text[1];
} MESSAGE_RESOURCE_ENTRY, *PMESSAGE_RESOURCE_ENTRY;
NTSTATUS NTAPI RtlFindMessage(PVOID Base, ULONG Type, ULONG Language, ULONG MessageId,
                              PMESSAGE_RESOURCE_ENTRY* Entry);

NTSTATUS NTAPI RtlOpenCurrentUser(ACCESS_MASK DesiredAccess, PHANDLE Key);
NTSTATUS NTAPI RtlFormatCurrentUserKeyPath(PUNICODE_STRING Path);

NT_END_C
