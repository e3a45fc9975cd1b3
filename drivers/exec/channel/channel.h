// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\ExecChannel\N: the pipes of abi/exec/channel.h as files. A read takes what there is, at least one
// byte, and waits for that; a write ends when all of it lies in the ring.
#pragma once

#include <ntddk.h>

#include "abi/exec/channel.h"

typedef struct _CHANNEL_EXTENSION CHANNEL_EXTENSION, *PCHANNEL_EXTENSION;

typedef struct _CHANNEL_PIPE {
    PCHANNEL_EXTENSION Channel;
    volatile EXEC_PIPE* Shared;
    PUCHAR Ring;
    ULONG Size;  // of the ring, as it was found; 0: no such pipe
    BOOLEAN ToGuest;
    BOOLEAN Broken;  // the other side has written what cannot be
    LIST_ENTRY Requests;
} CHANNEL_PIPE, *PCHANNEL_PIPE;

struct _CHANNEL_EXTENSION {
    PDEVICE_OBJECT Lower;
    PUCHAR Port;  // of the serial line
    volatile EXEC_CHANNEL* Shared;
    KSPIN_LOCK Lock;  // of everything below
    CHANNEL_PIPE Pipes[EXEC_PIPES];
    PKINTERRUPT Interrupt;
    KDPC Dpc;
    ULONG Vector;
    KIRQL Irql;
    KAFFINITY Affinity;
    BOOLEAN Ready;
};

// --- serial.c
NTSTATUS ChannelStartSerial(PCHANNEL_EXTENSION Channel);
VOID ChannelStopSerial(PCHANNEL_EXTENSION Channel);
VOID ChannelRing(PCHANNEL_EXTENSION Channel);

// --- pipe.c
NTSTATUS ChannelOpenPipes(PCHANNEL_EXTENSION Channel, ULONG Size);
// Moves what can be moved for the requests that wait at a pipe, and ends those that are done.
VOID ChannelPump(PCHANNEL_PIPE Pipe);
// Bytes that can be moved: those that lie in the ring for a reader, the room for a writer.
ULONG ChannelMovable(PCHANNEL_PIPE Pipe);
// Queues a read or write, and pumps.
NTSTATUS ChannelTransfer(PCHANNEL_PIPE Pipe, PIRP Irp);

// --- information.c
NTSTATUS NTAPI ChannelQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI ChannelSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// --- pnp.c
NTSTATUS NTAPI ChannelAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice);
NTSTATUS NTAPI ChannelPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
