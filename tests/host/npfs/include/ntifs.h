// SPDX-License-Identifier: GPL-3.0-only
//
// What the named pipe driver uses of the DDK's ntifs.h, for the host: the layouts of abi/, the names of the
// DDK, and functions that tests/host/npfs/kernel.cpp has.
#pragma once

#include <stddef.h>
#include <string.h>

#include "abi/nt/ntdef.h"
#include "abi/nt/ntfileinfo.h"
#include "abi/nt/ntioapi.h"
#include "abi/nt/ntseapi.h"
#include "abi/nt/ntstatus.h"
#include "abi/wdm/iotypes.h"
#include "abi/wdm/ketypes.h"
#include "abi/wdm/pipes.h"
#include "abi/wdm/setypes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef const char* PCSTR;

#define NonPagedPoolNx 512
#define PagedPool 1
#define IO_NAMED_PIPE_INCREMENT 2
#define IRP_MN_USER_FS_REQUEST 0
#define SL_FORCE_ACCESS_CHECK 1
#define SL_RESTART_SCAN 1
#define SL_RETURN_SINGLE_ENTRY 2
#define FSCTL_PIPE_GET_PIPE_ATTRIBUTE CTL_CODE(FILE_DEVICE_NAMED_PIPE, 10, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE \
    CTL_CODE(FILE_DEVICE_NAMED_PIPE, 12, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct {
    LARGE_INTEGER CollectDataTime;
    ULONG MaximumCollectionCount;
} FILE_PIPE_REMOTE_INFORMATION;

// The parameters that this driver looks at, by the DDK's names.
typedef struct _HOST_STACK_LOCATION {
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR Flags;
    UCHAR Control;
    union {
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
        } Create;
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
            ULONG Pad0;
            USHORT Reserved;
            USHORT ShareAccess;
            ULONG Pad1;
            PNAMED_PIPE_CREATE_PARAMETERS Parameters;
        } CreatePipe;
        struct {
            ULONG Length;
        } Read, Write;
        struct {
            ULONG Length;
            ULONG Pad0;
            ULONG FileInformationClass;
        } QueryFile, SetFile;
        struct {
            ULONG Length;
            ULONG Pad0;
            ULONG FsInformationClass;
        } QueryVolume;
        struct {
            ULONG OutputBufferLength;
            ULONG Pad0;
            ULONG InputBufferLength;
            ULONG Pad1;
            ULONG FsControlCode;
            ULONG Pad2;
            PVOID Type3InputBuffer;
        } FileSystemControl;
        struct {
            ULONG Length;
            ULONG Pad0;
            PUNICODE_STRING FileName;
            ULONG FileInformationClass;
        } QueryDirectory;
        struct {
            SECURITY_INFORMATION SecurityInformation;
            ULONG Pad0;
            ULONG Length;
        } QuerySecurity;
        struct {
            SECURITY_INFORMATION SecurityInformation;
            ULONG Pad0;
            PSECURITY_DESCRIPTOR SecurityDescriptor;
        } SetSecurity;
        PVOID Others[4];
    } Parameters;
    PDEVICE_OBJECT DeviceObject;
    PFILE_OBJECT FileObject;
} HOST_STACK_LOCATION;

#ifndef __cplusplus

#define IO_STACK_LOCATION HOST_STACK_LOCATION
#define PIO_STACK_LOCATION HOST_STACK_LOCATION*
#define DriverContext u.DriverContext
#define PSECURITY_DESCRIPTOR PVOID

#define RTL_NUMBER_OF(A) (sizeof(A) / sizeof((A)[0]))
#define UNREFERENCED_PARAMETER(P) ((void)(P))
// Of nothing, from nowhere, is nothing.
static inline void RtlCopyMemory(PVOID To, const void* From, SIZE_T Bytes) {
    if (Bytes != 0) memcpy(To, From, Bytes);
}
#define RtlZeroMemory(At, Bytes) memset(At, 0, Bytes)
#define min(A, B) ((A) < (B) ? (A) : (B))

