// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/console.hpp"

#include "base/format.hpp"
#include "executive/hal/framebuffer.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/mirror.hpp"
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
constinit char typed_line[Terminal::kLongestLine];
constinit std::string_view typed;
constinit unsigned typed_column;

}  // namespace

void console_initialize() {
    bool linear = framebuffer.open() && terminal.attach(framebuffer);
    if (!linear && vga_text.open()) (void)terminal.attach(vga_text);
    ConsoleSize size = console_size();
    if (!terminal.attached()) return log.warning("no screen: the console is the serial line alone");
    log.info("screen: {} columns, {} rows, {}", size.columns, size.rows, linear ? "framebuffer" : "VGA text");
}

void console_write(std::string_view text) {
    terminal.write(text);
    mirror.write(text);
}

void console_put(std::string_view text) {
    terminal.put(text);
    mirror.write(text);
}

bool console_show() {
    // On a linear framebuffer a cell is 128 pixels.
    constexpr unsigned kCells = 4;
    return terminal.flush(kCells);
}

void console_begin_report() {
    typed = terminal.attached() ? terminal.cursor_line(typed_line) : std::string_view();
    typed_column = terminal.column();
    if (typed.empty() && mirror.column() != 0) console_put("\n");
    if (!typed.empty()) console_put("\r\x1b[K");
}

void console_end_report() {
    console_put("\n");
    if (typed.empty()) return;
    console_put(typed);
    char place[16];
    console_put(format(place, "\x1b[{}G", typed_column + 1));
    typed = {};
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
