// SPDX-License-Identifier: GPL-3.0-only
//
// Moving one message from thread to thread: words, and capabilities.
#pragma once
#include "kernel/object/endpoint.hpp"

namespace kernel {

// `endpoint` is the one the message goes through, null for a reply. Delivers the sender's fault message if it
// has faulted.
void transfer(Tcb& sender, Tcb& receiver, const Endpoint* endpoint, Word badge, bool grant);

// The slots named by the extra capability pointers of the thread's message. Fails with a capability fault.
struct ExtraCaps {
    Word count = 0;
    Cte* slots[seL4_MsgMaxExtraCaps] = {};
};
Result<ExtraCaps> lookup_extra_caps(const Tcb& sender, const IpcBuffer* buffer, MessageInfo info);

}  // namespace kernel