static inline HOST_STACK_LOCATION* IoGetCurrentIrpStackLocation(PIRP Irp) {
    return (HOST_STACK_LOCATION*)Irp->Tail.Overlay.CurrentStackLocation;
}
static inline void IoMarkIrpPending(PIRP Irp) {
    IoGetCurrentIrpStackLocation(Irp)->Control |= SL_PENDING_RETURNED;
}
#define IoCompleteRequest IofCompleteRequest
#define KeAcquireSpinLock(Lock, Irql) (*(Irql) = KeAcquireSpinLockRaiseToDpc(Lock))
static inline void KeInitializeSpinLock(KSPIN_LOCK* Lock) {
    *Lock = 0;
}
static inline void InitializeListHead(LIST_ENTRY* Head) {
    Head->Flink = Head->Blink = Head;
}
static inline BOOLEAN IsListEmpty(const LIST_ENTRY* Head) {
    return Head->Flink == Head;
}
static inline BOOLEAN RemoveEntryList(LIST_ENTRY* Entry) {
    LIST_ENTRY* Next = Entry->Flink;
    LIST_ENTRY* Before = Entry->Blink;

    Before->Flink = Next;
    Next->Blink = Before;
    return Next == Before;
}
static inline LIST_ENTRY* RemoveHeadList(LIST_ENTRY* Head) {
    LIST_ENTRY* Entry = Head->Flink;

    RemoveEntryList(Entry);
    return Entry;
}
static inline void InsertTailList(LIST_ENTRY* Head, LIST_ENTRY* Entry) {
    Entry->Flink = Head;
    Entry->Blink = Head->Blink;
    Head->Blink->Flink = Entry;
    Head->Blink = Entry;
}
static inline void InsertHeadList(LIST_ENTRY* Head, LIST_ENTRY* Entry) {
    InsertTailList(Head->Flink, Entry);
}

#endif  // no C++

PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL Routine);
VOID IofCompleteRequest(PIRP Irp, CCHAR Boost);
VOID IoReleaseCancelSpinLock(KIRQL Irql);
NTSTATUS IoCreateDevice(PDRIVER_OBJECT Driver, ULONG ExtensionSize, PUNICODE_STRING Name, ULONG Type,
                        ULONG Characteristics, BOOLEAN Exclusive, PDEVICE_OBJECT* Device);
PGENERIC_MAPPING IoGetFileObjectGenericMapping(void);
ULONG IoGetRequestorProcessId(PIRP Irp);
NTSTATUS IoGetRequestorSessionId(PIRP Irp, ULONG* Session);
PVOID ExAllocatePoolWithTag(ULONG Type, SIZE_T Bytes, ULONG Tag);
VOID ExFreePool(PVOID Memory);
VOID ExFreePoolWithTag(PVOID Memory, ULONG Tag);
KIRQL KeAcquireSpinLockRaiseToDpc(KSPIN_LOCK* Lock);
VOID KeReleaseSpinLock(KSPIN_LOCK* Lock, KIRQL Irql);
VOID KeAcquireSpinLockAtDpcLevel(KSPIN_LOCK* Lock);
VOID KeReleaseSpinLockFromDpcLevel(KSPIN_LOCK* Lock);
VOID KeInitializeDpc(PKDPC Dpc, PKDEFERRED_ROUTINE Routine, PVOID Context);
VOID KeInitializeTimer(PKTIMER Timer);
BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER Due, PKDPC Dpc);
BOOLEAN KeCancelTimer(PKTIMER Timer);
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING Name);
BOOLEAN RtlEqualUnicodeString(const UNICODE_STRING* One, const UNICODE_STRING* Other, BOOLEAN IgnoreCase);
ULONG RtlLengthSecurityDescriptor(PVOID Descriptor);
WCHAR RtlUpcaseUnicodeChar(WCHAR Unit);
BOOLEAN SeAccessCheck(PVOID Descriptor, PSECURITY_SUBJECT_CONTEXT Subject, BOOLEAN Locked,
                      ACCESS_MASK Desired, ACCESS_MASK Previous, PPRIVILEGE_SET* Privileges,
                      PGENERIC_MAPPING Mapping, KPROCESSOR_MODE Mode, PACCESS_MASK Granted, NTSTATUS* Status);
NTSTATUS SeAssignSecurity(PVOID Parent, PVOID Explicit, PVOID* New, BOOLEAN IsDirectory,
                          PSECURITY_SUBJECT_CONTEXT Subject, PGENERIC_MAPPING Mapping, ULONG Pool);
NTSTATUS SeDeassignSecurity(PVOID* Descriptor);
VOID SeFreePrivileges(PPRIVILEGE_SET Privileges);
NTSTATUS SeQuerySecurityDescriptorInfo(SECURITY_INFORMATION* Which, PVOID Answer, ULONG* Length,
                                       PVOID* Descriptor);
NTSTATUS SeSetSecurityDescriptorInfo(PVOID Object, SECURITY_INFORMATION* Which, PVOID Changes,
                                     PVOID* Descriptor, ULONG Pool, PGENERIC_MAPPING Mapping);

#ifdef __cplusplus
}
#endif
