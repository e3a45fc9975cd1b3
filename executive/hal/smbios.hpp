// SPDX-License-Identifier: GPL-3.0-only
//
// The firmware's description of the machine (DMTF DSP0134), as programs ask for it raw. The firmware's data
// is not trusted: where anything is wrong there is none.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>

#include "executive/prelude.hpp"

namespace hal {

// Where an entry point says that the structures are.
struct SmbiosEntry {
    uint64_t address = 0;  // physical
    uint32_t length = 0;   // bytes, 1 to 1 MiB
    uint8_t major = 0;
    uint8_t minor = 0;
    uint8_t revision = 0;
};
// Looks at each paragraph of the BIOS's memory for an entry point, the 64-bit one ("_SM3_") or the older.
std::optional<SmbiosEntry> find_smbios(std::span<const uint8_t> bios);

struct Smbios {
    SmbiosEntry entry;
    std::span<const uint8_t> structures;  // empty: the machine describes nothing
};
// Looked for when first asked. A machine started by UEFI has it where only the firmware's table says.
const Smbios& smbios();

}  // namespace hal
