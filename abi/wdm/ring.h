// SPDX-License-Identifier: GPL-3.0-only
//
// The request ring between the Executive and one driver host process.
//
// One section, mapped read-write in both: a header page, then WDM_SLOTS slots of WDM_SLOT_SIZE bytes. The
// Executive owns every IRP; a slot is the host's *lease* on one of them, from submission to completion.
// Everything the host writes is untrusted: the Executive reads each word once and checks it against its own
// record of the slot.
//
//   Executive -> host   SubmitRing[SubmitTail++ % WDM_SLOTS] = slot; one signal of the host's notification
//   per batch host -> Executive   CompleteRing[CompleteTail++ % WDM_SLOTS] = slot; one signal of the
//   Executive's notification
//
// Each side advances only its own counters (free running, 32 bits). Neither ring can overflow, for a slot is
// in at most one of them at a time.
//
// A request is cancelled by name: the Executive writes its Id into the slot's CancelId and sets the slot's
// bit in CancelSlots. A request whose CancelId is its Id when it is picked up is completed with
// STATUS_CANCELLED; one that has begun is cancelled (IoCancelIrp) when the bit is taken. An Id that is not
// the slot's is ignored.
#pragma once

#include "abi/nt/ntdef.h"

#define WDM_SLOTS 64u
#define WDM_SLOT_SIZE 1024u
#define WDM_INLINE_SIZE 768u
// Numbers of drivers and named devices in one host, from 1 on; one that is gone gives its number to another.
#define WDM_DRIVERS 32u
#define WDM_DEVICES 256u
#define WDM_RING_SIZE (4096u + WDM_SLOTS * WDM_SLOT_SIZE)

// What the Executive asks for (WDM_REQUEST.Kind).
#define WDM_REQUEST_IRP 1u     // an IRP for a device of this host
#define WDM_REQUEST_LOAD 3u    // load a driver image and call DriverEntry; Inline: WDM_LOAD_DRIVER
#define WDM_REQUEST_UNLOAD 4u  // call DriverUnload of driver number Target and remove its devices
#define WDM_REQUEST_ADD_DEVICE \
    5u  // make a PDO, call AddDevice of Target and its class drivers, start it; Inline: WDM_ADD_DEVICE
#define WDM_REQUEST_REMOVE_DEVICE 6u  // IRP_MN_REMOVE_DEVICE for the device node Target
#define WDM_REQUEST_SHUTDOWN 7u  // IRP_MJ_SHUTDOWN for the devices that registered for Target, WDM_SHUTDOWN_*

#define WDM_SHUTDOWN_FIRST_CHANCE 0u
#define WDM_SHUTDOWN_LAST_CHANCE 1u

// How far a request has come (WDM_REQUEST.State), written by the host, read by the watchdog: a request that
// stays before WDM_STATE_PENDING longer than the watchdog's time means a hung dispatch routine.
#define WDM_STATE_SUBMITTED 0u
#define WDM_STATE_DISPATCHING 1u
#define WDM_STATE_PENDING 2u
#define WDM_STATE_COMPLETED 3u

typedef struct _WDM_REQUEST {
    // Written by the Executive.
    ULONG64 Id;  // unique for the lifetime of the host; a completion that names another Id is ignored
    ULONG Kind;
    ULONG Target;  // device index (IRP), driver number (UNLOAD, ADD_DEVICE), node number (REMOVE_DEVICE)
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR StackFlags;  // SL_*
    UCHAR RequestorMode;
    ULONG RequestorProcess;
    ULONG64 File;      // the Executive's number of the file object, 0 when there is none
    ULONG64 CancelId;  // the Id of the request to be cancelled, 0: none
    // Transfer. Addresses are in the host's address space: inside this slot's Inline when the data fits, else
    // a window until completion, at the same offset in its first page as at the client's. Pages that the
    // buffer fills are the client's own; where it ends within a page there is another with only the buffer's
    // bytes, zeros around; of those of Output the ones among its first Written bytes come back. Input goes
    // in, Output comes back.
    ULONG64 InputAddress;
    ULONG64 OutputAddress;
    ULONG InputLength;
    ULONG OutputLength;
    union {
        struct {
            ULONG DesiredAccess;
            ULONG Options;  // disposition << 24 | create options
            USHORT FileAttributes;
            USHORT ShareAccess;
            ULONG NameLength;  // bytes of the rest of the name in Inline, UTF-16
        } Create;
        struct {
            LONG64 ByteOffset;
            ULONG Key;
        } ReadWrite;
        struct {
            ULONG IoControlCode;
        } DeviceIoControl;
        struct {
            ULONG InformationClass;
        } Query;
    } Parameters;
    // Written by the host.
    ULONG State;
    NTSTATUS Status;
    ULONG64 Information;
    // Bytes from the start of an Output window that the driver may have written, whatever Status is.
    ULONG64 Written;
    ULONG64 Reserved;
    UCHAR Inline[WDM_INLINE_SIZE];
} WDM_REQUEST, *PWDM_REQUEST;

