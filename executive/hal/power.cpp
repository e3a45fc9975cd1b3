// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/power.hpp"

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/machine.hpp"
#include "executive/hal/serial.hpp"

namespace hal {

namespace {

// Fixed ACPI description table, ACPI 6.5 section 5.2.9.
constexpr size_t kSmiCommand = 48;
constexpr size_t kAcpiEnable = 52;
constexpr size_t kPm1aControl = 64;
constexpr size_t kPm1bControl = 68;
constexpr size_t kFlags = 112;
constexpr size_t kResetRegister = 116;
constexpr size_t kResetValue = 128;
constexpr uint32_t kResetSupported = 1 << 10;
constexpr uint8_t kIoSpace = 1;

constexpr uint16_t kSciEnabled = 1;
constexpr uint16_t kSleepEnable = 1 << 13;
constexpr unsigned kSleepTypeShift = 10;

constexpr uint16_t kKeyboardCommand = 0x64;
constexpr uint8_t kKeyboardInputFull = 2;
constexpr uint8_t kPulseReset = 0xfe;
constexpr uint16_t kResetControl = 0xcf9;

// Where common virtual machines have PM1a when their tables cannot be read.
constexpr uint16_t kVirtualMachinePm1a[] = {0x604, 0xb004, 0x4004};

std::optional<SleepTypes> soft_off_types() {
    if (auto types = find_soft_off(acpi_table("DSDT"))) return types;
    for (unsigned i = 0;; ++i) {
        auto table = acpi_table("SSDT", i);
        if (table.empty()) return {};
        if (auto types = find_soft_off(table)) return types;
    }
}

void enable_acpi(std::span<const uint8_t> fadt, uint16_t control) {
    auto command = static_cast<uint16_t>(acpi_field<uint32_t>(fadt, kSmiCommand));
    if (command == 0 || (in16(control) & kSciEnabled)) return;
    out8(command, acpi_field<uint8_t>(fadt, kAcpiEnable));
    for (unsigned tries = 0; tries < 100000 && !(in16(control) & kSciEnabled); ++tries) {
    }
}

void sleep(uint16_t control, uint8_t type) {
    if (control == 0) return;
    out16(control, static_cast<uint16_t>(type << kSleepTypeShift | kSleepEnable));
}

void delay() {
    for (unsigned i = 0; i < 20000; ++i)
        in8(0x80);
}

}  // namespace

void power_off() {
    auto fadt = acpi_table("FACP");
    auto control = static_cast<uint16_t>(acpi_field<uint32_t>(fadt, kPm1aControl));
    auto types = soft_off_types();
    log.info("power off: PM1a at {x}{}", control, types ? "" : ", no soft-off state in the tables");
    serial_flush();
    if (control != 0 && types) {
        enable_acpi(fadt, control);
        sleep(control, types->a);
        sleep(static_cast<uint16_t>(acpi_field<uint32_t>(fadt, kPm1bControl)), types->b);
        delay();
    }
    for (uint16_t port : kVirtualMachinePm1a)
        sleep(port, 0);
    delay();
}

void reboot() {
    auto fadt = acpi_table("FACP");
    log.info("reset");
    serial_flush();
    bool offered = (acpi_field<uint32_t>(fadt, kFlags) & kResetSupported) != 0;
    if (offered && acpi_field<uint8_t>(fadt, kResetRegister) == kIoSpace) {
        out8(static_cast<uint16_t>(acpi_field<uint64_t>(fadt, kResetRegister + 4)),
             acpi_field<uint8_t>(fadt, kResetValue));
        delay();
    }
    for (unsigned tries = 0; tries < 10000 && (in8(kKeyboardCommand) & kKeyboardInputFull); ++tries) {
    }
    out8(kKeyboardCommand, kPulseReset);
    delay();
    out8(kResetControl, 0x02);
    out8(kResetControl, 0x06);
    delay();
}

}  // namespace hal
