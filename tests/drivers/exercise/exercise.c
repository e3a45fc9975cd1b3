// SPDX-License-Identifier: GPL-3.0-only
#include "tests/drivers/exercise/exercise.h"

#include <ntifs.h>

#include <excpt.h>
#include <stdio.h>

#define TAG 'crxE'
#define REQUIRE(condition)                 \
    do {                                   \
        if (!(condition)) return __LINE__; \
    } while (0)

typedef struct _NOTE {
    KEVENT Event;
    KIRQL Irql;
    LONG Calls;
} NOTE, *PNOTE;

static PDEVICE_OBJECT Device;
static PDEVICE_OBJECT LastDevice;  // to be told last of a shutdown
static KTIMER ShutdownTimer;
static KDPC ShutdownDpc;

static VOID InitializeNote(PNOTE Note) {
    KeInitializeEvent(&Note->Event, NotificationEvent, FALSE);
    Note->Irql = HIGH_LEVEL;
    Note->Calls = 0;
}

static NTSTATUS WaitForNote(PNOTE Note) {
    LARGE_INTEGER Limit;

    Limit.QuadPart = -2 * 10000000LL;
    return KeWaitForSingleObject(&Note->Event, Executive, KernelMode, FALSE, &Limit);
}

static VOID NTAPI NoteDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    PNOTE Note = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Note->Irql = KeGetCurrentIrql();
    InterlockedIncrement(&Note->Calls);
    KeSetEvent(&Note->Event, IO_NO_INCREMENT, FALSE);
}

static VOID NTAPI NoteWork(PDEVICE_OBJECT DeviceObject, PVOID Context) {
    UNREFERENCED_PARAMETER(DeviceObject);
    NoteDpc(NULL, Context, NULL, NULL);
}

static VOID NTAPI NoteThread(PVOID Context) {
    NoteDpc(NULL, Context, NULL, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// The IRQL is read and written through cr8, inlined from the DDK.
static ULONG TestIrql(void) {
    KSPIN_LOCK Lock;
    KIRQL OldIrql;
    NOTE Note;
    KDPC Dpc;

    REQUIRE(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeInitializeSpinLock(&Lock);
    InitializeNote(&Note);
    KeInitializeDpc(&Dpc, NoteDpc, &Note);
    KeAcquireSpinLock(&Lock, &OldIrql);
    REQUIRE(OldIrql == PASSIVE_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
    REQUIRE(KeInsertQueueDpc(&Dpc, NULL, NULL) && !KeInsertQueueDpc(&Dpc, NULL, NULL));
    REQUIRE(Note.Calls == 0);
    KeReleaseSpinLock(&Lock, OldIrql);
    REQUIRE(Note.Calls == 1 && Note.Irql == DISPATCH_LEVEL);
    KeRaiseIrql(HIGH_LEVEL, &OldIrql);
    REQUIRE(KeGetCurrentIrql() == HIGH_LEVEL);
    KeLowerIrql(OldIrql);
    REQUIRE(KeGetCurrentThread() == (PKTHREAD)PsGetCurrentThread());
    return 0;
}

static ULONG TestTimer(void) {
    LARGE_INTEGER Due, Before, After;
    KTIMER Timer;
    NOTE Note;
    KDPC Dpc;

    InitializeNote(&Note);
    KeInitializeTimerEx(&Timer, SynchronizationTimer);
    KeInitializeDpc(&Dpc, NoteDpc, &Note);
    Due.QuadPart = -20 * 10000LL;
    Before = KeQueryPerformanceCounter(&After);
    REQUIRE(After.QuadPart != 0);
    REQUIRE(!KeSetTimer(&Timer, Due, &Dpc));
    REQUIRE(WaitForNote(&Note) == STATUS_SUCCESS);
    After = KeQueryPerformanceCounter(NULL);
    REQUIRE(After.QuadPart - Before.QuadPart >= 19 * 10000LL);
    REQUIRE(Note.Irql == DISPATCH_LEVEL);
    KeSetTimerEx(&Timer, Due, 5, NULL);
    REQUIRE(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    REQUIRE(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    REQUIRE(KeCancelTimer(&Timer) && !KeCancelTimer(&Timer));
    return 0;
}

static ULONG TestWork(void) {
    PIO_WORKITEM Item = IoAllocateWorkItem(Device);
    NOTE Note;

    REQUIRE(Item != NULL);
    InitializeNote(&Note);
    IoQueueWorkItem(Item, NoteWork, DelayedWorkQueue, &Note);
    REQUIRE(WaitForNote(&Note) == STATUS_SUCCESS);
    REQUIRE(Note.Irql == PASSIVE_LEVEL);
    IoFreeWorkItem(Item);
    return 0;
}

static ULONG TestThread(void) {
    HANDLE Handle;
    PVOID Thread;
    NOTE Note;

    InitializeNote(&Note);
    REQUIRE(
        NT_SUCCESS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, NoteThread, &Note)));
    // At once, before it has run, and when it has ended.
    REQUIRE(NT_SUCCESS(
        ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Thread, NULL)));
    REQUIRE(WaitForNote(&Note) == STATUS_SUCCESS);
    REQUIRE(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    ObDereferenceObject(Thread);
    REQUIRE(NT_SUCCESS(
        ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Thread, NULL)));
    REQUIRE(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    ObDereferenceObject(Thread);
    REQUIRE(ZwWaitForSingleObject(Handle, FALSE, NULL) == STATUS_SUCCESS);
    REQUIRE(NT_SUCCESS(ZwClose(Handle)));
    return 0;
}

static ULONG TestRegistry(void) {
    RTL_QUERY_REGISTRY_TABLE Query[3];
    ULONG Number = 77, Read = 0, Missing = 0, Default = 5;

    REQUIRE(NT_SUCCESS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Exercise", L"Number", REG_DWORD,
                                             &Number, sizeof(Number))));
    RtlZeroMemory(Query, sizeof(Query));
    Query[0].Flags = Query[1].Flags = RTL_QUERY_REGISTRY_DIRECT;
    Query[0].Name = L"Number";
    Query[0].EntryContext = &Read;
    Query[1].Name = L"NotThere";
    Query[1].EntryContext = &Missing;
    Query[1].DefaultType = REG_DWORD;
    Query[1].DefaultData = &Default;
    Query[1].DefaultLength = sizeof(Default);
    REQUIRE(NT_SUCCESS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"Exercise", Query, NULL, NULL)));
    REQUIRE(Read == 77 && Missing == 5);
    REQUIRE(NT_SUCCESS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"Exercise", L"Number")));
    return 0;
}

