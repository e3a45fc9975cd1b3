// SPDX-License-Identifier: GPL-3.0-only
// How much of a long operation is done between two looks for interrupts: so much that what is short as a
// whole is seldom torn, so little that `./neptune bench kernel` finds no interrupt waiting for 25,000
// instructions.
#pragma once

namespace arch {

// In waiters, the threads that stop waiting. A queue up to this length is emptied at once, as by the kernel
// that we follow: nobody runs who could wait there again meanwhile.
inline constexpr unsigned kWorkPerCheck = 128;
// What it takes to delete a capability, in the same unit.
inline constexpr unsigned kDeletionWork = 4;

}  // namespace arch
