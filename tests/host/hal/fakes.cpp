// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/hal/fakes.hpp"

#include <cstdlib>

#include "base/assert.hpp"
#include "executive/hal/acpi.hpp"
#include "executive/hal/machine.hpp"
#include "executive/hal/serial.hpp"

namespace fakes {
std::string serial;
unsigned char cmos[128];
static unsigned char index;
}  // namespace fakes

namespace base {
void assertion_failed(const char*, const char*, int) {
    std::abort();
}
}  // namespace base

namespace hal {

void serial_write(std::initializer_list<std::string_view> pieces) {
    for (std::string_view piece : pieces)
        fakes::serial += piece;
}
bool serial_in_line() {
    return !fakes::serial.empty() && fakes::serial.back() != '\n';
}
uint8_t in8(uint16_t port) {
    return port == 0x71 ? fakes::cmos[fakes::index & 127] : 0xff;
}
void out8(uint16_t port, uint8_t value) {
    if (port == 0x70) fakes::index = value;
}
std::span<const uint8_t> acpi_table(const char (&)[5], unsigned) {
    return {};
}

}  // namespace hal