static ULONG TestPool(void) {
    NPAGED_LOOKASIDE_LIST List;
    PUCHAR Small, Page;
    PVOID First, Second;

    Small = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    Page = ExAllocatePoolWithTag(PagedPool, PAGE_SIZE, TAG);
    REQUIRE(Small != NULL && ((ULONG_PTR)Small & 15) == 0);
    REQUIRE(Page != NULL && ((ULONG_PTR)Page & (PAGE_SIZE - 1)) == 0);
    RtlFillMemory(Page, PAGE_SIZE, 1);
    ExFreePoolWithTag(Small, TAG);
    ExFreePoolWithTag(Page, TAG);
    ExInitializeNPagedLookasideList(&List, NULL, NULL, 0, 64, TAG, 0);
    First = ExAllocateFromNPagedLookasideList(&List);
    REQUIRE(First != NULL);
    ExFreeToNPagedLookasideList(&List, First);
    Second = ExAllocateFromNPagedLookasideList(&List);
    REQUIRE(Second == First);
    ExFreeToNPagedLookasideList(&List, Second);
    ExDeleteNPagedLookasideList(&List);
    return 0;
}

// KeQueryTickCount and KeQuerySystemTime are inlined reads of the kernel's address of the shared page.
static ULONG TestTime(void) {
    LARGE_INTEGER Ticks, Time, Delay;
    ULONG64 Interrupts;
    TIME_FIELDS Fields;

    KeQueryTickCount(&Ticks);
    KeQuerySystemTime(&Time);
    RtlTimeToTimeFields(&Time, &Fields);
    REQUIRE(Ticks.QuadPart > 0);
    // Ticks begin at a second. The page is a sixty-fourth of one behind at the most, if nobody is late.
    Interrupts = KeQueryInterruptTime();
    REQUIRE((ULONG64)(Ticks.QuadPart - 1000) * KeQueryTimeIncrement() <= Interrupts);
    REQUIRE((ULONG64)(Ticks.QuadPart - 1000) * KeQueryTimeIncrement() + 10000000 > Interrupts);
    REQUIRE(Fields.Year >= 2020 && Fields.Year < 2200);
    Delay.QuadPart = -5 * 10000LL;
    REQUIRE(KeDelayExecutionThread(KernelMode, FALSE, &Delay) == STATUS_SUCCESS);
    KeStallExecutionProcessor(20);
    return 0;
}

