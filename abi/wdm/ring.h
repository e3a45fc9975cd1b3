// SPDX-License-Identifier: GPL-3.0-only
//
// The request ring between the Executive and one driver host process (docs/decisions/0013).
//
// One section, mapped read-write in both: a page of words, then two rings of Depth entries each, one for what
// the Executive submits, one for what the host completes. An entry is free again as soon as the other side
// has taken it: the host copies what it needs, so that a request which pends holds no entry. The Executive
// owns every IRP; what it has submitted is *lent* to the host until the host completes it by its Id.
// Everything the host writes is untrusted: the Executive reads each word once and checks it against its own
// record.
//
//   Executive -> host   entry SubmitTail++ % Depth, a WDM_REQUEST; one signal of the host's notification per
//   batch host -> Executive   entry CompleteTail++ % Depth, a WDM_COMPLETION; one signal of the Executive's
//   notification per batch
//
// Counters run free, in 32 bits; each side advances only its own. Whoever finds the other's ring full waits
// for room, and is signalled once the other has taken something: the Executive says so by ExecutiveWaiting,
// the host by CompletionsWaiting, and looks once more before it waits.
//
// A request is cancelled by its Id, in a third ring of WDM_CANCELS words. Before it puts it there, the
// Executive writes the Id into CancelId of the entry that the request was submitted in, if no later request
// is there. The host looks at the Ids before each request that it takes: one that it holds it cancels
// (IoCancelIrp); a request whose CancelId is its Id when it is taken is completed with STATUS_CANCELLED. So
// none is missed. An Id that the host does not hold is ignored.
#pragma once

#include "abi/nt/ntdef.h"

#define WDM_RING_VERSION 2u
#define WDM_ENTRY_SIZE 1024u
#define WDM_INLINE_SIZE 768u
// Entries of each ring, a power of two.
#define WDM_LEAST_DEPTH 16u
#define WDM_DEFAULT_DEPTH 64u
#define WDM_MOST_DEPTH 256u
#define WDM_CANCELS 64u
// Threads of a host that may be in a dispatch routine.
#define WDM_DISPATCHERS 32u
// Lines that say what a thread is busy with: theirs, and the last for calls into file systems.
#define WDM_LINES (WDM_DISPATCHERS + 1u)
// Numbers of drivers and named devices in one host, from 1 on; one that is gone gives its number to another.
#define WDM_DRIVERS 32u
#define WDM_DEVICES 256u
#define WDM_RING_SIZE(Depth) (4096u + 2u * (Depth) * WDM_ENTRY_SIZE)

// What the Executive asks for (WDM_REQUEST.Kind).
#define WDM_REQUEST_IRP 1u     // an IRP for a device of this host
#define WDM_REQUEST_LOAD 3u    // load a driver image and call DriverEntry; Inline: WDM_LOAD_DRIVER
#define WDM_REQUEST_UNLOAD 4u  // call DriverUnload of driver number Target and remove its devices
#define WDM_REQUEST_ADD_DEVICE \
    5u  // make a PDO, call AddDevice of Target and its class drivers, start it; Inline: WDM_ADD_DEVICE
#define WDM_REQUEST_REMOVE_DEVICE 6u  // IRP_MN_REMOVE_DEVICE for the device node Target
#define WDM_REQUEST_SHUTDOWN 7u  // IRP_MJ_SHUTDOWN for the devices that registered for Target, WDM_SHUTDOWN_*
// A call into the file system that a file of device Target is of: MajorFunction says which, Parameters.Call.
// One after the other, by a thread that does nothing else: what is acquired is released before anything else
// is acquired.
#define WDM_REQUEST_CALL 8u

#define WDM_SHUTDOWN_FIRST_CHANCE 0u
#define WDM_SHUTDOWN_LAST_CHANCE 1u

