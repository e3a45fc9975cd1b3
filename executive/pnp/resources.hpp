// SPDX-License-Identifier: GPL-3.0-only
//
// Hardware that a driver may use, as its service key lists it in text: "ports 0x60-0x60, irq 1, memory
// 0xfed00000-0xfed003ff". Interrupts are ISA lines; they are turned into what the firmware made of them. A
// device may be a PCI function, "pci 0:16.0" (bus, device and function in decimal): what its base addresses
// and its interrupt line say is listed then.
#pragma once

#include <optional>

#include "abi/wdm/ring.h"
#include "base/string.hpp"
#include "base/vector.hpp"
#include "executive/hal/pci.hpp"
#include "executive/prelude.hpp"

namespace pnp {

struct DeviceDescription {
    String hardware_id;
    Vector<WDM_RESOURCE> resources;
    std::optional<hal::PciFunction> function{};
};

// A comma-separated list; a range without a word of its own is one of ports. STATUS_INVALID_PARAMETER for a
// part that cannot be understood.
Result<void> parse_resources(std::u16string_view text, Vector<WDM_RESOURCE>& into);
// "HARDWARE ID: resources"; the list may be missing. STATUS_NO_SUCH_DEVICE: there is no such function.
Result<DeviceDescription> parse_device(std::u16string_view text);

// Whether one of the resources covers all of it.
bool covers(std::span<const WDM_RESOURCE> resources, uint32_t type, uint64_t start, uint64_t length);

}  // namespace pnp
