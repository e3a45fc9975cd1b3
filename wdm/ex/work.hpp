// SPDX-License-Identifier: GPL-3.0-only
//
// System worker threads of the host: started when the first item is queued, more of them while all are busy.
#pragma once

#include "abi/wdm/ketypes.h"

extern "C" VOID ExQueueWorkItem(PWORK_QUEUE_ITEM Item, ULONG QueueType);
