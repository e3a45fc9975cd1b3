// SPDX-License-Identifier: GPL-3.0-only
//
// Entries of the lists that name extended attributes and quotas: NextEntryOffset leads from each to the next,
// 0 ends the list.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntseapi.h"

// Flags of a FILE_FULL_EA_INFORMATION: who knows nothing of attributes must not have the file.
#define FILE_NEED_EA 0x80

typedef struct _FILE_GET_EA_INFORMATION {
    ULONG NextEntryOffset;
    UCHAR EaNameLength;  // bytes without the zero behind them
    CHAR EaName[1];
} FILE_GET_EA_INFORMATION, *PFILE_GET_EA_INFORMATION;

typedef struct _FILE_GET_QUOTA_INFORMATION {
    ULONG NextEntryOffset;
    ULONG SidLength;
    SID Sid;
} FILE_GET_QUOTA_INFORMATION, *PFILE_GET_QUOTA_INFORMATION;

typedef struct _FILE_QUOTA_INFORMATION {
    ULONG NextEntryOffset;
    ULONG SidLength;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER QuotaUsed;
    LARGE_INTEGER QuotaThreshold;
    LARGE_INTEGER QuotaLimit;
    SID Sid;
} FILE_QUOTA_INFORMATION, *PFILE_QUOTA_INFORMATION;
