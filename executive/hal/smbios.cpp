// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/smbios.hpp"

#include "executive/hal/log.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

Smbios look() {
    constexpr uint64_t kBios = 0xf0000;
    constexpr size_t kBiosSize = 0x10000;
    auto bios = map_physical(kBios, kBiosSize, Cache::Normal);
    std::optional<SmbiosEntry> entry = bios ? find_smbios(*bios) : std::nullopt;
    if (!entry) return {};
    auto structures = map_physical(entry->address, entry->length, Cache::Normal);
    if (!structures) return {};
    log.info("SMBIOS {}.{}, {} bytes", entry->major, entry->minor, entry->length);
    return {*entry, *structures};
}

}  // namespace

const Smbios& smbios() {
    static constinit bool looked = false;
    static constinit Smbios found;
    if (!looked) {
        looked = true;
        found = look();
    }
    return found;
}

}  // namespace hal
