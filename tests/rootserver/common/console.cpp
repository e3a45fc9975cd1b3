// SPDX-License-Identifier: GPL-3.0-only
#include "rt.hpp"

namespace rt {
namespace {

constexpr Word kPort = 0x3f8;
constexpr Word kQemuExitPort = 0xf4;  // -device isa-debug-exit,iobase=0xf4,iosize=4
constexpr Word kAcpiControl = 0x604;  // QEMU's PM1a control register: pc and q35
constexpr Word kSleep = 0x2000;

Word serial;

void set_up() {
    serial = io_ports(kPort, kPort + 7);
    seL4_X86_IOPort_Out8(serial, kPort + 1, 0);
    seL4_X86_IOPort_Out8(serial, kPort + 3, 0x80);
    seL4_X86_IOPort_Out8(serial, kPort, 1);
    seL4_X86_IOPort_Out8(serial, kPort + 1, 0);
    seL4_X86_IOPort_Out8(serial, kPort + 3, 3);
    seL4_X86_IOPort_Out8(serial, kPort + 2, 7);
    seL4_X86_IOPort_Out8(serial, kPort + 4, 0xb);
}

}  // namespace

void put(char c) {
    if (serial == 0) set_up();
    if (c == '\n') put('\r');
    for (int i = 0; i < 1000; ++i) {
        if ((seL4_X86_IOPort_In8(serial, kPort + 5).result & 0x20) != 0) break;
    }
    seL4_X86_IOPort_Out8(serial, kPort, static_cast<unsigned char>(c));
}

void put(const char* text) {
    for (; *text != '\0'; ++text)
        put(*text);
}

void put(Word number) {
    char digits[21];
    int at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(&digits[at]);
}

void put(int number) {
    if (number < 0) put('-');
    put(static_cast<Word>(number < 0 ? -static_cast<long>(number) : number));
}

void put(Hex number) {
    put("0x");
    bool started = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
        const auto digit = (number.value >> shift) & 0xf;
        started = started || digit != 0 || shift == 0;
        if (started) put("0123456789abcdef"[digit]);
    }
}

void power_off() {
    const Word exit = io_ports(kQemuExitPort, kQemuExitPort + 3);
    seL4_X86_IOPort_Out32(exit, kQemuExitPort, 0);
    const Word acpi = io_ports(kAcpiControl, kAcpiControl + 1);
    seL4_X86_IOPort_Out16(acpi, kAcpiControl, kSleep);
    for (;;)
        seL4_Yield();
}

void die(const char* why) {
    print("FAIL ", why);
    print("0 passed, 1 failed");
    power_off();
}

}  // namespace rt
