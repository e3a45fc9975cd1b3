// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/machine.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/frames.hpp"

namespace mm {

namespace {

constinit const seL4_BootInfo* boot_info;

}  // namespace

void set_boot_info(const seL4_BootInfo& given) {
    boot_info = &given;
}

}  // namespace mm

namespace hal {

std::span<const uint8_t> boot_block(uint64_t id) {
    const uint8_t* at = reinterpret_cast<const uint8_t*>(mm::boot_info) + mm::kPageSize;
    uint64_t left = mm::boot_info->extraLen;
    while (left >= sizeof(seL4_BootInfoHeader)) {
        const auto* header = reinterpret_cast<const seL4_BootInfoHeader*>(at);
        if (header->len < sizeof(seL4_BootInfoHeader) || header->len > left) break;
        if (header->id == id)
            return {at + sizeof(seL4_BootInfoHeader), header->len - sizeof(seL4_BootInfoHeader)};
        at += header->len;
        left -= header->len;
    }
    return {};
}

}  // namespace hal
