// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Console: the machine's screen and its first serial line. What is written, UTF-8 with VT sequences,
// appears on both; what is read was typed on the line, bytes as a terminal sends them, and SCREEN_BREAK for a
// BREAK of the line. Of the system and the
// administrators alone: everybody else sits at a console of \Device\ConDrv (condrv.h), whose host this is
// for.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntioapi.h"

#define SCREEN_CODE(Function, Access) CTL_CODE(FILE_DEVICE_CONSOLE, Function, METHOD_BUFFERED, Access)

#define SCREEN_GET_SIZE SCREEN_CODE(0x200, FILE_ANY_ACCESS)  // out: SCREEN_SIZE

#define SCREEN_BREAK 0xFFu  // no byte of UTF-8

typedef struct SCREEN_SIZE {
    ULONG Columns;
    ULONG Rows;
} SCREEN_SIZE;
