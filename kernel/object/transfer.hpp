// SPDX-License-Identifier: GPL-3.0-only
//
// Moving one message from thread to thread: words, and capabilities.
#pragma once
#include "kernel/object/endpoint.hpp"

namespace kernel {

// `endpoint` is the one the message goes through, null for a reply. Delivers the sender's fault message if it
// has faulted.
void transfer(Tcb& sender, Tcb& receiver, const Endpoint* endpoint, Word badge, bool grant);

}  // namespace kernel
