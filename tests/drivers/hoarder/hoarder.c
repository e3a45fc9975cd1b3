// SPDX-License-Identifier: GPL-3.0-only
#include <ntifs.h>

#include "tests/drivers/hoarder/hoarder.h"

#define PAGE 4096

static KEVENT Over;
static WCHAR NameBuffer[64];
static UNICODE_STRING Name = {0, sizeof(NameBuffer), NameBuffer};

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static BOOLEAN Map(ULONG Pages) {
    PHYSICAL_ADDRESS Address;
    volatile UCHAR* Base;
    ULONG i;

    Address.QuadPart = HOARDER_MEMORY;
    Base = MmMapIoSpace(Address, (SIZE_T)Pages * PAGE, MmNonCached);
    if (Base == NULL) return FALSE;
    for (i = 0; i < Pages; i++)
        (void)Base[i * PAGE];
    MmUnmapIoSpace((PVOID)Base, (SIZE_T)Pages * PAGE);
    return TRUE;
}

static BOOLEAN Allocate(BOOLEAN Keep) {
    PHYSICAL_ADDRESS Highest;
    volatile UCHAR* Base;
    ULONG i;

    Highest.QuadPart = -1;
    Base = MmAllocateContiguousMemory(HOARDER_BLOCK, Highest);
    if (Base == NULL) return FALSE;
    for (i = 0; i < HOARDER_BLOCK / PAGE; i++)
        Base[i * PAGE] = 1;
    if (!Keep) MmFreeContiguousMemory((PVOID)Base);
    return TRUE;
}

// Is it in a run, between these addresses and across no multiple of this? Each page is written to.
static BOOLEAN IsRun(volatile UCHAR* Base, SIZE_T Length, PHYSICAL_ADDRESS Lowest, PHYSICAL_ADDRESS Highest,
                     LONGLONG Boundary) {
    LONGLONG First = MmGetPhysicalAddress((PVOID)Base).QuadPart;
    SIZE_T At;

    for (At = 0; At < Length; At += PAGE) {
        Base[At] = (UCHAR)(At / PAGE);
        if (MmGetPhysicalAddress((PVOID)(Base + At)).QuadPart != First + (LONGLONG)At) return FALSE;
    }
    if (First < Lowest.QuadPart || First + (LONGLONG)Length - 1 > Highest.QuadPart) return FALSE;
    return Boundary == 0 || First / Boundary == (First + (LONGLONG)Length - 1) / Boundary;
}

// The second lies below the first's end, and in one part of the size of its limit, which is a power of two.
static BOOLEAN Run(ULONG Megabytes) {
    SIZE_T Length = (SIZE_T)Megabytes << 20;
    PHYSICAL_ADDRESS Lowest, Highest, Boundary;
    PVOID Base;
    BOOLEAN Good;

    Lowest.QuadPart = 0;
    Highest.QuadPart = 0x7fffffffffffffff;
    Base = MmAllocateContiguousMemory(Length, Highest);
    if (Base == NULL) return FALSE;
    Good = IsRun(Base, Length, Lowest, Highest, 0);
    Lowest.QuadPart = MmGetPhysicalAddress(Base).QuadPart;
    Highest.QuadPart = Lowest.QuadPart + (LONGLONG)Length - 1;
    MmFreeContiguousMemory(Base);
    if (!Good) return FALSE;

    Length /= 4;
    Boundary.QuadPart = 1 << 20;
    while (Boundary.QuadPart < (LONGLONG)Length)
        Boundary.QuadPart *= 2;
    Base = MmAllocateContiguousMemorySpecifyCache(Length, Lowest, Highest, Boundary, MmCached);
    if (Base == NULL) return FALSE;
    Good = IsRun(Base, Length, Lowest, Highest, Boundary.QuadPart);
    MmFreeContiguousMemorySpecifyCache(Base, Length, MmCached);
    return Good;
}

