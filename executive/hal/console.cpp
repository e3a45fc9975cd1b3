// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/console.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "executive/hal/framebuffer.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/mirror.hpp"
#include "executive/hal/serial.hpp"
#include "executive/hal/terminal.hpp"
#include "executive/hal/vga_text.hpp"

namespace hal {

namespace {

[[clang::no_destroy]] constinit Framebuffer framebuffer;
[[clang::no_destroy]] constinit VgaText vga_text;
[[clang::no_destroy]] constinit Terminal terminal;
[[clang::no_destroy]] constinit Mirror mirror;
constinit Display* last_display;  // without a terminal
// What somebody was typing when a report began.
constexpr size_t kLongestTyped = 256;  // characters
constinit Cell typed_cells[kLongestTyped];
constinit std::span<const Cell> typed;
constinit unsigned typed_column;
constinit size_t restored;  // characters of it that are back
constinit uint8_t restored_attribute;
constinit bool restoring;  // between a report's end and the last of them

}  // namespace

void console_initialize() {
    bool linear = framebuffer.open() && terminal.attach(framebuffer);
    if (!linear && vga_text.open()) (void)terminal.attach(vga_text);
    ConsoleSize size = console_size();
    if (!terminal.attached()) return log.warning("no screen: the console is the serial line alone");
    log.info("screen: {} columns, {} rows, {}", size.columns, size.rows, linear ? "framebuffer" : "VGA text");
}

void console_put(std::string_view text) {
    terminal.put(text);
    mirror.write(text);
}

bool console_show() {
    // On a linear framebuffer a cell is 128 pixels.
    constexpr unsigned kCells = 4;
    if (!terminal.flush(kCells)) return false;
    SerialLine line = serial_send();
    return line == SerialLine::Idle || line == SerialLine::Stalled;
}

void console_begin_report() {
    if (restoring) {
        console_put("\r\x1b[0m\x1b[K");
        restoring = false;
        return;
    }
    typed = terminal.attached() ? terminal.cursor_line(typed_cells) : std::span<const Cell>();
    typed_column = terminal.column();
    if (typed.empty() && mirror.column() != 0) console_put("\n");
    if (!typed.empty()) console_put("\r\x1b[K");
}

void console_end_report() {
    console_put("\n");
    restoring = !typed.empty();
    restored = 0;
    restored_attribute = Cell().attribute;
}

bool console_restore() {
    constexpr size_t kPart = 4;
    if (!restoring) return true;
    char text[Terminal::kLongestCell];
    for (size_t end = std::min(restored + kPart, typed.size()); restored < end; ++restored)
        console_put(Terminal::text_of(typed[restored], restored_attribute, text));
    if (restored < typed.size()) return false;
    if (restored_attribute != Cell().attribute) console_put("\x1b[0m");
    console_put(format(text, "\x1b[{}G", typed_column + 1));
    restoring = false;
    return true;
}

void console_restore_anew() {
    if (!restoring || restored == 0) return;
    console_put("\r\x1b[0m");
    restored = 0;
    restored_attribute = Cell().attribute;
}

void console_open_text(std::span<uint8_t> memory) {
    if (!terminal.attached() && vga_text.open_at(memory)) last_display = &vga_text;
}

void console_overwrite(unsigned row, std::string_view text) {
    constexpr uint8_t kWhiteOnBlue = 0x1f;
    Display* display = terminal.attached() ? terminal.display() : last_display;
    if (!display || row >= display->size().rows) return;
    for (unsigned column = 0; column < display->size().columns; ++column) {
        char16_t shown = column < text.size() ? static_cast<unsigned char>(text[column]) : u' ';
        display->draw(row, column, {shown, kWhiteOnBlue});
    }
    display->move_cursor(row, 0, false);
}

ConsoleSize console_size() {
    return terminal.attached() ? terminal.size() : ConsoleSize{80, 25};
}

}  // namespace hal
