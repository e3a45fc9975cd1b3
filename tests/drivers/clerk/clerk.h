// SPDX-License-Identifier: GPL-3.0-only
//
// clerk.sys has a device with buffered I/O that keeps one lock, one list of extended attributes and one of
// quotas, and tells how it was asked. It keeps one security descriptor, which its files have, as a file
// system does; but \none, of which it knows nothing, and \wrong, of which it tells nonsense.
#pragma once

// The longest list that it keeps.
#define CLERK_LIST 4096

// What a query of attributes or quotas answers before the list itself.
typedef struct _CLERK_ANSWER {
    unsigned long Flags;       // of the stack location
    unsigned long Index;       // EaIndex
    unsigned long ListLength;  // EaListLength or SidListLength
    unsigned long FirstByte;   // of that list, or of StartSid + 0x100
} CLERK_ANSWER;
