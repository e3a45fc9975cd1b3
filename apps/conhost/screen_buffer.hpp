// SPDX-License-Identifier: GPL-3.0-only
//
// A screen buffer: rows of cells, a cursor, the attributes of what is written next, and the window of it that
// its console shows. Coordinates begin at 0; rectangles include their last row and column, and those that
// reach outside are cut.
#pragma once

#include "apps/common/text.hpp"

namespace conhost {

struct Cell {
    WCHAR character = u' ';
    USHORT attributes = 0x07;
    bool operator==(const Cell&) const = default;
};
static_assert(sizeof(Cell) == 4);  // CHAR_INFO

struct Point {
    int x = 0, y = 0;
    bool operator==(const Point&) const = default;
};

struct Rect {
    int left = 0, top = 0, right = -1, bottom = -1;
    int width() const { return right - left + 1; }
    int height() const { return bottom - top + 1; }
    bool empty() const { return right < left || bottom < top; }
    Rect cut(const Rect& by) const;
    bool operator==(const Rect&) const = default;
};

// Who shows a buffer.
class ScreenListener {
public:
    // The text in the window is about to move up by so many rows, and what is in the topmost goes: the window
    // moves over the buffer, or (`in_place`) the buffer below it. Only rows that come are touched then.
    virtual void before_scroll(int rows, bool in_place) = 0;
    // Everything was erased at once.
    virtual void cleared() = 0;

protected:
    ~ScreenListener() = default;
};

class ScreenBuffer {
public:
    static constexpr int kLargestSide = 32767;
    static constexpr SIZE_T kMostCells = 4 << 20;

    ScreenBuffer() = default;
    ScreenBuffer(const ScreenBuffer&) = delete;
    ScreenBuffer& operator=(const ScreenBuffer&) = delete;
    ~ScreenBuffer();
    // False: a side is 0 or beyond kLargestSide, or there is no memory. What is there stays, from the top
    // left; the window is cut to the new size.
    bool resize(int width, int height);

    int width() const { return width_; }
    int height() const { return height_; }
    Rect bounds() const { return {0, 0, width_ - 1, height_ - 1}; }
    const Rect& window() const { return window_; }
    // False: not inside the buffer, or empty.
    bool set_window(const Rect& window);
    Point cursor() const { return cursor_; }
    // Brings it into the window. False: outside the buffer.
    bool set_cursor(Point at);
    void listen(ScreenListener* listener) { listener_ = listener; }

    const Cell* row(int y) const { return cells_ + static_cast<SIZE_T>((first_ + y) % height_) * width_; }
    // Writes at the cursor, which goes on by one; at the end of a row it goes to the next when `wraps`, else
    // stays.
    void put(WCHAR character, bool wraps);
    // Down by one, scrolling at the buffer's end; the column stays.
    void line_feed();
    void carriage_return() { cursor_.x = 0; }
    void backspace();
    // How many cells it wrote: one row's end is another's beginning when `wraps`. Null: left as it is.
    ULONG fill(Point at, ULONG count, bool wraps, const WCHAR* character, const USHORT* attributes);
    void write(Point at, const WCHAR* character, const USHORT* attributes);
    // Moves `from`, as far as it is in `clip` afterwards, and fills what it has left.
    void scroll(const Rect& from, Point to, const Rect& clip, Cell filler);
    // Rows top to bottom go up by `rows` (down when negative), blank ones come.
    void scroll_rows(int top, int bottom, int rows);

    // Rows that may look different from what was last shown.
    int first_touched() const { return touched_first_; }
    int last_touched() const { return touched_last_; }
    void touch(int first, int last);
    void untouch() { touched_first_ = kLargestSide, touched_last_ = -1; }

    USHORT attributes = 0x07;
    USHORT popup_attributes = 0xF5;
    ULONG mode = 0x3;
    int cursor_size = 25;  // percent
    bool cursor_visible = true;

private:
    Cell* mutable_row(int y) { return const_cast<Cell*>(row(y)); }
    void scroll_up();
    void follow_cursor();

    Cell* cells_ = nullptr;
    int width_ = 0, height_ = 0;
    int first_ = 0;  // where row 0 is
    Rect window_;
    Point cursor_;
    ScreenListener* listener_ = nullptr;
    int touched_first_ = kLargestSide, touched_last_ = -1;
};

}  // namespace conhost
