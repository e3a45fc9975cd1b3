// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/rtc.hpp"

#include <algorithm>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr uint16_t kIndex = 0x70;
constexpr uint16_t kData = 0x71;
constexpr uint8_t kStatusA = 0x0a;
constexpr uint8_t kStatusB = 0x0b;
constexpr uint8_t kUpdating = 0x80;
constexpr uint8_t kBinary = 0x04;
constexpr uint8_t kTwentyFourHours = 0x02;
constexpr uint8_t kAfternoon = 0x80;
constexpr size_t kFadtCentury = 108;

uint8_t read_register(uint8_t index) {
    out8(kIndex, index);
    return in8(kData);
}

struct RawClock {
    uint8_t second, minute, hour, day, month, year, century;
    bool operator==(const RawClock&) const = default;
};

RawClock read_raw(uint8_t century_register) {
    for (unsigned tries = 0; tries < 10000 && (read_register(kStatusA) & kUpdating); ++tries) {
    }
    return {read_register(0),
            read_register(2),
            read_register(4),
            read_register(7),
            read_register(8),
            read_register(9),
            century_register ? read_register(century_register) : uint8_t{0}};
}

constexpr unsigned number(uint8_t raw, bool binary) {
    return binary ? raw : (raw >> 4) * 10 + (raw & 0xf);
}

constexpr bool leap(unsigned year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

constexpr unsigned days_before_month(unsigned month, bool leap_year) {
    constexpr uint16_t kDays[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return kDays[month - 1] + (leap_year && month > 2 ? 1u : 0u);
}

}  // namespace

uint64_t to_system_time(const ClockFields& fields) {
    unsigned year = std::clamp(fields.year, 1601u, 9999u);
    unsigned month = std::clamp(fields.month, 1u, 12u);
    unsigned day = std::clamp(fields.day, 1u, 31u);
    uint64_t years = year - 1601;
    uint64_t days = years * 365 + years / 4 - years / 100 + years / 400;
    days += days_before_month(month, leap(year)) + day - 1;
    uint64_t seconds = days * 86400 + std::min(fields.hour, 23u) * 3600 + std::min(fields.minute, 59u) * 60 +
                       std::min(fields.second, 59u);
    return seconds * 10'000'000;
}

uint64_t read_clock() {
    uint8_t century_register = acpi_field<uint8_t>(acpi_table("FACP"), kFadtCentury);
    if (century_register >= 0x80) century_register = 0;
    // The clock may tick between two registers: two equal readings are one moment.
    RawClock raw = read_raw(century_register);
    for (unsigned tries = 0; tries < 10; ++tries) {
        RawClock again = read_raw(century_register);
        if (again == raw) break;
        raw = again;
    }
    uint8_t mode = read_register(kStatusB);
    if (mode == 0xff && raw.second == 0xff) return to_system_time({2000, 1, 1, 0, 0, 0});
    bool binary = (mode & kBinary) != 0;
    unsigned hour = number(static_cast<uint8_t>(raw.hour & ~kAfternoon), binary);
    if (!(mode & kTwentyFourHours)) hour = hour % 12 + ((raw.hour & kAfternoon) ? 12 : 0);
    unsigned century = number(raw.century, binary);
    unsigned year = number(raw.year, binary);
    year += century >= 19 && century <= 25 ? century * 100 : (year < 80 ? 2000 : 1900);
    return to_system_time({year, number(raw.month, binary), number(raw.day, binary), hour,
                           number(raw.minute, binary), number(raw.second, binary)});
}

}  // namespace hal
