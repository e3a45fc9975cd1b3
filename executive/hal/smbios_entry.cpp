// SPDX-License-Identifier: GPL-3.0-only
#include <string.h>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/smbios.hpp"

namespace hal {

namespace {

constexpr uint32_t kLargest = 1 << 20;
constexpr size_t kParagraph = 16;

// The length of an entry point is a byte of it, and all its bytes add up to zero.
bool whole(std::span<const uint8_t> at, const char* anchor, size_t anchor_length, size_t length_at,
           size_t least) {
    if (at.size() < least || memcmp(at.data(), anchor, anchor_length) != 0) return false;
    size_t length = at[length_at];
    return length >= least && length <= at.size() && acpi_checksum_ok(at.first(length));
}

std::optional<SmbiosEntry> entry_at(std::span<const uint8_t> at) {
    constexpr size_t kLeast64 = 0x18, kLeast32 = 0x1f;
    SmbiosEntry entry;
    if (whole(at, "_SM3_", 5, 6, kLeast64)) {
        entry = {acpi_field<uint64_t>(at, 0x10), acpi_field<uint32_t>(at, 0x0c), at[7], at[8], at[9]};
    } else if (whole(at, "_SM_", 4, 5, kLeast32)) {
        entry = {acpi_field<uint32_t>(at, 0x18), acpi_field<uint16_t>(at, 0x16), at[6], at[7], 0};
    } else {
        return {};
    }
    if (entry.address == 0 || entry.length == 0 || entry.length > kLargest) return {};
    return entry;
}

}  // namespace

std::optional<SmbiosEntry> find_smbios(std::span<const uint8_t> bios) {
    std::optional<SmbiosEntry> older;
    for (size_t at = 0; at + kParagraph <= bios.size(); at += kParagraph) {
        if (bios[at] != '_') continue;
        std::optional<SmbiosEntry> entry = entry_at(bios.subspan(at));
        if (entry && bios[at + 3] == '3') return entry;
        if (entry && !older) older = entry;
    }
    return older;
}

}  // namespace hal