static ULONG TestException(void) {
    ULONG Line = __LINE__;

    __try {
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
    } __except ((ULONG)GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION) {
        Line = 0;
    }
    if (Line != 0) return Line;
    Line = __LINE__;
    __try {
        ProbeForRead((PVOID)(ULONG_PTR)1, 8, 4);
    } __except ((ULONG)GetExceptionCode() == (ULONG)STATUS_DATATYPE_MISALIGNMENT) {
        Line = 0;
    }
    return Line;
}

// Another driver's device, by pointer: its host is another process.
static ULONG TestRemote(void) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    UCHAR Data[16] = {0};
    IO_STATUS_BLOCK IoStatus;
    PDEVICE_OBJECT Null;
    PFILE_OBJECT File;
    NTSTATUS Status;
    LARGE_INTEGER Offset;
    KEVENT Event;
    PIRP Irp;

    REQUIRE(NT_SUCCESS(IoGetDeviceObjectPointer(&Name, FILE_WRITE_DATA, &File, &Null)));
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    Offset.QuadPart = 0;
    Irp = IoBuildSynchronousFsdRequest(IRP_MJ_WRITE, Null, Data, sizeof(Data), &Offset, &Event, &IoStatus);
    REQUIRE(Irp != NULL);
    Status = IoCallDriver(Null, Irp);
    if (Status == STATUS_PENDING) KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    REQUIRE(IoStatus.Status == STATUS_SUCCESS && IoStatus.Information == sizeof(Data));
    ObDereferenceObject(File);
    return 0;
}

static ULONG TestStrings(void) {
    UNICODE_STRING A, B;
    ANSI_STRING Narrow;
    CHAR Buffer[32];

    RtlInitUnicodeString(&A, L"Neptune");
    RtlInitUnicodeString(&B, L"NEPTUNE");
    REQUIRE(RtlEqualUnicodeString(&A, &B, TRUE) && !RtlEqualUnicodeString(&A, &B, FALSE));
    REQUIRE(NT_SUCCESS(RtlUnicodeStringToAnsiString(&Narrow, &A, TRUE)));
    REQUIRE(Narrow.Length == 7 && RtlCompareMemory(Narrow.Buffer, "Neptune", 7) == 7);
    RtlFreeAnsiString(&Narrow);
    _snprintf(Buffer, sizeof(Buffer), "%d %s %wZ", 5, "x", &A);
    REQUIRE(strcmp(Buffer, "5 x Neptune") == 0);
    return 0;
}

typedef PVOID(NTAPI* ALLOCATE_POOL_2)(ULONG64 Flags, SIZE_T Bytes, ULONG Tag);
typedef ULONG(NTAPI* CODE)(void);

#define POOL_FLAG_NON_PAGED_EXECUTE 0x80

static UCHAR DataCode[] = {0xb8, 7, 0, 0, 0, 0xc3};  // mov eax, 7; ret

static BOOLEAN Runs(const void* Code) {
    volatile BOOLEAN Ran = FALSE;

    __try {
        Ran = ((CODE)(ULONG_PTR)Code)() == 7;
    } __except ((ULONG)GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION) {
        Ran = FALSE;
    }
    return Ran;
}

