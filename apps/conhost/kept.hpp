// SPDX-License-Identifier: GPL-3.0-only
//
// What outlives the host of the system's console, in a section that smss holds (\ConsoleState): what the
// terminal shows, the lines that were entered, code pages, colours, title. The next host goes on with it. It
// may have died anywhere, so each number is checked, and of the lines there are two copies, of which one is
// whole.
#pragma once

#include "apps/conhost/history.hpp"
#include "apps/conhost/screen_buffer.hpp"

namespace conhost {

struct Kept {
    static constexpr ULONG kMagic = 0x314E4F43;
    static constexpr SIZE_T kMostCells = 16384;
    static constexpr SIZE_T kLongestTitle = 256;
    static constexpr SIZE_T kLines = 12288;  // characters

    ULONG magic;  // 0: nothing was kept yet
    // --- What the terminal shows: a renderer's
    int width, height;
    Point cursor;
    // --- What programs and their user chose
    USHORT attributes, popup_attributes;
    ULONG cursor_size;
    ULONG input_page, output_page;
    ULONG input_mode, output_mode;
    ULONG most_lines, most_lists, unique;
    ULONG title_length;
    // --- Lines: the copy that is whole, and its length in characters
    ULONG whole;
    ULONG lines_length[2];
    WCHAR title[kLongestTitle];
    WCHAR lines[2][kLines];
    Cell cells[kMostCells];

    bool is_there() const { return magic == kMagic; }
    // Whether cells, cursor and size can be true.
    bool shows() const;
};

inline constexpr app::View kKeptName(u"\\ConsoleState");

// The newest lines of each list, those of the list that was used last first, as far as they fit.
void keep_lines(Kept& kept, const Histories& histories);
void bring_back_lines(const Kept& kept, Histories& histories);

}  // namespace conhost
