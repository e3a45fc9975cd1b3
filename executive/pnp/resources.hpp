// SPDX-License-Identifier: GPL-3.0-only
//
// Hardware that a driver may use, as its service key lists it in text: "ports 0x60-0x60, irq 1, memory
// 0xfed00000-0xfed003ff". Interrupts are ISA lines; they are turned into what the firmware made of them.
#pragma once

#include "abi/wdm/ring.h"
#include "base/string.hpp"
#include "base/vector.hpp"
#include "executive/prelude.hpp"

namespace pnp {

struct DeviceDescription {
    String hardware_id;
    Vector<WDM_RESOURCE> resources;
};

// A comma-separated list; `kind` is what a range without a word of its own is (WDM_RESOURCE_PORT).
// STATUS_INVALID_PARAMETER for a part that cannot be understood.
Result<void> parse_resources(std::u16string_view text, Vector<WDM_RESOURCE>& into);
// "HARDWARE ID: resources"; the list may be missing.
Result<DeviceDescription> parse_device(std::u16string_view text);

// Whether one of the resources covers all of it.
bool covers(std::span<const WDM_RESOURCE> resources, uint32_t type, uint64_t start, uint64_t length);

}  // namespace pnp
