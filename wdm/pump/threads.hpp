// SPDX-License-Identifier: GPL-3.0-only
//
// Who drains the ring. Exactly one host thread, the leader, takes requests off the ring and calls dispatch
// routines. When it is about to block in a driver, it hands the lead to a spare thread (or a new one), so
// that a driver that waits for one request does not hold up the others. A thread that comes back from its
// driver and finds another leader becomes a spare.
#pragma once

namespace pump {

// Makes the calling thread the first leader; never returns.
[[noreturn]] void run();

}  // namespace pump
