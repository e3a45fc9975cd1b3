// SPDX-License-Identifier: GPL-3.0-only
//
// scribbler.sys looks at all of the pages in which it is shown a buffer, and writes over all of those that it
// may write to. Its device does direct I/O. A buffer of at most SCRIBBLER_SHORT bytes lies in the request
// itself, among what it is not to destroy: it is only filled.
#pragma once

#define SCRIBBLER_SHORT 768
#define SCRIBBLER_LONG (1024 * 1024)
#define SCRIBBLER_BYTE 0xcc

#define SCRIBBLER_CODE(function, method) (0x222000u | ((function) << 2) | (method))

// One ULONG out, METHOD_BUFFERED: bytes beside buffers that were not zero, and bytes of buffers that were
// SCRIBBLER_BYTE before it wrote any, since this was last asked.
#define SCRIBBLER_SEEN SCRIBBLER_CODE(1, 0)
// Scribble over the output, whatever the method.
#define SCRIBBLER_IN_DIRECT SCRIBBLER_CODE(2, 1)
#define SCRIBBLER_OUT_DIRECT SCRIBBLER_CODE(2, 2)
#define SCRIBBLER_NEITHER SCRIBBLER_CODE(2, 3)
// The same, and answers STATUS_IO_DEVICE_ERROR.
#define SCRIBBLER_FAIL SCRIBBLER_CODE(3, 2)
// METHOD_BUFFERED: fills all of the output and says that it is half of it.
#define SCRIBBLER_HALF SCRIBBLER_CODE(4, 0)
// METHOD_IN_DIRECT: looks at the second buffer only.
#define SCRIBBLER_LOOK SCRIBBLER_CODE(5, 1)
// Locks, attributes and directories pend until they are cancelled.
// A read from here scribbles and pends until it is cancelled; one from SCRIBBLER_IDLE touches nothing.
#define SCRIBBLER_PEND 0x1000
#define SCRIBBLER_IDLE 0x2000
