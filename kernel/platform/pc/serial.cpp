// SPDX-License-Identifier: GPL-3.0-only
// COM1, polled. The root server owns the port once it runs; the kernel's messages may then mix with its own.
#include "arch/cpu.hpp"
#include "arch/memory.hpp"
#include "kernel/console.hpp"

namespace console {
namespace {

constexpr std::uint16_t kPort = 0x3f8;
constexpr unsigned kPatience = 100000;  // polls before a port that is not there is given up

bool ready = false;

void set_up() {
    using arch::out8;
    ready = true;
    out8(kPort + 1, 0);     // no interrupts
    out8(kPort + 3, 0x80);  // divisor
    out8(kPort + 0, 1);     // 115200 baud
    out8(kPort + 1, 0);
    out8(kPort + 3, 0x03);  // 8 bits, no parity, one stop bit
    out8(kPort + 2, 0x07);  // FIFO on and empty
    out8(kPort + 4, 0x0b);
}

void send(char c) {
    for (unsigned i = 0; i < kPatience; ++i) {
        if ((arch::in8(kPort + 5) & 0x20) != 0) break;
    }
    arch::out8(kPort, static_cast<std::uint8_t>(c));
}

struct Digits {
    char text[21];
    const char* begin;

    explicit Digits(std::uint64_t number) {
        char* at = text + sizeof text;
        *--at = '\0';
        do {
            *--at = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        begin = at;
    }
    Digits(const Digits&) = delete;
};

template <typename... Texts>
[[noreturn]] void stop(Texts... why) {
    say("Neptune OS kernel: ", why...);
    auto* cell = arch::from_physical<volatile std::uint16_t>(0xb8000);
    auto show = [&cell](const char* text) {
        for (; *text != '\0'; ++text)
            *cell++ = static_cast<std::uint16_t>(0x4f00 | static_cast<unsigned char>(*text));
    };
    (show(why), ...);
    arch::halt_forever();
}

}  // namespace

void put_char(char c) {
    if (!ready) set_up();
    if (c == '\n') send('\r');
    send(c);
}

void put(const char* text) {
    for (; *text != '\0'; ++text)
        put_char(*text);
}

void put(std::uint64_t number) {
    put(Digits(number).begin);
}

void put(Hex number) {
    put("0x");
    bool started = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
        const unsigned digit = (number.value >> shift) & 0xf;
        started = started || digit != 0 || shift == 0;
        if (started) put_char("0123456789abcdef"[digit]);
    }
}

void fail(const char* why) {
    stop(why);
}

void fail(const char* why, std::uint64_t number, const char* of_what) {
    const Digits digits(number);
    stop(why, digits.begin, of_what);
}

}  // namespace console
