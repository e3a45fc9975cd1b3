// SPDX-License-Identifier: GPL-3.0-only
// How much of a long operation is done between two looks for interrupts: so much that what is short as a
// whole is seldom torn, so little that `./neptune bench kernel` finds no interrupt waiting for 25,000
// instructions.
#pragma once

namespace arch {

// Capabilities that are deleted, by Revoke or with the CNode that held them.
inline constexpr unsigned kDeletionsPerCheck = 32;
// Threads that stop waiting. A queue up to this length is emptied at once, as by the kernel that we follow:
// nobody runs who could wait there again meanwhile.
inline constexpr unsigned kWaitersPerCheck = 128;

}  // namespace arch
