// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Beep: the PC speaker. IOCTL_BEEP_SET starts a tone and completes at once; a timer DPC ends the tone
// after its duration. A frequency of zero ends it now. Requests are serialised by StartIo, and the tone
// itself is started and stopped at DISPATCH_LEVEL only, so the timer and a new request never meet half-way.
#include <ntddk.h>

#include <ntddbeep.h>

// The HAL exports it on every architecture; the DDK declares it for x86 only. Zero silences the speaker.
NTHALAPI BOOLEAN NTAPI HalMakeBeep(ULONG Frequency);

#define BEEP_FOREVER 0xffffffffUL

typedef struct _BEEP_EXTENSION {
    KTIMER Timer;
    KDPC TimerDpc;
    LONG OpenCount;
    BOOLEAN Endless;  // the tone that sounds has no timer
} BEEP_EXTENSION, *PBEEP_EXTENSION;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI BeepTimeout(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    HalMakeBeep(0);
}

// Ends the running tone, if any, and its timer. At DISPATCH_LEVEL.
static VOID StopTone(PBEEP_EXTENSION Extension) {
    KeCancelTimer(&Extension->Timer);
    KeRemoveQueueDpc(&Extension->TimerDpc);
    Extension->Endless = FALSE;
    HalMakeBeep(0);
}

static NTSTATUS StartTone(PBEEP_EXTENSION Extension, const BEEP_SET_PARAMETERS* Parameters) {
    LARGE_INTEGER Due;

    StopTone(Extension);
    if (Parameters->Frequency == 0) return STATUS_SUCCESS;
    if (!HalMakeBeep(Parameters->Frequency)) return STATUS_INVALID_PARAMETER;
    Extension->Endless = Parameters->Duration == BEEP_FOREVER;
    if (Extension->Endless) return STATUS_SUCCESS;
    Due.QuadPart = -(LONGLONG)Parameters->Duration * 10000;
    KeSetTimer(&Extension->Timer, Due, &Extension->TimerDpc);
    return STATUS_SUCCESS;
}

static VOID NTAPI BeepStartIo(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    KIRQL OldIrql;
    NTSTATUS Status;

    IoAcquireCancelSpinLock(&OldIrql);
    IoSetCancelRoutine(Irp, NULL);
    IoReleaseCancelSpinLock(OldIrql);

    Status = Irp->Cancel ? STATUS_CANCELLED
                         : StartTone(DeviceObject->DeviceExtension, Irp->AssociatedIrp.SystemBuffer);
    IoStartNextPacket(DeviceObject, TRUE);
    Complete(Irp, Status);
}

static VOID NTAPI BeepCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    if (Irp == DeviceObject->CurrentIrp) {
        IoReleaseCancelSpinLock(Irp->CancelIrql);
        return;  // StartIo has it and looks at Irp->Cancel
    }
    KeRemoveEntryDeviceQueue(&DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Complete(Irp, STATUS_CANCELLED);
}

static BOOLEAN ParametersValid(PIRP Irp, PIO_STACK_LOCATION Stack) {
    const BEEP_SET_PARAMETERS* Parameters = Irp->AssociatedIrp.SystemBuffer;

    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Parameters)) return FALSE;
    if (Parameters->Frequency == 0) return TRUE;
    return Parameters->Frequency >= BEEP_FREQUENCY_MINIMUM && Parameters->Frequency <= BEEP_FREQUENCY_MAXIMUM;
}

static NTSTATUS NTAPI BeepDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_BEEP_SET)
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    if (!ParametersValid(Irp, Stack)) return Complete(Irp, STATUS_INVALID_PARAMETER);
    IoMarkIrpPending(Irp);
    IoStartPacket(DeviceObject, Irp, NULL, BeepCancel);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI BeepCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PBEEP_EXTENSION Extension = DeviceObject->DeviceExtension;

    InterlockedIncrement(&Extension->OpenCount);
    return Complete(Irp, STATUS_SUCCESS);
}

// A tone with an end plays to its end; one without ends with the last handle.
static NTSTATUS NTAPI BeepClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PBEEP_EXTENSION Extension = DeviceObject->DeviceExtension;
    KIRQL OldIrql;

    if (InterlockedDecrement(&Extension->OpenCount) == 0) {
        KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
        if (Extension->Endless) StopTone(Extension);
        KeLowerIrql(OldIrql);
    }
    return Complete(Irp, STATUS_SUCCESS);
}

static NTSTATUS NTAPI BeepCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS);
}

static VOID NTAPI BeepUnload(PDRIVER_OBJECT DriverObject) {
    PDEVICE_OBJECT DeviceObject = DriverObject->DeviceObject;
    KIRQL OldIrql;

    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    StopTone(DeviceObject->DeviceExtension);
    KeLowerIrql(OldIrql);
    IoDeleteDevice(DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(DD_BEEP_DEVICE_NAME_U);
    PDEVICE_OBJECT DeviceObject;
    PBEEP_EXTENSION Extension;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = IoCreateDevice(DriverObject, sizeof(BEEP_EXTENSION), &Name, FILE_DEVICE_BEEP, 0, FALSE,
                            &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;

    DeviceObject->Flags |= DO_BUFFERED_IO;
    HalMakeBeep(0);  // a tone may still sound that was started before this driver
    Extension = DeviceObject->DeviceExtension;
    KeInitializeTimer(&Extension->Timer);
    KeInitializeDpc(&Extension->TimerDpc, BeepTimeout, Extension);

    DriverObject->MajorFunction[IRP_MJ_CREATE] = BeepCreate;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = BeepClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = BeepCleanup;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BeepDeviceControl;
    DriverObject->DriverStartIo = BeepStartIo;
    DriverObject->DriverUnload = BeepUnload;
    return STATUS_SUCCESS;
}
