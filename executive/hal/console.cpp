// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/console.hpp"

#include "executive/hal/framebuffer.hpp"
#include "executive/hal/mirror.hpp"
#include "executive/hal/terminal.hpp"
#include "executive/hal/vga_text.hpp"

namespace hal {

namespace {

[[clang::no_destroy]] constinit Framebuffer framebuffer;
[[clang::no_destroy]] constinit VgaText vga_text;
[[clang::no_destroy]] constinit Terminal terminal;
[[clang::no_destroy]] constinit Mirror mirror;

}  // namespace

void console_initialize() {
    if (framebuffer.open() && terminal.attach(framebuffer)) return;
    if (vga_text.open()) (void)terminal.attach(vga_text);
}

void console_write(std::string_view text) {
    terminal.write(text);
    mirror.write(text);
}

void console_report(std::string_view line) {
    if (mirror.column() != 0) console_write("\n");
    console_write(line);
    console_write("\n");
}

ConsoleSize console_size() {
    return terminal.attached() ? terminal.size() : ConsoleSize{80, 25};
}

}  // namespace hal
