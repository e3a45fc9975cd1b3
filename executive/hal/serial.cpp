// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/serial.hpp"

#include <algorithm>
#include <utility>

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
constexpr uint8_t kDataReady = 0x01;
constexpr uint8_t kBreakCame = 0x10;  // a look at the status takes it away
constexpr uint8_t kInterruptOnData = 0x01;
constexpr uint8_t kInterruptOnBreak = 0x04;    // and on errors: a look at the status ends it
constexpr uint8_t kTerminalReady = 0x03;       // DTR and RTS
constexpr uint8_t kInterruptsReachOut = 0x08;  // OUT2: on a PC the gate to the interrupt line
// How long a line that takes nothing is waited for: 16 characters at 115,200 baud take 1.4 ms. By the clock,
// in 100 ns, and before there is one in looks at the line's status, of a microsecond or more each.
constexpr uint64_t kPatience = 40'000;
constexpr unsigned kLooks = 4000;
// Characters: each takes some four hundred instructions.
constexpr unsigned kPart = 8;

constexpr uint32_t kRoom = 32768;  // bytes, a power of two
constexpr uint32_t kLongestNotice = 64;

constinit bool present;
constinit unsigned queue = 1;  // characters that it takes when it has sent all it was given
constinit unsigned room;       // of them now, as far as is known without a look
constinit bool in_line;
constinit bool stalled;  // nobody takes what is sent: the other end does not wait for us, so we do not for it
constinit uint64_t busy_since;  // when it was first found to take nothing; 0: it takes what is sent
constinit uint32_t lost = 0;    // characters, since then
constinit bool broken;          // a BREAK came, whose zero is not received yet

// What is queued; both count on for ever.
constinit char ring[kRoom];
constinit uint32_t ring_first;
constinit uint32_t ring_end;
constinit void (*wake)();  // null: nothing is queued
constinit uint64_t (*clock)();

uint32_t used() {
    return ring_end - ring_first;
}

uint8_t line_status() {
    uint8_t status = console_in8(kLineStatus);
    if (status & kBreakCame) broken = true;
    return status;
}

bool ready() {
    if (room == 0 && (line_status() & kTransmitterEmpty) != 0) room = queue;
    return room > 0;
}

// REQUIRES: ready.
void send(char c) {
    stalled = false;
    busy_since = 0;
    --room;
    console_out8(kData, static_cast<uint8_t>(c));
}

bool wait_ready() {
    for (unsigned i = stalled ? kLooks - 1 : 0; i < kLooks; ++i)
        if (ready()) return true;
    stalled = true;
    return false;
}

void note_busy() {
    uint64_t now = clock();
    if (busy_since == 0) busy_since = now;
    if (now - busy_since >= kPatience) stalled = true;
}

void send_straight(char c) {
    if (wait_ready()) return send(c);
    ++lost;
}

// False: the line takes nothing.
bool send_first() {
    if (!wait_ready()) return false;
    send(ring[ring_first++ % kRoom]);
    return true;
}

void put(char c) {
    if (!wake) return send_straight(c);
    ring[ring_end++ % kRoom] = c;
}

void put(std::string_view text) {
    for (char c : text) {
        if (c == '\n') put('\r');
        put(c);
    }
}

size_t length_of(std::string_view text) {
    return text.size() + static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool fits(size_t bytes) {
    return bytes + kLongestNotice <= kRoom - used();
}

// A line that moves is waited for, so that nothing is lost that it can take.
bool make_room(size_t bytes) {
    if (!wake) return lost == 0 || ready();
    while (!fits(bytes))
        if (bytes + kLongestNotice > kRoom || !send_first()) return false;
    return true;
}

// After a stall the reader is told that there is a gap.
void tell_of_loss() {
    if (lost == 0) return;
    char text[kLongestNotice];
    std::string_view said = format(text, "\n[{} characters lost]\n", lost);
    lost = 0;
    put(said);
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
    console_out8(kModemControl, kTerminalReady);
}

void serial_write(std::initializer_list<std::string_view> pieces) {
    if (!present) return;
    size_t bytes = 0;
    for (std::string_view piece : pieces)
        bytes += length_of(piece);
    if (!make_room(bytes)) {
        lost += static_cast<uint32_t>(bytes);
        return;
    }
    bool idle = used() == 0;
    tell_of_loss();
    for (std::string_view piece : pieces) {
        if (!piece.empty()) in_line = piece.back() != '\n';
        put(piece);
    }
    if (idle && used() > 0) wake();
}

bool serial_in_line() {
    return in_line;
}

bool serial_takes(size_t bytes) {
    if (!present || !wake || stalled || fits(2 * bytes)) return true;
    (void)serial_send();
    return false;
}

SerialLine serial_send() {
    for (unsigned i = 0; i < kPart; ++i) {
        if (used() == 0) return SerialLine::Idle;
        if (!ready()) {
            note_busy();
            return stalled ? SerialLine::Stalled : SerialLine::Busy;
        }
        send(ring[ring_first++ % kRoom]);
    }
    return used() == 0 ? SerialLine::Idle : SerialLine::Moving;
}

bool serial_listen() {
    if (!present) return false;
    console_out8(kModemControl, kTerminalReady | kInterruptsReachOut);
    console_out8(kInterruptEnable, kInterruptOnData | kInterruptOnBreak);
    return true;
}

size_t serial_receive(std::span<uint8_t> into) {
    size_t count = 0;
    while (count < into.size() && (line_status() & kDataReady) != 0) {
        uint8_t byte = console_in8(kData);
        if (byte == kSerialBreak) continue;  // noise
        into[count++] = byte == 0 && std::exchange(broken, false) ? kSerialBreak : byte;
    }
    return count;
}

void serial_queue(void (*woken)(), uint64_t (*interrupt_time)()) {
    clock = interrupt_time;
    wake = woken;
}

void serial_flush() {
    while (used() > 0 && send_first()) {
    }
}

void serial_straight() {
    if (used() <= kRoom) serial_flush();
    ring_first = ring_end;
    wake = nullptr;
}

}  // namespace hal