// The calls, as FS_FILTER_ACQUIRE_FOR_... in ntifs.h. Those that acquire are odd.
#define WDM_CALL_ACQUIRE_FOR_SECTION 0xffu
#define WDM_CALL_RELEASE_FOR_SECTION 0xfeu
#define WDM_CALL_ACQUIRE_FOR_MOD_WRITE 0xfdu
#define WDM_CALL_RELEASE_FOR_MOD_WRITE 0xfcu
#define WDM_CALL_ACQUIRE_FOR_FLUSH 0xfbu
#define WDM_CALL_RELEASE_FOR_FLUSH 0xfau
#define WDM_CALL_LOWEST WDM_CALL_RELEASE_FOR_FLUSH

// What is handed over of an IRP, by its major function; Parameters, Input and Output as NT has them. Of any
// other function nothing is declared, and the host answers STATUS_NOT_SUPPORTED.
//   CREATE                          Create, the name in Inline; the list of extended attributes as Input
//   CREATE_NAMED_PIPE,              Create, the name in Inline; as Input NAMED_PIPE_CREATE_PARAMETERS or
//   CREATE_MAILSLOT                 MAILSLOT_..., and behind it the descriptor asked for, if any
//   READ, WRITE                     ReadWrite; Output or Input
//   DEVICE_CONTROL, INTERNAL_...,   DeviceIoControl; Input, Output
//   FILE_SYSTEM_CONTROL
//   QUERY_/SET_INFORMATION,         Query; Output or Input
//   QUERY_/SET_VOLUME_INFORMATION
//   DIRECTORY_CONTROL               Directory, the pattern in Inline; Output
//   LOCK_CONTROL                    Lock
//   QUERY_/SET_EA                   Ea; Output and the list of names as Input, or Input
//   QUERY_/SET_SECURITY             Security; Output or Input
//   QUERY_/SET_QUOTA                Output and the list of SIDs as Input, or with SL_INDEX_SPECIFIED the
//                                   first SID; or Input
//   CLEANUP, CLOSE, FLUSH_BUFFERS,  nothing
//   SHUTDOWN

// Who asks: numbers, and nothing that opens anything. What may be known of his token is asked for by the
// request's Id (NtWdmQuerySubject and its like, abi/wdm/wdm.services), as long as the request is lent.
typedef struct _WDM_SUBJECT {
    ULONG Process;  // 0: the Executive itself
    ULONG Thread;
    ULONG Session;  // of his token
    UCHAR Mode;     // KPROCESSOR_MODE
    UCHAR Acting;   // his thread's impersonation level + 1; 0: it acts as its process
    USHORT Reserved;
} WDM_SUBJECT, *PWDM_SUBJECT;

typedef struct _WDM_REQUEST {
    ULONG64 Id;  // never 0, never used twice for a host, counting up
    ULONG Kind;
    ULONG Target;  // device index (IRP), driver number (UNLOAD, ADD_DEVICE), node number (REMOVE_DEVICE)
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR StackFlags;  // SL_*
    // 1: somebody waits to hear whether it pends. The Executive is signalled when its dispatch routine has
    // returned too.
    UCHAR Awaited;
    ULONG IrpFlags;  // IRP_PAGING_IO and the like
    WDM_SUBJECT Subject;
    ULONG64 File;      // the Executive's number of the file object, 0 when there is none
    ULONG64 CancelId;  // the Id of the request to be cancelled, 0: none
    // How many numbers of a window's pages lie in Inline, ULONGs, behind the input that lies there, from the
    // next multiple of 16 on: of all pages, of the output's window if there is one, or 0: they are asked for
    // (NtWdmGetPageNumbers).
    ULONG PageNumbers;
    ULONG Reserved2;
    // Transfer. Below WDM_INLINE_SIZE an address is an offset in Inline. Else it is a window in the host's
    // address space until completion, at the same offset in its first page as at the client's. Pages that the
    // buffer fills are the client's own; where it ends within a page there is another with only the buffer's
    // bytes, zeros around; of those of Output the ones among its first Written bytes come back. Input goes
    // in, Output comes back. Inline has the client's bytes of the output where the driver has a buffer of its
    // own for it (a control whose method is not METHOD_BUFFERED), and else nothing of it.
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
            ULONG NameLength;     // bytes of the rest of the name in Inline, UTF-16
            ULONG64 RelatedFile;  // what the name is relative to, an open file; 0: the device
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
        struct {
            ULONG InformationClass;  // or the filter of IRP_MN_NOTIFY_CHANGE_DIRECTORY
            ULONG FileIndex;
            ULONG Reserved;
            ULONG NameLength;  // bytes of the pattern in Inline, UTF-16; the output is not there yet
        } Directory;
        struct {
            LONG64 ByteOffset;
            LONG64 Length;
            ULONG Key;
        } Lock;
        struct {
            ULONG Index;  // of the first; Input: the list of names
        } Ea;
        struct {
            ULONG SecurityInformation;  // Input: the descriptor to be set
        } Security;
        struct {
            LONG64 EndingOffset;   // ..._FOR_MOD_WRITE: of the last byte that will be written
            ULONG PageProtection;  // ..._FOR_SECTION
            ULONG Process;         // the Executive's number of the one that has acquired
        } Call;
    } Parameters;
    UCHAR Inline[WDM_INLINE_SIZE];
} WDM_REQUEST, *PWDM_REQUEST;

