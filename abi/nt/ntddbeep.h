// SPDX-License-Identifier: GPL-3.0-only
// The beep device as programs see it.
#pragma once

#include "abi/nt/ntioapi.h"

NT_BEGIN_C

#define DD_BEEP_DEVICE_NAME_U u"\\Device\\Beep"
#define IOCTL_BEEP_SET CTL_CODE(FILE_DEVICE_BEEP, 0, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define BEEP_FREQUENCY_MINIMUM 0x25
#define BEEP_FREQUENCY_MAXIMUM 0x7fff

// Frequency in hertz, Duration in milliseconds.
typedef struct _BEEP_SET_PARAMETERS {
    ULONG Frequency;
    ULONG Duration;
} BEEP_SET_PARAMETERS, *PBEEP_SET_PARAMETERS;

NT_END_C
