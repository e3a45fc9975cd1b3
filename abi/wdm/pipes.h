// SPDX-License-Identifier: GPL-3.0-only
//
// What comes with the creation of a named pipe and of a mailslot, as drivers have it from the DDK.
#pragma once

#include "abi/nt/ntdef.h"

// What one direction of a pipe, or a mailslot, holds at most of what nobody has read, whatever its maker has
// asked for; the Executive charges its maker with as much.
#define NAMED_PIPE_MOST_QUOTA 0x100000u
// A mailslot may be made without a limit.
#define MAILSLOT_QUOTA(Asked) \
    ((Asked) == 0 || (Asked) > NAMED_PIPE_MOST_QUOTA ? NAMED_PIPE_MOST_QUOTA : (Asked))

typedef struct _NAMED_PIPE_CREATE_PARAMETERS {
    ULONG NamedPipeType;
    ULONG ReadMode;
    ULONG CompletionMode;
    ULONG MaximumInstances;
    ULONG InboundQuota;
    ULONG OutboundQuota;
    LARGE_INTEGER DefaultTimeout;
    BOOLEAN TimeoutSpecified;
} NAMED_PIPE_CREATE_PARAMETERS, *PNAMED_PIPE_CREATE_PARAMETERS;

typedef struct _MAILSLOT_CREATE_PARAMETERS {
    ULONG MailslotQuota;
    ULONG MaximumMessageSize;
    LARGE_INTEGER ReadTimeout;
    BOOLEAN TimeoutSpecified;
} MAILSLOT_CREATE_PARAMETERS, *PMAILSLOT_CREATE_PARAMETERS;

#ifdef __cplusplus
static_assert(sizeof(NAMED_PIPE_CREATE_PARAMETERS) == 40 && sizeof(MAILSLOT_CREATE_PARAMETERS) == 24);
#endif
