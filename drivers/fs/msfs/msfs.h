// SPDX-License-Identifier: GPL-3.0-only
//
// Mailslots: messages from many to one. A mailslot lives as long as its server's file; whoever still has it
// open then writes into nothing, and is told so.
//
// One spin lock guards all of it. A file object's FsContext is its mailslot, or the folder of all; its
// FsContext2 is TRUE for the server's.
#pragma once

#include <ntifs.h>

#define MSFS_TAG 'sfsM'
// As much as the Executive charges a mailslot's maker with (abi/wdm/pipes.h).
#define MSFS_MOST_QUOTA 0x100000u

typedef struct {
    LIST_ENTRY Link;
    ULONG Length;
    UCHAR Data[];
} MS_MESSAGE;

typedef struct {
    LIST_ENTRY Link;      // among all
    UNICODE_STRING Name;  // with its leading backslash
    PFILE_OBJECT Server;  // NULL: it is closed
    LONG Files;
    ULONG MaximumMessageSize;  // 0: any
    ULONG Asked;               // the quota as its maker named it
    ULONG Quota;
    ULONG Used;
    ULONG Count;
    LARGE_INTEGER ReadTimeout;
    LIST_ENTRY Messages;  // MS_MESSAGE
    LIST_ENTRY Readers;   // MS_READER
    PSECURITY_DESCRIPTOR Security;
} MS_SLOT;

extern KSPIN_LOCK MsLock;
extern UCHAR MsFolder;

NTSTATUS MsComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
// The mailslot of a file; NULL: it is the folder's.
MS_SLOT* MsSlotOf(PFILE_OBJECT File, BOOLEAN* Serves);

// slot.c
MS_SLOT* MsSlotAt(ULONG Index);  // under the lock; NULL: there are fewer
NTSTATUS NTAPI MsCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsCreateMailslot(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsClose(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// read.c
NTSTATUS NTAPI MsRead(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp);
// Nobody reads any more. Under the lock.
void MsEndReads(MS_SLOT* Slot, NTSTATUS Status);

// information.c
NTSTATUS NTAPI MsControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI MsSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);