static VOID NTAPI WaitForTheEnd(PVOID Context) {
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Over, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static BOOLEAN AddThread(void) {
    HANDLE Handle;

    if (!NT_SUCCESS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, WaitForTheEnd, NULL)))
        return FALSE;
    ZwClose(Handle);
    return TRUE;
}

static BOOLEAN NTAPI NotMine(PKINTERRUPT Interrupt, PVOID Context) {
    UNREFERENCED_PARAMETER(Interrupt);
    UNREFERENCED_PARAMETER(Context);
    return FALSE;
}

static BOOLEAN Connect(void) {
    PKINTERRUPT Interrupt;

    if (!NT_SUCCESS(IoConnectInterrupt(&Interrupt, NotMine, NULL, NULL, HOARDER_LINE, 10, 10, Latched, FALSE,
                                       1, FALSE)))
        return FALSE;
    IoDisconnectInterrupt(Interrupt);
    return TRUE;
}

static BOOLEAN One(ULONG Code, ULONG Index) {
    switch (Code) {
        case HOARDER_CONTIGUOUS:
            return Allocate(FALSE);
        case HOARDER_KEEP:
            return Allocate(TRUE);
        case HOARDER_THREADS:
            return AddThread();
        case HOARDER_PORTS:
            return READ_PORT_UCHAR((PUCHAR)(ULONG_PTR)(HOARDER_FIRST_PORT + Index)) == 0xff;
        default:
            return Connect();
    }
}

static NTSTATUS MakeDevice(PDRIVER_OBJECT DriverObject, PIRP Irp, ULONG Length) {
    UNICODE_STRING Path;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    Path.Buffer = Irp->AssociatedIrp.SystemBuffer;
    Path.Length = Path.MaximumLength = (USHORT)Length;
    Status = IoCreateDevice(DriverObject, 0, &Path, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (NT_SUCCESS(Status)) IoDeleteDevice(DeviceObject);
    return Complete(Irp, Status, 0);
}

static NTSTATUS NTAPI HoarderControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    ULONG Length = Stack->Parameters.DeviceIoControl.InputBufferLength;
    PULONG Count = Irp->AssociatedIrp.SystemBuffer;
    BOOLEAN Done = TRUE;
    ULONG i;

    if (Code == HOARDER_DEVICE) return MakeDevice(DeviceObject->DriverObject, Irp, Length);
    if (Code == HOARDER_RUN && Length >= sizeof(ULONG)) {
        Done = Run(*Count);
        return Complete(Irp, Done ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES, Done ? sizeof(ULONG) : 0);
    }
    if (Code < HOARDER_MAP || Code > HOARDER_INTERRUPT)
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Length < sizeof(ULONG)) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Code == HOARDER_MAP) Done = Map(*Count);
    for (i = 0; Code != HOARDER_MAP && Done && i < *Count; i++)
        Done = One(Code, i);
    return Complete(Irp, Done ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES, Done ? sizeof(ULONG) : 0);
}

static NTSTATUS NTAPI HoarderCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI HoarderUnload(PDRIVER_OBJECT DriverObject) {
    KeSetEvent(&Over, IO_NO_INCREMENT, FALSE);
    IoDeleteDevice(DriverObject->DeviceObject);
}

// \Device\<service>
static NTSTATUS MakeName(PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Service = *RegistryPath;
    USHORT Start = Service.Length / sizeof(WCHAR);

    while (Start > 0 && Service.Buffer[Start - 1] != L'\\')
        Start--;
    Service.Buffer += Start;
    Service.Length -= Start * sizeof(WCHAR);
    RtlAppendUnicodeToString(&Name, L"\\Device\\");
    return RtlAppendUnicodeStringToString(&Name, &Service);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status = MakeName(RegistryPath);

    KeInitializeEvent(&Over, NotificationEvent, FALSE);
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = HoarderCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = HoarderCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = HoarderCreateClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = HoarderControl;
    DriverObject->DriverUnload = HoarderUnload;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
