// SPDX-License-Identifier: GPL-3.0-only
//
// Requests from the class driver: connecting, enabling, and the keyboard controls that programs send through
// it.
#include "i8042prt.h"

#define REPEAT_RATE_MINIMUM 2
#define REPEAT_RATE_MAXIMUM 30
#define REPEAT_DELAY_MINIMUM 250
#define REPEAT_DELAY_MAXIMUM 1000

static NTSTATUS Complete(PI8042_EXTENSION Extension, PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

// Copies an answer into the request's buffer.
static NTSTATUS Answer(PI8042_EXTENSION Extension, PIRP Irp, const VOID* Data, ULONG Length) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < Length)
        return Complete(Extension, Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Data, Length);
    return Complete(Extension, Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS Connect(PI8042_EXTENSION Extension, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCONNECT_DATA Data = Stack->Parameters.DeviceIoControl.Type3InputBuffer;

    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Data) || Data->ClassService == NULL)
        return Complete(Extension, Irp, STATUS_INVALID_PARAMETER, 0);
    if (Extension->Connect.ClassService != NULL) return Complete(Extension, Irp, STATUS_SHARING_VIOLATION, 0);
    Extension->Connect = *Data;
    return Complete(Extension, Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Disconnect(PI8042_EXTENSION Extension, PIRP Irp) {
    Extension->Enabled = FALSE;
    KeFlushQueuedDpcs();
    RtlZeroMemory(&Extension->Connect, sizeof(Extension->Connect));
    return Complete(Extension, Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Enable(PI8042_EXTENSION Extension, PIRP Irp, BOOLEAN Enable) {
    if (Enable && Extension->Connect.ClassService == NULL)
        return Complete(Extension, Irp, STATUS_INVALID_DEVICE_STATE, 0);
    Extension->Enabled = Enable;
    if (Enable) KeInsertQueueDpc(&Extension->InputDpc, NULL, NULL);  // what was typed so far
    return Complete(Extension, Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS QueryAttributes(PI8042_EXTENSION Extension, PIRP Irp) {
    static const KEYBOARD_ATTRIBUTES Attributes = {
        .KeyboardIdentifier = {.Type = 4, .Subtype = 0},  // enhanced, 101 or 102 keys
        .KeyboardMode = 1,                                // scan-code set 1
        .NumberOfFunctionKeys = 12,
        .NumberOfIndicators = 3,
        .NumberOfKeysTotal = 101,
        .InputDataQueueLength = I8042_RING_SIZE,
        .KeyRepeatMinimum = {.Rate = REPEAT_RATE_MINIMUM, .Delay = REPEAT_DELAY_MINIMUM},
        .KeyRepeatMaximum = {.Rate = REPEAT_RATE_MAXIMUM, .Delay = REPEAT_DELAY_MAXIMUM},
    };

    return Answer(Extension, Irp, &Attributes, sizeof(Attributes));
}

static NTSTATUS QueryTranslation(PI8042_EXTENSION Extension, PIRP Irp) {
    static const struct {
        USHORT Count;
        INDICATOR_LIST List[3];
    } Translation = {
        3, {{0x3a, KEYBOARD_CAPS_LOCK_ON}, {0x45, KEYBOARD_NUM_LOCK_ON}, {0x46, KEYBOARD_SCROLL_LOCK_ON}}};

    return Answer(Extension, Irp, &Translation, sizeof(Translation));
}

// Queues a command to the keyboard; its StartIo routine does the rest.
static NTSTATUS SendCommand(PI8042_EXTENSION Extension, PIRP Irp) {
    if (!Extension->KeyboardPresent) return Complete(Extension, Irp, STATUS_DEVICE_NOT_CONNECTED, 0);
    IoMarkIrpPending(Irp);
    IoStartPacket(Extension->Self, Irp, NULL, NULL);
    return STATUS_PENDING;
}

static NTSTATUS SetIndicators(PI8042_EXTENSION Extension, PIRP Irp) {
    const KEYBOARD_INDICATOR_PARAMETERS* Parameters = Irp->AssociatedIrp.SystemBuffer;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Parameters) ||
        (Parameters->LedFlags & ~(I8042_INDICATORS | KEYBOARD_LED_INJECTED | KEYBOARD_SHADOW)) != 0)
        return Complete(Extension, Irp, STATUS_INVALID_PARAMETER, 0);
    I8042SaveIndicators(Extension, Parameters);
    return SendCommand(Extension, Irp);
}

BOOLEAN I8042TypematicValid(const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic) {
    return Typematic->Rate >= REPEAT_RATE_MINIMUM && Typematic->Rate <= REPEAT_RATE_MAXIMUM &&
           Typematic->Delay >= REPEAT_DELAY_MINIMUM && Typematic->Delay <= REPEAT_DELAY_MAXIMUM;
}

static NTSTATUS SetTypematic(PI8042_EXTENSION Extension, PIRP Irp) {
    const KEYBOARD_TYPEMATIC_PARAMETERS* Parameters = Irp->AssociatedIrp.SystemBuffer;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Parameters) ||
        !I8042TypematicValid(Parameters))
        return Complete(Extension, Irp, STATUS_INVALID_PARAMETER, 0);
    I8042SaveTypematic(Extension, Parameters);
    return SendCommand(Extension, Irp);
}

NTSTATUS NTAPI I8042InternalDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PI8042_EXTENSION Extension = DeviceObject->DeviceExtension;
    NTSTATUS Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);

    if (!NT_SUCCESS(Status)) {
        Irp->IoStatus.Status = Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return Status;
    }
    if (!Extension->Started) return Complete(Extension, Irp, STATUS_DEVICE_NOT_READY, 0);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
        case IOCTL_INTERNAL_KEYBOARD_CONNECT:
            return Connect(Extension, Irp);
        case IOCTL_INTERNAL_KEYBOARD_DISCONNECT:
            return Disconnect(Extension, Irp);
        case IOCTL_INTERNAL_KEYBOARD_ENABLE:
            return Enable(Extension, Irp, TRUE);
        case IOCTL_INTERNAL_KEYBOARD_DISABLE:
            return Enable(Extension, Irp, FALSE);
        case IOCTL_KEYBOARD_QUERY_ATTRIBUTES:
            return QueryAttributes(Extension, Irp);
        case IOCTL_KEYBOARD_QUERY_INDICATOR_TRANSLATION:
            return QueryTranslation(Extension, Irp);
        case IOCTL_KEYBOARD_QUERY_INDICATORS:
            return Answer(Extension, Irp, &Extension->Indicators, sizeof(Extension->Indicators));
        case IOCTL_KEYBOARD_QUERY_TYPEMATIC:
            return Answer(Extension, Irp, &Extension->Typematic, sizeof(Extension->Typematic));
        case IOCTL_KEYBOARD_SET_INDICATORS:
            return SetIndicators(Extension, Irp);
        case IOCTL_KEYBOARD_SET_TYPEMATIC:
            return SetTypematic(Extension, Irp);
        default:
            return Complete(Extension, Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}