typedef struct _WDM_COMPLETION {
    ULONG64 Id;
    ULONG64 Information;
    // Bytes from the start of Output that the driver may have written, whatever Status is: of a window, or of
    // Inline when the request's OutputAddress was an offset.
    ULONG64 Written;
    NTSTATUS Status;
    ULONG Reserved;
    UCHAR Inline[WDM_INLINE_SIZE];
} WDM_COMPLETION, *PWDM_COMPLETION;

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
    // Written by the Executive.
    ULONG Version;  // WDM_RING_VERSION
    ULONG Depth;
    ULONG SubmitTail;
    ULONG CompleteHead;
    ULONG CancelTail;
    ULONG ExecutiveWaiting;  // 1: signal when something has been taken; the host sets it to 0
    ULONG Reserved0[10];
    // Written by the host.
    ULONG SubmitHead;
    ULONG CompleteTail;
    ULONG CancelHead;
    ULONG HostWaiting;         // 1 while it is about to wait for its notification; the Executive may skip the
                               // signal when 0
    ULONG CompletionsWaiting;  // 1: signal when completions have been taken; the Executive sets it to 0
    ULONG Reserved1[11];
    ULONG64 Cancels[WDM_CANCELS];  // Executive
    // Host: what each of its threads that dispatch requests is busy with, from before SubmitHead passes the
    // request until its dispatch routine has returned; 0: nothing. A request that has been taken and stands
    // nowhere here is pending.
    ULONG64 Dispatching[WDM_LINES];
    WDM_ACTIVITY Activities[WDM_ACTIVITIES];  // host
} WDM_RING, *PWDM_RING;

// What the host learns when it attaches (NtWdmAttach).
typedef struct _WDM_ATTACH {
    ULONG64 Ring;          // address of the WDM_RING in the host
    ULONG RequestCptr;     // the host's notification; badge bit 0: ring, bit 1 + n: interrupt n
    ULONG InterruptCptr;   // notification on which connected interrupts arrive
    ULONG CompletionCptr;  // signal this after putting completions into the ring
    ULONG WatchdogMilliseconds;
    ULONG Depth;  // of either ring
    ULONG Reserved;
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
static_assert(sizeof(WDM_REQUEST) <= WDM_ENTRY_SIZE && sizeof(WDM_COMPLETION) <= WDM_ENTRY_SIZE);
static_assert(sizeof(WDM_RING) <= 4096);
static_assert(sizeof(WDM_SUBJECT) == 16);
// Both sides copy what lies there sixteen bytes at a time.
static_assert(offsetof(WDM_REQUEST, Inline) % 16 == 0 && offsetof(WDM_COMPLETION, Inline) % 16 == 0);
static_assert(sizeof(WDM_ADD_DEVICE) <= WDM_INLINE_SIZE);
#endif
