// SPDX-License-Identifier: GPL-3.0-only
//
// The system console: a text screen (VGA text, or the linear framebuffer that the boot loader left) and its
// mirror on the serial line. It takes UTF-8 with VT sequences: CSI A B C D E F G H J K d f m s u, ?25h ?25l,
// ESC 7 and 8, CR, BS, TAB; LF also returns to the first column. The mirror carries everything but colours.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "executive/prelude.hpp"

namespace hal {

struct ConsoleSize {
    unsigned columns;
    unsigned rows;
};

void console_initialize();
// In parts that are short, of which an escape sequence or a UTF-8 character may be split over two: what is
// put is on the screen, and sent where the line takes it, after as many console_show() as it takes until one
// is true. Other writes may come between.
void console_put(std::string_view text);
bool console_show();
// Around what is put of a line that the Executive itself has to say (ke::Reports): one that somebody is
// typing is taken away before it and put back below, in parts by console_restore(), which is true when all of
// it is there again. The next report may begin before that.
void console_begin_report();
void console_end_report();
bool console_restore();
// What is there of it is as good as gone, since something else was written to the mirror: all of it again.
void console_restore_anew();
ConsoleSize console_size();

// --- for the Executive's last words: no memory is needed
// Shows the text screen that is mapped here already; for a boot that ends before console_initialize().
void console_open_text(std::span<uint8_t> memory);
// Puts ASCII text over a row of the screen, whatever was there; the cursor goes. Nothing without a screen.
void console_overwrite(unsigned row, std::string_view text);

}  // namespace hal
