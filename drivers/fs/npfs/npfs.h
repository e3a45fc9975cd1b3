// SPDX-License-Identifier: GPL-3.0-only
//
// Named pipes. A pipe has a name and instances; an instance has a server's end and, while it is connected, a
// client's, and a queue each way. A pipe without a name has one instance, whose other end is opened relative
// to the first.
//
// One spin lock guards all of it. A file object's FsContext says what it is: the end that it has, or the
// folder of all pipes; its FsContext2 which of the two ends of the instance.
#pragma once

#include <ntifs.h>

#define NPFS_TAG 'sfpN'
// As much as the Executive charges a pipe's maker with, for each way (abi/wdm/pipes.h).
#define NPFS_MOST_QUOTA 0x100000u
#define NPFS_BUCKETS 64

typedef enum { NpKindFolder, NpKindInstance } NP_KIND;

typedef struct {
    NP_KIND Kind;
} NP_HEADER;

// The folder of all pipes, as one file sees it.
typedef struct {
    NP_HEADER Header;
    ULONG Index;             // of the next pipe of a query
    BOOLEAN Begun;           // a query
    UNICODE_STRING Pattern;  // of it; empty: all
} NP_FOLDER;

// What was written and has not been read, or who waits to read; one of them is empty.
typedef struct {
    LIST_ENTRY Data;     // NP_ENTRY
    LIST_ENTRY Readers;  // IRPs
    ULONG Bytes;         // in Data
    ULONG Messages;      // in Data
    ULONG Asked;         // the quota as its maker named it
    ULONG Quota;         // as much is held for writers who have gone on
    ULONG Used;
} NP_QUEUE;

// One write, or the place of one who waits until all before him has been read.
typedef struct {
    LIST_ENTRY Link;
    NP_QUEUE* Queue;
    PIRP Irp;  // whose writer waits; NULL: it has gone on
    BOOLEAN Flush;
    ULONG Length;
    ULONG Read;     // of it
    ULONG Charged;  // of the queue's quota
    PUCHAR Data;    // behind the entry, or the IRP's
} NP_ENTRY;

typedef struct NP_PIPE {
    LIST_ENTRY Link;      // in its bucket
    UNICODE_STRING Name;  // with its leading backslash; empty: it has none
    ULONG Type;           // FILE_PIPE_MESSAGE_TYPE or not
    ULONG Configuration;  // FILE_PIPE_INBOUND, ...
    ULONG MaximumInstances;
    ULONG Instances;
    LARGE_INTEGER DefaultTimeout;
    LIST_ENTRY InstanceList;
    PSECURITY_DESCRIPTOR Security;
    LONG References;  // its instances, and who looks at it outside of the lock
} NP_PIPE;

typedef struct {
    PFILE_OBJECT File;  // NULL: closed, or there is none
    ULONG ReadMode;
    ULONG CompletionMode;
    ULONG Process;
    ULONG Session;
} NP_END;

typedef struct {
    NP_HEADER Header;
    LIST_ENTRY Link;  // in its pipe
    NP_PIPE* Pipe;
    ULONG State;           // FILE_PIPE_LISTENING_STATE, ...
    NP_END Ends[2];        // FILE_PIPE_CLIENT_END, FILE_PIPE_SERVER_END
    NP_QUEUE Queues[2];    // FILE_PIPE_INBOUND, FILE_PIPE_OUTBOUND
    LIST_ENTRY Listeners;  // IRPs
    LONG Files;            // file objects that lead here
} NP_INSTANCE;

extern KSPIN_LOCK NpLock;
extern PDEVICE_OBJECT NpDevice;
// The thread whose request is being dispatched acts as who opened this file from now on; NULL on a system
// that has no such function.
extern NTSTATUS(NTAPI* NpImpersonateOpener)(PFILE_OBJECT File);

