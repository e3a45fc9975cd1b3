// SPDX-License-Identifier: GPL-3.0-only
//
// Commands to the keyboard while it runs: LEDs and typematic rate, one at a time through StartIo. Each byte
// waits for the keyboard's acknowledgement, which comes by interrupt; RESEND repeats it, and a timer ends
// what is never answered.
#include "i8042prt.h"

// Sends the current byte. Under the interrupt lock.
static VOID SendCurrent(PI8042_EXTENSION Extension) {
    if (!I8042WriteKeyboard(Extension, Extension->CommandBytes[Extension->CommandPosition]))
        Extension->Command = CommandFailed;
}

static VOID TryAgain(PI8042_EXTENSION Extension) {
    if (++Extension->Retries > I8042_RETRIES)
        Extension->Command = CommandFailed;
    else
        SendCurrent(Extension);
}

// TRUE when the byte was an answer to a command under way. Under the interrupt lock.
BOOLEAN I8042CommandAnswer(PI8042_EXTENSION Extension, UCHAR Byte) {
    if (Extension->Command != CommandSending) return FALSE;
    if (Byte == KEYBOARD_RESEND) {
        TryAgain(Extension);
        return TRUE;
    }
    if (Byte != KEYBOARD_ACK) return FALSE;
    Extension->Retries = 0;
    if (++Extension->CommandPosition == I8042_COMMAND_BYTES)
        Extension->Command = CommandDone;
    else
        SendCurrent(Extension);
    return TRUE;
}

static BOOLEAN NTAPI StartSynchronized(PVOID Context) {
    PI8042_EXTENSION Extension = Context;

    Extension->Command = CommandSending;
    Extension->CommandPosition = 0;
    Extension->Retries = 0;
    SendCurrent(Extension);
    return Extension->Command == CommandSending;
}

// A time-out counts like a RESEND; TRUE when that was the last try.
static BOOLEAN NTAPI TimeoutSynchronized(PVOID Context) {
    PI8042_EXTENSION Extension = Context;

    if (Extension->Command != CommandSending) return FALSE;
    TryAgain(Extension);
    return Extension->Command == CommandFailed;
}

typedef struct _FINISH {
    PI8042_EXTENSION Extension;
    NTSTATUS Status;
} FINISH, *PFINISH;

// Makes the engine free and tells how the command ended; FALSE when there is none that has ended.
static BOOLEAN NTAPI FinishSynchronized(PVOID Context) {
    PFINISH Finish = Context;
    COMMAND_STATE Command = Finish->Extension->Command;

    if (Command != CommandDone && Command != CommandFailed) return FALSE;
    Finish->Extension->Command = CommandIdle;
    Finish->Status = Command == CommandDone ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
    return TRUE;
}

static VOID StartTimer(PI8042_EXTENSION Extension) {
    LARGE_INTEGER Due;

    Due.QuadPart = -(LONGLONG)I8042_COMMAND_TIMEOUT_MS * 10000;
    KeSetTimer(&Extension->CommandTimer, Due, &Extension->TimeoutDpc);
}

// What the keyboard confirmed is what the queries will say.
static VOID Remember(PI8042_EXTENSION Extension, PIRP Irp) {
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode ==
        IOCTL_KEYBOARD_SET_INDICATORS)
        Extension->Indicators = *(PKEYBOARD_INDICATOR_PARAMETERS)Irp->AssociatedIrp.SystemBuffer;
    else
        Extension->Typematic = *(PKEYBOARD_TYPEMATIC_PARAMETERS)Irp->AssociatedIrp.SystemBuffer;
}

VOID NTAPI I8042CommandDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    PI8042_EXTENSION Extension = Context;
    PIRP Irp = Extension->Self->CurrentIrp;
    FINISH Finish = {Extension, STATUS_SUCCESS};

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!KeSynchronizeExecution(Extension->Interrupt, FinishSynchronized, &Finish)) return;
    KeCancelTimer(&Extension->CommandTimer);
    if (NT_SUCCESS(Finish.Status)) Remember(Extension, Irp);
    Irp->IoStatus.Status = Finish.Status;
    Irp->IoStatus.Information = 0;
    IoStartNextPacket(Extension->Self, FALSE);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

VOID NTAPI I8042TimeoutDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    PI8042_EXTENSION Extension = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (KeSynchronizeExecution(Extension->Interrupt, TimeoutSynchronized, Extension))
        KeInsertQueueDpc(&Extension->CommandDpc, NULL, NULL);
    else if (Extension->Command == CommandSending)
        StartTimer(Extension);
}

VOID NTAPI I8042StartIo(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PI8042_EXTENSION Extension = DeviceObject->DeviceExtension;
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;

    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode ==
        IOCTL_KEYBOARD_SET_INDICATORS) {
        Extension->CommandBytes[0] = KEYBOARD_SET_LEDS;
        Extension->CommandBytes[1] = (UCHAR)(((PKEYBOARD_INDICATOR_PARAMETERS)Buffer)->LedFlags & 7);
    } else {
        Extension->CommandBytes[0] = KEYBOARD_SET_TYPEMATIC;
        Extension->CommandBytes[1] = I8042TypematicByte(Buffer);
    }
    if (KeSynchronizeExecution(Extension->Interrupt, StartSynchronized, Extension))
        StartTimer(Extension);
    else
        KeInsertQueueDpc(&Extension->CommandDpc, NULL, NULL);
}

// Repeat rate in tenths of characters a second for each value of the low five bits; delay in steps of 250 ms
// above.
UCHAR I8042TypematicByte(const KEYBOARD_TYPEMATIC_PARAMETERS* Typematic) {
    static const USHORT Rates[32] = {300, 267, 240, 218, 200, 185, 171, 160, 150, 133, 120,
                                     109, 100, 92,  86,  80,  75,  67,  60,  55,  50,  46,
                                     43,  40,  37,  33,  30,  27,  25,  23,  21,  20};
    ULONG Rate = 0;
    ULONG Delay = (Typematic->Delay + 249) / 250;

    while (Rate < RTL_NUMBER_OF(Rates) - 1 && Rates[Rate] > Typematic->Rate * 10)
        Rate++;
    if (Delay < 1) Delay = 1;
    if (Delay > 4) Delay = 4;
    return (UCHAR)((Delay - 1) << 5 | Rate);
}
