// SPDX-License-Identifier: GPL-3.0-only
//
// The doorbell: a 16550 whose bytes say nothing but that there is something to look at.
#include "drivers/exec/channel/channel.h"

// Registers of a 16550, as offsets, and the bits that are used.
#define UART_DATA 0
#define UART_INTERRUPT_ENABLE 1
#define UART_FIFO_CONTROL 2
#define UART_LINE_CONTROL 3
#define UART_MODEM_CONTROL 4
#define UART_LINE_STATUS 5
#define UART_RECEIVED_INTERRUPT 1
#define UART_FIFOS_ON_AND_CLEAR 7
#define UART_EIGHT_BITS 3
#define UART_DTR_RTS_OUT2 11  // OUT2 lets the interrupt through
#define UART_RECEIVED 1
#define UART_MOST_BYTES 64  // that one interrupt takes

static BOOLEAN NTAPI ChannelInterrupt(PKINTERRUPT Interrupt, PVOID Context) {
    PCHANNEL_EXTENSION Channel = Context;
    BOOLEAN Mine = FALSE;
    ULONG Left;

    UNREFERENCED_PARAMETER(Interrupt);
    for (Left = UART_MOST_BYTES; Left > 0; Left--) {
        if ((READ_PORT_UCHAR(Channel->Port + UART_LINE_STATUS) & UART_RECEIVED) == 0) break;
        READ_PORT_UCHAR(Channel->Port + UART_DATA);
        Mine = TRUE;
    }
    if (Mine) KeInsertQueueDpc(&Channel->Dpc, NULL, NULL);
    return Mine;
}

static VOID NTAPI ChannelRung(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    PCHANNEL_EXTENSION Channel = Context;
    ULONG i;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    for (i = 0; i < EXEC_PIPES; i++)
        if (Channel->Pipes[i].Size != 0) ChannelPump(&Channel->Pipes[i]);
}

VOID ChannelRing(PCHANNEL_EXTENSION Channel) {
    WRITE_PORT_UCHAR(Channel->Port + UART_DATA, 1);
}

NTSTATUS ChannelStartSerial(PCHANNEL_EXTENSION Channel) {
    NTSTATUS Status;

    KeInitializeDpc(&Channel->Dpc, ChannelRung, Channel);
    WRITE_PORT_UCHAR(Channel->Port + UART_INTERRUPT_ENABLE, 0);
    WRITE_PORT_UCHAR(Channel->Port + UART_LINE_CONTROL, UART_EIGHT_BITS);
    WRITE_PORT_UCHAR(Channel->Port + UART_FIFO_CONTROL, UART_FIFOS_ON_AND_CLEAR);
    WRITE_PORT_UCHAR(Channel->Port + UART_MODEM_CONTROL, UART_DTR_RTS_OUT2);
    Status = IoConnectInterrupt(&Channel->Interrupt, ChannelInterrupt, Channel, NULL, Channel->Vector,
                                Channel->Irql, Channel->Irql, Latched, FALSE, Channel->Affinity, FALSE);
    if (NT_SUCCESS(Status)) WRITE_PORT_UCHAR(Channel->Port + UART_INTERRUPT_ENABLE, UART_RECEIVED_INTERRUPT);
    return Status;
}

VOID ChannelStopSerial(PCHANNEL_EXTENSION Channel) {
    if (Channel->Interrupt == NULL) return;
    WRITE_PORT_UCHAR(Channel->Port + UART_INTERRUPT_ENABLE, 0);
    IoDisconnectInterrupt(Channel->Interrupt);
    Channel->Interrupt = NULL;
    KeFlushQueuedDpcs();
}