// Pool, data and stacks are no place for code, where the machine can forbid it; pool asked for as such is.
static ULONG TestExecute(void) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ExAllocatePool2");
    ALLOCATE_POOL_2 AllocatePool2 = (ALLOCATE_POOL_2)(ULONG_PTR)MmGetSystemRoutineAddress(&Name);
    BOOLEAN Allowed = !SharedUserData->ProcessorFeatures[PF_NX_ENABLED];
    UCHAR Stack[sizeof(DataCode)];
    PUCHAR Pool;

    RtlCopyMemory(Stack, DataCode, sizeof(DataCode));
    REQUIRE(Runs(Stack) == Allowed);
    REQUIRE(Runs(DataCode) == Allowed);
    Pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, TAG);
    REQUIRE(Pool != NULL);
    RtlCopyMemory(Pool, DataCode, sizeof(DataCode));
    REQUIRE(Runs(Pool) == Allowed);
    ExFreePoolWithTag(Pool, TAG);
    REQUIRE(AllocatePool2 != NULL);
    Pool = AllocatePool2(POOL_FLAG_NON_PAGED_EXECUTE, sizeof(DataCode), TAG);
    REQUIRE(Pool != NULL);
    RtlCopyMemory(Pool, DataCode, sizeof(DataCode));
    REQUIRE(Runs(Pool));
    ExFreePoolWithTag(Pool, TAG);
    return 0;
}

static ULONG RunTest(ULONG Code) {
    switch (Code) {
        case EXERCISE_IRQL:
            return TestIrql();
        case EXERCISE_TIMER:
            return TestTimer();
        case EXERCISE_WORK:
            return TestWork();
        case EXERCISE_THREAD:
            return TestThread();
        case EXERCISE_REGISTRY:
            return TestRegistry();
        case EXERCISE_POOL:
            return TestPool();
        case EXERCISE_TIME:
            return TestTime();
        case EXERCISE_EXCEPTION:
            return TestException();
        case EXERCISE_REMOTE:
            return TestRemote();
        case EXERCISE_STRINGS:
            return TestStrings();
        case EXERCISE_EXECUTE:
            return TestExecute();
        default:
            return __LINE__;
    }
}

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS FillDirect(PIRP Irp) {
    PVOID Buffer;

    if (Irp->MdlAddress == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    Buffer = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    RtlFillMemory(Buffer, MmGetMdlByteCount(Irp->MdlAddress), 0x5a);
    return Complete(Irp, STATUS_SUCCESS, MmGetMdlByteCount(Irp->MdlAddress));
}

static NTSTATUS NTAPI ExerciseControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Code == EXERCISE_DIRECT) return FillDirect(Irp);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = RunTest(Code);
    return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
}

static NTSTATUS NTAPI ExerciseOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI FinishShutdown(PKDPC Dpc, PVOID Irp, PVOID Argument1, PVOID Argument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    DbgPrint("exercise: has shut down\n");
    Complete(Irp, STATUS_SUCCESS, 0);
}

// The first chance takes its time: nobody goes on before it is done.
static NTSTATUS NTAPI ExerciseShutdown(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    LARGE_INTEGER Due;

    if (DeviceObject == LastDevice) {
        DbgPrint("exercise: shuts down last\n");
        return Complete(Irp, STATUS_SUCCESS, 0);
    }
    DbgPrint("exercise: shuts down\n");
    IoMarkIrpPending(Irp);
    Due.QuadPart = -300 * 10000LL;
    KeInitializeTimer(&ShutdownTimer);
    KeInitializeDpc(&ShutdownDpc, FinishShutdown, Irp);
    KeSetTimer(&ShutdownTimer, Due, &ShutdownDpc);
    return STATUS_PENDING;
}

static VOID NTAPI ExerciseUnload(PDRIVER_OBJECT DriverObject) {
    UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\??\\Exercise");

    IoDeleteSymbolicLink(&Link);
    UNREFERENCED_PARAMETER(DriverObject);
    IoUnregisterShutdownNotification(LastDevice);
    IoDeleteDevice(LastDevice);
    IoUnregisterShutdownNotification(Device);
    IoDeleteDevice(Device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Exercise");
    UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\??\\Exercise");
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &LastDevice);
    if (NT_SUCCESS(Status)) Status = IoCreateSymbolicLink(&Link, &Name);
    if (!NT_SUCCESS(Status)) {
        if (LastDevice != NULL) IoDeleteDevice(LastDevice);
        IoDeleteDevice(Device);
        return Status;
    }
    IoRegisterLastChanceShutdownNotification(LastDevice);
    IoRegisterShutdownNotification(Device);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ExerciseOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ExerciseOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ExerciseOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ExerciseControl;
    DriverObject->MajorFunction[IRP_MJ_SHUTDOWN] = ExerciseShutdown;
    DriverObject->DriverUnload = ExerciseUnload;
    return STATUS_SUCCESS;
}
