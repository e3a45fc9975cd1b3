// SPDX-License-Identifier: GPL-3.0-only
//
// From bytes to keys. The ISR takes bytes off the controller, turns set-1 codes into KEYBOARD_INPUT_DATA and
// leaves them in a ring; a DPC hands the ring to the class driver.
#include "i8042prt.h"

#define BATCH 16
#define BYTES_PER_INTERRUPT 16

static VOID PutKey(PI8042_EXTENSION Extension, USHORT MakeCode, USHORT Flags) {
    PKEYBOARD_INPUT_DATA Data;

    if (Extension->Count == I8042_RING_SIZE) {
        // Nobody listens: the last key kept becomes the sign that some were lost.
        Data = &Extension->Ring[(Extension->First + Extension->Count - 1) % I8042_RING_SIZE];
        MakeCode = KEYBOARD_OVERRUN_MAKE_CODE;
        Flags = 0;
    } else {
        Data = &Extension->Ring[(Extension->First + Extension->Count) % I8042_RING_SIZE];
        Extension->Count++;
    }
    RtlZeroMemory(Data, sizeof(*Data));
    Data->MakeCode = MakeCode;
    Data->Flags = Flags;
}

// One byte of scan-code set 1. A prefix belongs to the next byte only: Pause comes as E1 1D, 45, E1 9D, C5.
VOID I8042TakeByte(PI8042_EXTENSION Extension, UCHAR Byte) {
    USHORT Flags;

    switch (Byte) {
        case SCAN_PREFIX_E0:
            Extension->Prefix |= KEY_E0;
            return;
        case SCAN_PREFIX_E1:
            Extension->Prefix |= KEY_E1;
            return;
        case SCAN_OVERRUN_1:
        case SCAN_OVERRUN_2:
            PutKey(Extension, KEYBOARD_OVERRUN_MAKE_CODE, 0);
            Extension->Prefix = 0;
            return;
        case KEYBOARD_ACK:
        case KEYBOARD_RESEND:
        case KEYBOARD_ECHO:
            return;  // a late answer to a command that was given up
    }
    Flags = Extension->Prefix | ((Byte & SCAN_BREAK) != 0 ? KEY_BREAK : KEY_MAKE);
    Extension->Prefix = 0;
    PutKey(Extension, Byte & (UCHAR)~SCAN_BREAK, Flags);
}

// Takes what the controller holds; FALSE when it held nothing. Under the interrupt lock.
static BOOLEAN TakeBytes(PI8042_EXTENSION Extension) {
    ULONG i;

    for (i = 0; i < BYTES_PER_INTERRUPT; i++) {
        UCHAR Status = READ_PORT_UCHAR(Extension->CommandPort);
        UCHAR Byte;

        if ((Status & STATUS_OUTPUT_FULL) == 0) break;
        Byte = READ_PORT_UCHAR(Extension->DataPort);
        if ((Status & STATUS_AUX_DATA) != 0) continue;  // no mouse is driven here
        if (!I8042CommandAnswer(Extension, Byte)) I8042TakeByte(Extension, Byte);
    }
    return i != 0;
}

BOOLEAN NTAPI I8042Interrupt(PKINTERRUPT Interrupt, PVOID Context) {
    PI8042_EXTENSION Extension = Context;

    UNREFERENCED_PARAMETER(Interrupt);
    if (!TakeBytes(Extension)) return FALSE;
    if (Extension->Count != 0) KeInsertQueueDpc(&Extension->InputDpc, NULL, NULL);
    if (Extension->Command == CommandDone || Extension->Command == CommandFailed)
        KeInsertQueueDpc(&Extension->CommandDpc, NULL, NULL);
    return TRUE;
}

static BOOLEAN NTAPI DrainSynchronized(PVOID Context) {
    PI8042_EXTENSION Extension = Context;

    TakeBytes(Extension);
    if (Extension->Count != 0) KeInsertQueueDpc(&Extension->InputDpc, NULL, NULL);
    return TRUE;
}

// A byte that arrived before the interrupt was connected holds the line up: no edge would ever come.
VOID I8042DrainOutput(PI8042_EXTENSION Extension) {
    KeSynchronizeExecution(Extension->Interrupt, DrainSynchronized, Extension);
}

typedef struct _PEEK {
    PI8042_EXTENSION Extension;
    KEYBOARD_INPUT_DATA Data[BATCH];
    ULONG Count;
    ULONG Consumed;
} PEEK, *PPEEK;

// Drops what the class driver took of the last batch and copies out the next.
static BOOLEAN NTAPI NextBatch(PVOID Context) {
    PPEEK Peek = Context;
    PI8042_EXTENSION Extension = Peek->Extension;
    ULONG i;

    Extension->First = (Extension->First + Peek->Consumed) % I8042_RING_SIZE;
    Extension->Count -= Peek->Consumed;
    Peek->Count = Extension->Count < BATCH ? Extension->Count : BATCH;
    for (i = 0; i < Peek->Count; i++)
        Peek->Data[i] = Extension->Ring[(Extension->First + i) % I8042_RING_SIZE];
    return Peek->Count != 0;
}

VOID NTAPI I8042InputDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    PI8042_EXTENSION Extension = Context;
    PSERVICE_CALLBACK_ROUTINE Callback;
    PEEK Peek;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (!Extension->Enabled) return;  // kept until the class driver enables us
    Callback = (PSERVICE_CALLBACK_ROUTINE)(ULONG_PTR)Extension->Connect.ClassService;
    Peek.Extension = Extension;
    Peek.Consumed = 0;
    while (KeSynchronizeExecution(Extension->Interrupt, NextBatch, &Peek)) {
        Peek.Consumed = 0;
        Callback(Extension->Connect.ClassDeviceObject, Peek.Data, Peek.Data + Peek.Count, &Peek.Consumed);
        if (Peek.Consumed == 0) return;
        if (Peek.Consumed > Peek.Count) Peek.Consumed = Peek.Count;
    }
}
