// SPDX-License-Identifier: GPL-3.0-only
#include "apic.hpp"
#include "arch/cpu.hpp"

namespace platform {

void disable_legacy_pics() {
    using arch::out8;
    constexpr std::uint16_t kMaster = 0x20;
    constexpr std::uint16_t kSlave = 0xa0;
    constexpr std::uint8_t kInitialise = 0x11;
    out8(kMaster, kInitialise);
    out8(kSlave, kInitialise);
    out8(kMaster + 1, 32);  // vectors 32..47: spurious interrupts 7 and 15 can still come
    out8(kSlave + 1, 40);
    out8(kMaster + 1, 4);
    out8(kSlave + 1, 2);
    out8(kMaster + 1, 1);
    out8(kSlave + 1, 1);
    out8(kMaster + 1, 0xff);
    out8(kSlave + 1, 0xff);
}

}  // namespace platform
