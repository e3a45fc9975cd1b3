// SPDX-License-Identifier: GPL-3.0-only
//
// The first serial port: mirror of logs and console, for tests and people who debug. A character costs some
// four hundred instructions, so what is written is queued (32 KiB) and sent a few characters at a time by
// whoever waits for it and by ke::SerialPump; the order is that in which it was written. A queue that is full
// is waited for as long as the line moves. A line that takes nothing for 4 ms is stalled: then what does not
// fit is lost, in whole writes, and once it fits again the line says how many characters that were.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <initializer_list>
#include <span>
#include <string_view>

#include "executive/prelude.hpp"

namespace hal {

void serial_initialize();
// All pieces or none.
void serial_write(std::initializer_list<std::string_view> pieces);
inline void serial_write(std::string_view text) {
    serial_write({text});
}
// Was the last character written no line end?
bool serial_in_line();

// For who can come back later rather than have his text waited for or lost: true when so many bytes fit in
// the queue, or the line is stalled; otherwise sends some.
bool serial_takes(size_t bytes);

// Idle: nothing is queued. Busy: the line takes nothing now.
enum class SerialLine : uint8_t { Idle, Moving, Busy, Stalled };
// Sends up to eight characters of the queue.
SerialLine serial_send();

// --- what is typed at the other end
// Whether there is a line. From now on IRQ 4 comes when something was typed.
bool serial_listen();
// What has come, as far as it fits; 0: nothing more, and the next interrupt comes with the next byte. Each
// costs two reads of a port.
size_t serial_receive(std::span<uint8_t> into);
// What stands for a BREAK of the line, which UTF-8 has no use for.
inline constexpr uint8_t kSerialBreak = 0xff;
inline constexpr uint8_t kSerialIrq = 4;

// Before this what is written is sent at once. `wake` is called when something is written to an empty queue;
// the clock is in 100 ns. Once, at boot.
void serial_queue(void (*wake)(), uint64_t (*interrupt_time)());
// Sends all that is queued, but for what a stalled line does not take: before the machine goes off.
void serial_flush();
// The same, and from now on nothing is queued: for last words.
void serial_straight();

}  // namespace hal