// What runs in the host without a request: its interrupt routines, its DPCs, its work items, one line each.
// Turn is odd while the routine runs and changes whenever one begins, ends or waits: a line that stays odd
// and the same for longer than the watchdog's time belongs to a routine that does not end.
#define WDM_ACTIVITIES 10u
#define WDM_ACTIVITY_INTERRUPT 1u
#define WDM_ACTIVITY_DPC 2u
#define WDM_ACTIVITY_WORK_ITEM 3u

typedef struct _WDM_ACTIVITY {
    ULONG Turn;
    ULONG Kind;       // WDM_ACTIVITY_*
    ULONG64 Routine;  // in the host
} WDM_ACTIVITY, *PWDM_ACTIVITY;

typedef struct _WDM_RING {
    ULONG SubmitTail;    // Executive
    ULONG SubmitHead;    // host
    ULONG CompleteTail;  // host
    ULONG CompleteHead;  // Executive
    ULONG HostWaiting;   // host: 1 while it is about to wait for its notification; the Executive may skip the
                         // signal when 0
    ULONG Reserved0;
    ULONG64 CancelSlots;  // bit n: look at slot n's CancelId; set by the Executive, taken by the host
    ULONG Reserved[8];
    ULONG SubmitRing[WDM_SLOTS];
    ULONG CompleteRing[WDM_SLOTS];
    WDM_ACTIVITY Activities[WDM_ACTIVITIES];  // host
    UCHAR Pad[4096 - 64 - 8 * WDM_SLOTS - 16 * WDM_ACTIVITIES];
    UCHAR Slots[WDM_SLOTS][WDM_SLOT_SIZE];  // WDM_REQUEST each
} WDM_RING, *PWDM_RING;

// What the host learns when it attaches (NtWdmAttach).
typedef struct _WDM_ATTACH {
    ULONG64 Ring;          // address of the WDM_RING in the host
    ULONG RequestCptr;     // the host's notification; badge bit 0: ring, bit 1 + n: interrupt n
    ULONG InterruptCptr;   // notification on which connected interrupts arrive
    ULONG CompletionCptr;  // signal this after putting completions into the ring
    ULONG WatchdogMilliseconds;
} WDM_ATTACH, *PWDM_ATTACH;

// Inline part of WDM_REQUEST_LOAD. Names are UTF-16, not terminated, offsets from the start of Inline.
typedef struct _WDM_LOAD_DRIVER {
    ULONG DriverNumber;                       // chosen by the Executive, names the driver from now on
    USHORT ImagePathOffset, ImagePathLength;  // \SystemRoot\System32\drivers\beep.sys
    USHORT RegistryPathOffset,
        RegistryPathLength;  // \Registry\Machine\System\CurrentControlSet\Services\Beep
} WDM_LOAD_DRIVER, *PWDM_LOAD_DRIVER;

#define WDM_RESOURCE_PORT 1u
#define WDM_RESOURCE_INTERRUPT 2u
#define WDM_RESOURCE_MEMORY 3u

typedef struct _WDM_RESOURCE {
    ULONG Type;
    ULONG Flags;     // CM_RESOURCE_* flags of the type
    ULONG64 Start;   // port, physical address, or interrupt line (GSI)
    ULONG64 Length;  // ports, bytes, or 1
} WDM_RESOURCE, *PWDM_RESOURCE;

// Inline part of WDM_REQUEST_ADD_DEVICE: a root-enumerated device node. Target is the function driver; the
// class drivers listed are attached above it in order.
typedef struct _WDM_ADD_DEVICE {
    ULONG NodeNumber;
    ULONG ClassDriverCount;
    ULONG ClassDrivers[4];
    ULONG ResourceCount;
    WDM_RESOURCE Resources[16];
    USHORT HardwareIdOffset, HardwareIdLength;  // e.g. ACPI\PNP0303
} WDM_ADD_DEVICE, *PWDM_ADD_DEVICE;

#ifdef __cplusplus
static_assert(sizeof(WDM_REQUEST) <= WDM_SLOT_SIZE);
static_assert(sizeof(WDM_RING) == WDM_RING_SIZE);
static_assert(sizeof(WDM_ADD_DEVICE) <= WDM_INLINE_SIZE);
#endif