// npfs.c
NTSTATUS NpComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
// The same for what a routine has come to; STATUS_PENDING: nothing, the IRP may be anybody's by now.
NTSTATUS NpFinish(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
// Which end of which instance a file is; NULL: of none, or of one that was disconnected.
NP_INSTANCE* NpInstanceOf(PFILE_OBJECT File, ULONG* End);

// NULL: it is an end's, or was.
NP_FOLDER* NpFolderOf(PFILE_OBJECT File);
// Zeros; NULL without memory.
PVOID NpAllocate(SIZE_T Bytes);

// names.c, under the lock
NP_PIPE* NpFindPipe(PUNICODE_STRING Name);
void NpAddPipe(NP_PIPE* Pipe);
void NpDropPipe(NP_PIPE* Pipe);
// The `Index`th pipe of all; NULL: there are fewer.
NP_PIPE* NpPipeAt(ULONG Index);

// create.c
NTSTATUS NTAPI NpCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpCreateNamedPipe(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// queue.c, under the lock
void NpInitializeQueue(NP_QUEUE* Queue, ULONG Asked);
// The IRP waits in this list from now on; `Cancelled` may find it there.
NTSTATUS NpPend(LIST_ENTRY* List, PIRP Irp, PDRIVER_CANCEL Cancelled);
// The first that nobody has cancelled, out of the list; NULL: there is none.
PIRP NpTakeFirst(LIST_ENTRY* List);
// How one that pends in a list of IRPs is cancelled.
VOID NTAPI NpCancelPending(PDEVICE_OBJECT DeviceObject, PIRP Irp);
void NpCompleteAll(LIST_ENTRY* List, NTSTATUS Status);
// Writes `Length` bytes. STATUS_PENDING: the IRP is in the queue. Else `*Written` bytes were taken.
NTSTATUS NpPut(NP_INSTANCE* Instance, ULONG End, PIRP Irp, PUCHAR Data, ULONG Length, ULONG* Written);
// Reads what is there. STATUS_BUFFER_OVERFLOW: there is more of the message. REQUIRES: the queue has data.
NTSTATUS NpTake(NP_INSTANCE* Instance, ULONG End, PUCHAR Data, ULONG Length, ULONG* Read);
// The same, and it stays.
NTSTATUS NpLook(NP_INSTANCE* Instance, ULONG End, PUCHAR Data, ULONG Length, ULONG* Read);
BOOLEAN NpHasData(NP_QUEUE* Queue);
// What is left of the first message; 0: there is none.
ULONG NpFirstMessage(NP_QUEUE* Queue);
BOOLEAN NpWritersWait(NP_QUEUE* Queue);
// What was not read is lost, and whoever waits gets `Status`.
void NpEmptyQueue(NP_QUEUE* Queue, NTSTATUS Status);
NTSTATUS NpPendFlush(NP_QUEUE* Queue, PIRP Irp);

// The queue that an end reads from, or writes to.
static inline NP_QUEUE* NpReadQueue(NP_INSTANCE* Instance, ULONG End) {
    return &Instance->Queues[End == FILE_PIPE_SERVER_END ? FILE_PIPE_INBOUND : FILE_PIPE_OUTBOUND];
}
static inline NP_QUEUE* NpWriteQueue(NP_INSTANCE* Instance, ULONG End) {
    return NpReadQueue(Instance, FILE_PIPE_SERVER_END - End);
}

// state.c, under the lock
NTSTATUS NpListen(NP_INSTANCE* Instance, PIRP Irp);
NTSTATUS NpDisconnect(NP_INSTANCE* Instance);
// A client has come.
void NpConnect(NP_INSTANCE* Instance, PFILE_OBJECT Client);
// An end has been closed.
void NpCloseEnd(NP_INSTANCE* Instance, ULONG End);
void NpReleaseInstance(NP_INSTANCE* Instance);
void NpReleasePipe(NP_PIPE* Pipe);

// transfer.c
NTSTATUS NTAPI NpRead(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// control.c
NTSTATUS NTAPI NpControl(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// wait.c
NTSTATUS NpWait(PIRP Irp);
// An instance of this pipe listens: whoever waits for that goes on. Under the lock.
void NpEndWaits(NP_PIPE* Pipe);

// information.c
NTSTATUS NTAPI NpQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpQueryVolume(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// directory.c
NTSTATUS NTAPI NpDirectory(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// security.c
NTSTATUS NTAPI NpQuerySecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI NpSetSecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp);
