// SPDX-License-Identifier: GPL-3.0-only
//
// System worker threads of the host: started when the first item is queued, more of them while all are busy.
#pragma once

#include "abi/wdm/ketypes.h"

namespace ke {
struct CodeRange;
}

namespace ex {

// A work routine of the range that is queued or running, null when there is none.
const void* find_work(const ke::CodeRange& range);

}  // namespace ex

extern "C" VOID ExQueueWorkItem(PWORK_QUEUE_ITEM Item, ULONG QueueType);
