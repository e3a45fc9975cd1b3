// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/serial.hpp"

#include "base/format.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr uint16_t kBase = 0x3f8;
constexpr uint16_t kData = kBase;
constexpr uint16_t kInterruptEnable = kBase + 1;
constexpr uint16_t kFifoControl = kBase + 2;
constexpr uint16_t kInterruptId = kBase + 2;
constexpr uint16_t kLineControl = kBase + 3;
constexpr uint16_t kModemControl = kBase + 4;
constexpr uint16_t kLineStatus = kBase + 5;
constexpr uint16_t kScratch = kBase + 7;

constexpr uint8_t kDivisorLatch = 0x80;
constexpr uint8_t kEightBits = 0x03;
constexpr uint8_t kTransmitterEmpty = 0x20;
// Looks at the line's status, a microsecond or more each: 16 characters at 115,200 baud take 1.4 ms.
constexpr unsigned kPatience = 4000;

constinit bool present;
constinit unsigned queue = 1;  // characters that it takes when it has sent all it was given
constinit unsigned room;       // of them now, as far as is known without a look
constinit bool in_line;
constinit bool stalled;  // nobody takes what is sent: the other end does not wait for us, so we do not for it
constinit uint32_t lost = 0;  // characters, since then

bool ready() {
    if (room == 0 && (console_in8(kLineStatus) & kTransmitterEmpty) != 0) room = queue;
    return room > 0;
}

void put(char c) {
    for (unsigned i = stalled ? kPatience - 1 : 0; i < kPatience; ++i) {
        if (!ready()) continue;
        stalled = false;
        --room;
        return console_out8(kData, static_cast<uint8_t>(c));
    }
    stalled = true;
    ++lost;
}

// After a stall the reader is told that there is a gap.
void tell_of_loss() {
    if (lost == 0 || !ready()) return;
    char text[64];
    std::string_view said = format(text, "\r\n[{} characters lost]\r\n", lost);
    lost = 0;
    for (char c : said)
        put(c);
}

}  // namespace

void serial_initialize() {
    constexpr uint8_t kProbe = 0x5a;
    console_out8(kScratch, kProbe);
    present = console_in8(kScratch) == kProbe;
    if (!present) return;
    console_out8(kInterruptEnable, 0);
    console_out8(kLineControl, kDivisorLatch);
    console_out8(kData, 1);  // 115200 baud
    console_out8(kInterruptEnable, 0);
    console_out8(kLineControl, kEightBits);
    console_out8(kFifoControl, 0xc7);
    constexpr uint8_t kFifosWork = 0xc0;  // a 16550A or later
    if ((console_in8(kInterruptId) & kFifosWork) == kFifosWork) queue = 16;
    console_out8(kModemControl, 0x03);
}

void serial_write(std::string_view text) {
    if (!present) return;
    if (!text.empty()) in_line = text.back() != '\n';
    tell_of_loss();
    for (char c : text) {
        if (c == '\n') put('\r');
        put(c);
    }
}

bool serial_in_line() {
    return in_line;
}

}  // namespace hal
