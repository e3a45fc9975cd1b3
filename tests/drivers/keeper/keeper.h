// SPDX-License-Identifier: GPL-3.0-only
//
// keeper.sys keeps a state for each open file and one for its device, as a serial line does, and forgets both
// when it dies. It names its device after its service key.
#pragma once

#define KEEPER_CODE(function) (0x222000u | ((function) << 2))

// State of the file. A ULONG in and out; the file remembers the function and the value of each that
// succeeded.
#define KEEPER_SET_A KEEPER_CODE(1)
#define KEEPER_SET_B KEEPER_CODE(2)
#define KEEPER_SET_C KEEPER_CODE(3)
#define KEEPER_TRACE KEEPER_CODE(4)  // no input: what it remembers, KEEPER_TRACE_ENTRY each
#define KEEPER_TRACE_ENTRY(function, value) ((function) << 16 | (value))
#define KEEPER_TRACES 16
#define KEEPER_TOUCH KEEPER_CODE(5)    // any input, nothing out
#define KEEPER_ADD_ONE KEEPER_CODE(6)  // a ULONG in and out
#define KEEPER_ORDER KEEPER_CODE(7)  // no input: the lengths of the file's reads in the order of their coming
#define KEEPER_RELEASE \
    KEEPER_CODE(8)  // no input: ends the reads that pend, with no bytes; how many there were

// Values of KEEPER_SET_* and KEEPER_SET_BAUD_RATE that go well, but not when the Executive sends them itself.
#define KEEPER_REFUSED_LATER 0xf001u
#define KEEPER_FATAL_LATER 0xf002u
#define KEEPER_ENDLESS_LATER 0xf003u  // pends for ever
// One that never does: STATUS_INVALID_PARAMETER.
#define KEEPER_REFUSED 0xf004u

// State of the device, a ULONG (SERIAL_BAUD_RATE); what ntddser.h calls IOCTL_SERIAL_*_BAUD_RATE.
#define KEEPER_SET_BAUD_RATE 0x1b0004u
#define KEEPER_GET_BAUD_RATE 0x1b0050u
#define KEEPER_FIRST_BAUD_RATE 19200u
