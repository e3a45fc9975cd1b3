// SPDX-License-Identifier: GPL-3.0-only
//
// guard.sys tells what it sees of whose request it is. \Device\Guard is anybody's, \Device\GuardAdmins by its
// SDDL administrators', \Device\GuardSecure too and with all names below it (FILE_DEVICE_SECURE_OPEN).
#pragma once

#define GUARD_LOOK 0x222004u     // METHOD_BUFFERED; out: GUARD_SEEN
#define GUARD_ACT_AS 0x222008u   // in: the level; out: GUARD_ACTED
#define GUARD_OPEN_UP 0x22200cu  // gives \Device\GuardAdmins to everybody, by a handle; out: the status
#define GUARD_ASSIGN 0x222010u   // out: GUARD_ASSIGNED

typedef struct _GUARD_SEEN {
    unsigned Process, CurrentProcess, ProcessOfObject, Thread, Session;
    unsigned char Mode, PreviousMode, SystemThread, Acting;
    unsigned char Admin, Restricted, LoadDriver, AdminsOnly, Everybody, EverybodyOfKernel;
    unsigned char NullDescriptor, SameProcessObject;
    unsigned Level;
    unsigned TokenSession;
    unsigned LogonLow;
    unsigned Granted;  // of MAXIMUM_ALLOWED, by a descriptor that gives everybody READ_CONTROL and 1
    // When the file was opened.
    unsigned Desired, Remaining, Previously, Original, Options;
    unsigned char OpenedByAdmin, OpenedInMode;
} GUARD_SEEN;

typedef struct _GUARD_ACTED {
    long Created;     // SeCreateClientSecurity
    long Acted;       // SeImpersonateClientEx
    long OpenedSmss;  // ZwOpenProcess to end it, meanwhile
    long After;       // and as itself again
    unsigned TokenType;
} GUARD_ACTED;

typedef struct _GUARD_ASSIGNED {
    long Status;
    unsigned char Valid, OwnerIsUser, HasDacl;
    long Asked, ShortLength;  // SeQuerySecurityDescriptorInfo, and into nothing
} GUARD_ASSIGNED;
