// SPDX-License-Identifier: GPL-3.0-only
// Reparse points.
#pragma once

#include "abi/nt/ntioapi.h"

NT_BEGIN_C

#define FSCTL_SET_REPARSE_POINT CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 41, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define FSCTL_DELETE_REPARSE_POINT CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 43, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define FILE_SUPPORTS_REPARSE_POINTS 0x00000080  // FILE_FS_ATTRIBUTE_INFORMATION
#define STATUS_IO_REPARSE_DATA_INVALID ((NTSTATUS)0xc0000278)

#define IO_REPARSE_TAG_RESERVED_RANGE 1u
#define IO_REPARSE_TAG_MOUNT_POINT 0xa0000003u
#define IO_REPARSE_TAG_SYMLINK 0xa000000cu
#define IsReparseTagMicrosoft(Tag) (((Tag) & 0x80000000u) != 0)

#define MAXIMUM_REPARSE_DATA_BUFFER_SIZE (16 * 1024)
#define SYMLINK_FLAG_RELATIVE 1u

// In front of the data: of every Microsoft tag, and of the others, which have a GUID.
typedef struct _REPARSE_DATA_HEADER {
    ULONG ReparseTag;
    USHORT ReparseDataLength;
    USHORT Reserved;
} REPARSE_DATA_HEADER, *PREPARSE_DATA_HEADER;
#define REPARSE_DATA_BUFFER_HEADER_SIZE 8
#define REPARSE_GUID_DATA_BUFFER_HEADER_SIZE 24

// The data of a symbolic link, and without Flags that of a mount point. Names lie behind it, offsets in bytes
// from there.
typedef struct _REPARSE_LINK_DATA {
    USHORT SubstituteNameOffset;
    USHORT SubstituteNameLength;
    USHORT PrintNameOffset;
    USHORT PrintNameLength;
    ULONG Flags;  // SYMLINK_FLAG_*
} REPARSE_LINK_DATA, *PREPARSE_LINK_DATA;
#define REPARSE_MOUNT_POINT_HEADER_SIZE 8
#define REPARSE_SYMLINK_HEADER_SIZE 12

NT_END_C
