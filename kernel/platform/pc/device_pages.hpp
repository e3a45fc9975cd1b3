// SPDX-License-Identifier: GPL-3.0-only
// Where the kernel sees its own devices. The pages below 1 MiB of the image's page table are free for that:
// the image begins at 1 MiB.
#pragma once
#include "arch/memory.hpp"

namespace platform {

inline constexpr unsigned kMaxIoapics = 1;  // as the contract's configuration has it

inline constexpr arch::Word kLocalApicAddress = arch::kImageBase;
constexpr arch::Word ioapic_address(unsigned ioapic) {
    return arch::kImageBase + (1 + ioapic) * arch::kPageSize;
}

}  // namespace platform
