// SPDX-License-Identifier: GPL-3.0-only
//
// A VT terminal over a grid of cells, and the display that shows the grid. The terminal only changes cells
// and remembers which it touched; flush() draws what differs from what is shown, so a long listing that
// scrolls a thousand lines in one write is drawn once. A byte costs a line of cells and a note for each row
// at most: scrolling turns the ring of lines, and a line that is erased is filled when it is written to
// again.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "base/vector.hpp"
#include "executive/hal/console.hpp"

namespace hal {

struct Cell {
    char16_t character = u' ';
    uint8_t attribute = 0x07;  // VGA: foreground in the low, background in the high four bits
    bool operator==(const Cell&) const = default;
};

class Display {
public:
    virtual ConsoleSize size() const = 0;
    virtual void draw(unsigned row, unsigned column, Cell cell) = 0;
    // The cursor is on this cell now; `visible` false takes it off the screen.
    virtual void move_cursor(unsigned row, unsigned column, bool visible) = 0;

protected:
    ~Display() = default;
};

class Terminal {
public:
    Result<void> attach(Display& display);
    bool attached() const { return display_ != nullptr; }
    Display* display() const { return display_; }
    void write(std::string_view text);
    // The same, and nothing is drawn yet.
    void put(std::string_view text);
    // Draws so many cells at most, and looks at sixteen times as many; true when all that has changed is
    // shown.
    bool flush(unsigned most = ~0u);

    ConsoleSize size() const { return size_; }
    unsigned row() const { return row_; }
    unsigned column() const { return column_; }
    // The cursor's line, up to its last character or the cursor and at most as much as there is room for;
    // nothing when the cursor is at the beginning of an empty line.
    std::span<const Cell> cursor_line(std::span<Cell> out) const;
    // What is to be written to have this character in its colours, when those of `shown` are set; then they
    // are its own.
    static constexpr size_t kLongestCell = 24;
    static std::string_view text_of(Cell cell, uint8_t& shown, std::span<char, kLongestCell> out);
    Cell cell(unsigned row, unsigned column) const { return cell_of(line_of(row), column); }

private:
    enum class State : uint8_t { Text, Escape, Sequence };
    static constexpr unsigned kMaximumParameters = 8;
    // A line of the ring; `blank` is in all its cells when `erased`, whatever cells_ has.
    struct Line {
        bool erased;
        Cell blank;
    };
    // Of a row, which columns may differ from what is shown; none when first >= last.
    struct Touched {
        unsigned first;
        unsigned last;
    };

    void byte(uint8_t value);
    void character(char16_t unit);
    void control(uint8_t value);
    void escape(uint8_t value);
    void sequence(uint8_t value);
    void execute(uint8_t final);
    void private_mode(bool set);
    void colours();
    void colour(unsigned code);
    void line_feed();
    void move(int row, int column);
    unsigned line_of(unsigned row) const {
        unsigned line = top_ + row;
        return line < size_.rows ? line : line - size_.rows;
    }
    Cell cell_of(unsigned line, unsigned column) const {
        return lines_[line].erased ? lines_[line].blank : cells_[size_t{line} * size_.columns + column];
    }
    // The cells of a row, to be written to.
    Cell* cells_of(unsigned row);
    void touch(unsigned row, unsigned first, unsigned last);
    Cell blank() const;
    void erase_row(unsigned row);
    void erase(unsigned row, unsigned first, unsigned last);
    void erase_line(unsigned how);
    void erase_screen(unsigned how);
    unsigned parameter(unsigned index, unsigned otherwise) const;
    uint8_t attribute() const;

    Display* display_ = nullptr;
    ConsoleSize size_{0, 0};
    Vector<Cell> cells_;  // by lines of the ring
    Vector<Line> lines_;
    unsigned top_ = 0;    // the line that is the first row
    Vector<Cell> shown_;  // by rows
    Vector<Touched> touched_;
    unsigned row_ = 0;
    unsigned column_ = 0;  // may be one past the last column: the next character wraps
    unsigned saved_row_ = 0;
    unsigned saved_column_ = 0;
    bool cursor_visible_ = true;
    uint8_t foreground_ = 7;
    uint8_t background_ = 0;
    bool bold_ = false;
    bool reverse_ = false;
    State state_ = State::Text;
    bool private_ = false;
    unsigned parameters_[kMaximumParameters] = {};
    unsigned parameter_count_ = 0;
    uint32_t code_point_ = 0;
    unsigned continuation_ = 0;
};

}  // namespace hal
