// SPDX-License-Identifier: GPL-3.0-only
// The little that the kernel needs from ACPI: where the interrupt controllers are. Tables are untrusted
// input: every length is checked against what is readable, and nothing outside [0, 4 GiB) is touched.
#pragma once
#include <cstdint>
#include <span>

#include "kernel/platform/pc/device_pages.hpp"

namespace platform {

// The root pointer in its version 2 layout, as BootInfo hands it on; a version 1 pointer leaves the rest
// zero.
struct __attribute__((packed)) Rsdp {
    char signature[8];
    std::uint8_t checksum;
    char oem[6];
    std::uint8_t revision;
    std::uint32_t rsdt;
    std::uint32_t length;
    std::uint64_t xsdt;
    std::uint8_t extended_checksum;
    std::uint8_t reserved[3];
};
static_assert(sizeof(Rsdp) == 36);

struct InterruptHardware {
    std::uint64_t local_apic;
    std::uint32_t ioapic_count;
    std::uint64_t ioapics[kMaxIoapics];
    std::uint16_t timer_port;  // of the ACPI timer, 0 where there is none
};

// Physical memory as the parsers may read it; on the host a buffer. Null when the range is not readable.
class PhysicalReader {
public:
    virtual const std::uint8_t* at(std::uint64_t address, std::uint64_t length) const = 0;

protected:
    ~PhysicalReader() = default;
};

// Checks signature and checksums of a candidate of `bytes` bytes.
bool parse_rsdp(std::span<const std::uint8_t> bytes, Rsdp& result);
// Looks where BIOSes leave the root pointer.
bool find_rsdp(const PhysicalReader& memory, Rsdp& result);
// Reads MADT and FADT. False when there is no sound MADT.
bool find_interrupt_hardware(const PhysicalReader& memory, const Rsdp& rsdp, InterruptHardware& result);

}  // namespace platform
