// SPDX-License-Identifier: GPL-3.0-only
//
// hoarder.sys asks the Executive for much at once, as IOCTL codes (METHOD_BUFFERED). It names its device
// after its service key, whose Ports have to list what it asks for.
#pragma once

#define HOARDER_CODE(function) (0x222000u | ((function) << 2))

// A ULONG in and out: how many.
#define HOARDER_MAP HOARDER_CODE(1)         // pages of HOARDER_MEMORY mapped, read and unmapped
#define HOARDER_CONTIGUOUS HOARDER_CODE(2)  // blocks of HOARDER_BLOCK bytes allocated, written to and freed
#define HOARDER_KEEP HOARDER_CODE(3)        // the same, but kept
#define HOARDER_THREADS HOARDER_CODE(4)     // threads more that wait
#define HOARDER_PORTS HOARDER_CODE(5)       // ports from HOARDER_FIRST_PORT on claimed, each by itself
#define HOARDER_INTERRUPT HOARDER_CODE(6)   // times HOARDER_LINE is connected and disconnected
#define HOARDER_RUN HOARDER_CODE(8)         // MiB in a run, at the end of which another is asked for
// A path in: makes a device of this name, and deletes it.
#define HOARDER_DEVICE HOARDER_CODE(7)

#define HOARDER_MEMORY 0xc0000000u  // nothing is there
#define HOARDER_BLOCK 0x100000u
#define HOARDER_FIRST_PORT 0x300u
#define HOARDER_LINE 5
