// SPDX-License-Identifier: GPL-3.0-only
// Registry hives as files: what loading, saving and restoring are told, and who has keys open.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

// NtRestoreKey, NtLoadKey2 and NtLoadKeyEx.
#define REG_WHOLE_HIVE_VOLATILE 0x1
#define REG_REFRESH_HIVE 0x2
#define REG_NO_LAZY_FLUSH 0x4
#define REG_FORCE_RESTORE 0x8
#define REG_APP_HIVE 0x10
#define REG_PROCESS_PRIVATE 0x20
#define REG_START_JOURNAL 0x40
#define REG_HIVE_EXACT_FILE_GROWTH 0x80
#define REG_HIVE_NO_RM 0x100
#define REG_HIVE_SINGLE_LOG 0x200
#define REG_BOOT_HIVE 0x400
#define REG_LOAD_HIVE_OPEN_HANDLE 0x800
#define REG_FLUSH_HIVE_FILE_GROWTH 0x1000
#define REG_OPEN_READ_ONLY 0x2000

// NtUnloadKey2.
#define REG_FORCE_UNLOAD 0x1

// NtSaveKeyEx.
#define REG_STANDARD_FORMAT 1
#define REG_LATEST_FORMAT 2
#define REG_NO_COMPRESSION 4

typedef struct _KEY_PID_ARRAY {
    HANDLE PID;
    UNICODE_STRING KeyName;
} KEY_PID_ARRAY, *PKEY_PID_ARRAY;
C_ASSERT(sizeof(KEY_PID_ARRAY) == 0x18);

typedef struct _KEY_OPEN_SUBKEYS_INFORMATION {
    ULONG Count;
    KEY_PID_ARRAY KeyArray[1];
} KEY_OPEN_SUBKEYS_INFORMATION, *PKEY_OPEN_SUBKEYS_INFORMATION;

NT_END_C
