// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/acpi_tables.hpp"

namespace hal {

namespace {

constexpr uint8_t kMadtIoApic = 1;
constexpr uint8_t kMadtOverride = 2;
constexpr uint32_t kMostPins = 256;

constexpr uint16_t kPolarityMask = 3;
constexpr uint16_t kPolarityLow = 3;
constexpr uint16_t kTriggerMask = 0xc;
constexpr uint16_t kTriggerLevel = 0xc;

constexpr uint8_t kAmlZero = 0x00;
constexpr uint8_t kAmlOne = 0x01;
constexpr uint8_t kAmlByte = 0x0a;
constexpr uint8_t kAmlPackage = 0x12;
constexpr uint8_t kAmlRoot = '\\';
constexpr uint8_t kAmlName = 0x08;

// A small integer of an AML package, moving `at` behind it.
std::optional<uint8_t> aml_byte(std::span<const uint8_t> aml, size_t& at) {
    if (at >= aml.size()) return {};
    uint8_t code = aml[at++];
    if (code == kAmlZero || code == kAmlOne) return code;
    if (code != kAmlByte || at >= aml.size()) return {};
    return aml[at++];
}

// The package behind the name at `name`, if it is one with two small integers in front.
std::optional<SleepTypes> soft_off_at(std::span<const uint8_t> aml, size_t name) {
    bool declared = (name >= 1 && aml[name - 1] == kAmlName) ||
                    (name >= 2 && aml[name - 1] == kAmlRoot && aml[name - 2] == kAmlName);
    size_t at = name + 4;
    if (!declared || !range_fits(at, 3, aml.size()) || aml[at] != kAmlPackage) return {};
    size_t length_bytes = 1 + (aml[at + 1] >> 6);
    at += 1 + length_bytes + 1;  // the opcode, the length, the number of elements
    auto a = aml_byte(aml, at);
    if (!a) return {};
    auto b = aml_byte(aml, at);
    return SleepTypes{*a, b.value_or(0)};
}

}  // namespace

bool acpi_checksum_ok(std::span<const uint8_t> bytes) {
    uint8_t sum = 0;
    for (uint8_t byte : bytes)
        sum = static_cast<uint8_t>(sum + byte);
    return sum == 0;
}

InterruptLine madt_isa_interrupt(std::span<const uint8_t> madt, uint8_t irq) {
    InterruptLine line{irq, false, false};
    for_each_madt_entry(madt, [&](uint8_t type, std::span<const uint8_t> entry) {
        if (type != kMadtOverride || entry.size() < 10 || entry[2] != 0 || entry[3] != irq) return true;
        uint16_t flags = acpi_field<uint16_t>(entry, 8);
        line.gsi = acpi_field<uint32_t>(entry, 4);
        line.active_low = (flags & kPolarityMask) == kPolarityLow;
        line.level = (flags & kTriggerMask) == kTriggerLevel;
        return false;
    });
    return line;
}

Result<InterruptPin> madt_interrupt_pin(std::span<const uint8_t> madt, uint32_t gsi) {
    uint32_t index = 0;
    std::optional<InterruptPin> best;
    uint32_t best_base = 0;
    for_each_madt_entry(madt, [&](uint8_t type, std::span<const uint8_t> entry) {
        if (type != kMadtIoApic || entry.size() < 12) return true;
        uint32_t base = acpi_field<uint32_t>(entry, 8);
        if (base <= gsi && gsi - base < kMostPins && (!best || base >= best_base)) {
            best = InterruptPin{index, gsi - base};
            best_base = base;
        }
        ++index;
        return true;
    });
    // A machine whose tables list no I/O APIC at all still has the one that the kernel found.
    if (index == 0 && gsi < 24) return InterruptPin{0, gsi};
    if (!best) return fail(STATUS_INVALID_PARAMETER);
    return *best;
}

std::optional<SleepTypes> find_soft_off(std::span<const uint8_t> definition_block) {
    constexpr std::string_view kName = "_S5_";
    for (size_t at = sizeof(AcpiHeader); range_fits(at, kName.size(), definition_block.size()); ++at) {
        if (memcmp(definition_block.data() + at, kName.data(), kName.size()) != 0) continue;
        if (auto types = soft_off_at(definition_block, at)) return types;
    }
    return {};
}

}  // namespace hal
