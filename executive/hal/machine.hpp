// SPDX-License-Identifier: GPL-3.0-only
//
// How hal reaches the machine. hal is the lowest component and does not speak seL4: these functions are
// declared here and provided by ke (ports) and mm (memory). All of them work from the first line of main on.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace hal {

// Reading a port that the kernel does not give us yields all ones; writing it does nothing.
uint8_t in8(uint16_t port);
uint16_t in16(uint16_t port);
uint32_t in32(uint16_t port);
void out8(uint16_t port, uint8_t value);
void out16(uint16_t port, uint16_t value);
void out32(uint16_t port, uint32_t value);

// The ports of COM1 (0x3f8-0x3ff) and of the text screen's cursor (0x3d4, 0x3d5). They are the Executive's
// before anything else is: reaching them takes no memory.
uint8_t console_in8(uint16_t port);
void console_out8(uint16_t port, uint8_t value);

enum class Cache : uint8_t { Normal, Uncached, WriteCombining };

// Maps physical device memory (ACPI tables, framebuffer, registers) into the Executive, for good. Mapping the
// same page twice gives the same address. STATUS_INVALID_PARAMETER when it is not device memory.
Result<std::span<uint8_t>> map_physical(uint64_t physical, size_t length, Cache cache);

// What the boot loader and the kernel told: the extra bootinfo blocks. Empty span when there is none.
std::span<const uint8_t> boot_block(uint64_t id);
inline constexpr uint64_t kBootBlockVbe = 1;
inline constexpr uint64_t kBootBlockMemoryMap = 2;
inline constexpr uint64_t kBootBlockRsdp = 3;
inline constexpr uint64_t kBootBlockFramebuffer = 4;
inline constexpr uint64_t kBootBlockTsc = 5;

}  // namespace hal
