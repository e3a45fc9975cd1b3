// SPDX-License-Identifier: GPL-3.0-only
//
// Processes as a driver sees them. The host itself has a body, and each process for which a request came,
// made when a driver asks for it: a name for the process and nothing more, for nobody's memory can be reached
// through it. A body that nobody references stays until as many others have been asked for.
#pragma once

#include "abi/wdm/ketypes.h"
#include "abi/wdm/ring.h"

struct _EPROCESS {
    DISPATCHER_HEADER header;
    LONG references;
    ULONG64 id;
    _EPROCESS* next;
};

namespace ps {

// This host, which stands for the system.
_EPROCESS& host();
// Null without memory.
_EPROCESS* body_of(ULONG64 id);
void reference(_EPROCESS& process);
void dereference(_EPROCESS& process);

// Whose request the calling thread dispatches; null when it dispatches none, or the Executive's own.
const WDM_SUBJECT* current_subject();
// The Id of that request, also of the Executive's own; 0 for none.
ULONG64 current_request();

}  // namespace ps
