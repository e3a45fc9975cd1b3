// SPDX-License-Identifier: GPL-3.0-only
//
// The keyboard class driver: one device \Device\KeyboardClassN above each keyboard port. It keeps what was
// typed in a ring and hands it to readers, in order, one KEYBOARD_INPUT_DATA per make or break.
#pragma once

#include <ntifs.h>

#include <kbdmou.h>
#include <ntddkbd.h>

#define KBDCLASS_MAXIMUM_UNITS 16
#define KBDCLASS_DEFAULT_QUEUE 100
#define KBDCLASS_LARGEST_QUEUE 4096
#define KBDCLASS_TAG 'CdbK'

typedef struct _KBDCLASS_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT Lower;
    IO_REMOVE_LOCK RemoveLock;
    USHORT Unit;
    BOOLEAN Started;

    // Everything below is guarded by Lock.
    KSPIN_LOCK Lock;
    PKEYBOARD_INPUT_DATA Ring;
    ULONG RingSize;  // entries
    ULONG First;
    ULONG Count;
    IO_CSQ Reads;
    LIST_ENTRY ReadList;
} KBDCLASS_EXTENSION, *PKBDCLASS_EXTENSION;

// queue.c
NTSTATUS QueueInitialize(PKBDCLASS_EXTENSION Extension, ULONG Entries);
NTSTATUS QueueRead(PKBDCLASS_EXTENSION Extension, PIRP Irp);
VOID QueueCancelReads(PKBDCLASS_EXTENSION Extension, PFILE_OBJECT FileObject);
VOID QueueFlush(PKBDCLASS_EXTENSION Extension);
// Called by the port driver at DISPATCH_LEVEL; SystemArgument3 receives how much of [Start, End) was taken.
VOID NTAPI KbdClassServiceCallback(PVOID DeviceObject, PVOID Start, PVOID End, PVOID Consumed);

// pnp.c
DRIVER_ADD_DEVICE KbdClassAddDevice;
DRIVER_DISPATCH KbdClassPnp;
DRIVER_DISPATCH KbdClassPower;
DRIVER_DISPATCH KbdClassSystemControl;
