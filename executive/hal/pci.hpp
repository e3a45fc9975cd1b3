// SPDX-License-Identifier: GPL-3.0-only
//
// The configuration space of PCI functions, as far as the Executive itself needs it: to find a function's
// registers, and to stop a function whose driver has died, when pci.sys may be the dead one. Its first 256
// bytes, by ports 0xcf8 and 0xcfc (PCI Local Bus Specification 3.0, 3.2.2.3.2).
#pragma once

#include <stdint.h>

#include <optional>

#include "executive/prelude.hpp"

namespace hal {

struct PciFunction {
    uint8_t bus;
    uint8_t device;    // 0 to 31
    uint8_t function;  // 0 to 7
};

bool pci_present(PciFunction function);

// One of its base addresses, 0 to kPciRanges - 1.
struct PciRange {
    bool port;
    uint64_t start;   // port, or physical address
    uint64_t length;  // a power of two
};
inline constexpr unsigned kPciRanges = 6;
// Empty when that register is none, is the upper half of another, or has no address yet. REQUIRES: no driver
// uses the function.
std::optional<PciRange> pci_range(PciFunction function, unsigned number);
// The ISA line to which the firmware has routed its interrupt pin. Empty: none.
std::optional<uint8_t> pci_interrupt_line(PciFunction function);

// It answers to its addresses, and may read and write memory.
void pci_start(PciFunction function);

// Stops a function for good: it reads and writes no memory and raises no interrupts until pci_start(). Where
// it can be reset (function level reset, or by its power states), it is, and what its last driver had told it
// to do is forgotten; one that cannot only loses its bus mastering, and for long enough that what it had
// still been told to do fails.
class PciStop {
public:
    explicit PciStop(PciFunction function) : function_(function) {}
    // Does what comes next. Returns milliseconds after which it has to be called again, 0 when it is done.
    uint32_t step();

private:
    // Of one that cannot be reset. A device that works longer than that at one command is not known.
    static constexpr uint32_t kGraceMilliseconds = 300;
    // PCI Express Base Specification, 6.6.2: a reset is done after 100 ms, and the same is the longest that a
    // transaction of it may be pending.
    static constexpr uint32_t kResetMilliseconds = 100;
    static constexpr uint32_t kLookMilliseconds = 10;
    // PCI Power Management Specification 1.2, table 5-6.
    static constexpr uint32_t kPowerMilliseconds = 10;
    static constexpr unsigned kHeaderWords = 16;

    enum class Stage : uint8_t { Begin, Pending, PoweredDown, PoweredUp, Reset, Done };

    uint32_t begin();
    uint32_t reset();
    uint32_t restore();
    bool pending() const;

    PciFunction function_;
    Stage stage_ = Stage::Begin;
    uint8_t express_ = 0;  // capabilities: where they are, 0: none
    uint8_t advanced_ = 0;
    uint8_t power_ = 0;
    unsigned looks_ = 0;
    uint32_t header_[kHeaderWords] = {};
};

}  // namespace hal
