// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/terminal.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/string.hpp"

namespace hal {

namespace {

constexpr unsigned kMaximumNumber = 9999;
// VT counts red, green, blue from the low bit, VGA blue, green, red.
constexpr uint8_t kVgaColour[8] = {0, 4, 2, 6, 1, 5, 3, 7};

}  // namespace

Result<void> Terminal::attach(Display& display) {
    ConsoleSize size = display.size();
    size_t cells = size_t{size.columns} * size.rows;
    if (cells == 0) return fail(STATUS_INVALID_PARAMETER);
    TRY(cells_.resize(cells));
    TRY(lines_.resize(size.rows));
    TRY(shown_.resize(cells));
    TRY(touched_.resize(size.rows));
    size_ = size;
    // Unequal to any cell, so the first flush draws all of it.
    for (Cell& cell : shown_)
        cell = {u'\0', 0};
    for (unsigned row = 0; row < size.rows; ++row)
        erase_row(row);
    display_ = &display;
    flush();
    return {};
}

void Terminal::write(std::string_view text) {
    put(text);
    flush();
}

void Terminal::put(std::string_view text) {
    if (!display_) return;
    for (char value : text)
        byte(static_cast<uint8_t>(value));
}

bool Terminal::flush(unsigned most) {
    constexpr unsigned kLooksPerDrawing = 16;
    if (!display_) return true;
    uint64_t looks = uint64_t{most} * kLooksPerDrawing;
    for (unsigned row = 0; row < size_.rows; ++row) {
        Touched& touched = touched_[row];
        unsigned line = line_of(row);
        for (; touched.first < touched.last; ++touched.first) {
            if (looks-- == 0) return false;
            Cell cell = cell_of(line, touched.first);
            Cell& shown = shown_[size_t{row} * size_.columns + touched.first];
            if (cell == shown) continue;
            if (most-- == 0) return false;
            shown = cell;
            display_->draw(row, touched.first, cell);
        }
    }
    display_->move_cursor(row_, std::min(column_, size_.columns - 1), cursor_visible_);
    return true;
}

std::span<const Cell> Terminal::cursor_line(std::span<Cell> out) const {
    size_t length = std::min(column_, size_.columns);
    for (unsigned i = column_; i < size_.columns; ++i)
        if (cell(row_, i).character != u' ') length = i + 1;
    length = std::min(length, out.size());
    for (unsigned i = 0; i < length; ++i)
        out[i] = cell(row_, i);
    return out.first(length);
}

std::string_view Terminal::text_of(Cell cell, uint8_t& shown, std::span<char, kLongestCell> out) {
    size_t used = 0;
    if (cell.attribute != shown) {
        unsigned front = cell.attribute & 15, back = cell.attribute >> 4;
        used = format(out, "\x1b[0;{};{}m", (front < 8 ? 30u : 90u) + kVgaColour[front & 7],
                      (back < 8 ? 40u : 100u) + kVgaColour[back & 7])
                   .size();
        shown = cell.attribute;
    }
    used += to_utf8({&cell.character, 1}, out.subspan(used));
    return {out.data(), used};
}

void Terminal::byte(uint8_t value) {
    if (state_ == State::Escape) return escape(value);
    if (state_ == State::Sequence) return sequence(value);
    if (value < 0x20 || value == 0x7f) {
        continuation_ = 0;
        return control(value);
    }
    if (value < 0x80) {
        continuation_ = 0;
        return character(value);
    }
    if (value < 0xc0) {
        if (continuation_ == 0) return character(0xfffd);
        code_point_ = code_point_ << 6 | (value & 0x3f);
        if (--continuation_ == 0)
            character(code_point_ < 0x10000 ? static_cast<char16_t>(code_point_) : 0xfffd);
        return;
    }
    continuation_ = value < 0xe0 ? 1 : value < 0xf0 ? 2 : 3;
    code_point_ = value & (0x3f >> continuation_);
}

void Terminal::character(char16_t unit) {
    if (column_ >= size_.columns) {
        column_ = 0;
        line_feed();
    }
    cells_of(row_)[column_] = {unit, attribute()};
    touch(row_, column_, column_ + 1);
    ++column_;
}

void Terminal::control(uint8_t value) {
    switch (value) {
        case '\r':
            column_ = 0;
            break;
        case '\n':
            column_ = 0;
            line_feed();
            break;
        case '\b':
            if (column_ > 0) --column_;
            break;
        case '\t':
            column_ = std::min(size_.columns - 1, (column_ / 8 + 1) * 8);
            break;
        case 0x1b:
            state_ = State::Escape;
            break;
        default:
            break;
    }
}

void Terminal::escape(uint8_t value) {
    state_ = State::Text;
    if (value == '[') {
        state_ = State::Sequence;
        private_ = false;
        parameter_count_ = 0;
        std::fill(std::begin(parameters_), std::end(parameters_), 0u);
    } else if (value == '7') {
        saved_row_ = row_;
        saved_column_ = column_;
    } else if (value == '8') {
        move(static_cast<int>(saved_row_), static_cast<int>(saved_column_));
    }
}

void Terminal::sequence(uint8_t value) {
    if (value >= '0' && value <= '9') {
        if (parameter_count_ == 0) parameter_count_ = 1;
        unsigned& number = parameters_[parameter_count_ - 1];
        number = std::min(number * 10 + (value - '0'), kMaximumNumber);
    } else if (value == ';') {
        if (parameter_count_ == 0) parameter_count_ = 1;
        if (parameter_count_ < kMaximumParameters) ++parameter_count_;
    } else if (value == '?') {
        private_ = true;
    } else if (value >= 0x40 && value <= 0x7e) {
        state_ = State::Text;
        execute(value);
    } else if (value < 0x20) {
        // A broken sequence ends at the next control character, which counts.
        state_ = State::Text;
        control(value);
    }
}

unsigned Terminal::parameter(unsigned index, unsigned otherwise) const {
    return index < parameter_count_ && parameters_[index] != 0 ? parameters_[index] : otherwise;
}

void Terminal::execute(uint8_t final) {
    int count = static_cast<int>(parameter(0, 1));
    int row = static_cast<int>(row_);
    int column = static_cast<int>(std::min(column_, size_.columns - 1));
    switch (final) {
        case 'A':
            return move(row - count, column);
        case 'B':
            return move(row + count, column);
        case 'C':
            return move(row, column + count);
        case 'D':
            return move(row, column - count);
        case 'E':
            return move(row + count, 0);
        case 'F':
            return move(row - count, 0);
        case 'G':
            return move(row, count - 1);
        case 'd':
            return move(count - 1, column);
        case 'H':
        case 'f':
            return move(count - 1, static_cast<int>(parameter(1, 1)) - 1);
        case 'J':
            return erase_screen(parameter(0, 0));
        case 'K':
            return erase_line(parameter(0, 0));
        case 'm':
            return colours();
        case 's':
            saved_row_ = row_;
            saved_column_ = column_;
            return;
        case 'u':
            return move(static_cast<int>(saved_row_), static_cast<int>(saved_column_));
        case 'h':
        case 'l':
            return private_mode(final == 'h');
        default:
            return;
    }
}

void Terminal::private_mode(bool set) {
    if (private_ && parameter(0, 0) == 25) cursor_visible_ = set;
}

void Terminal::colours() {
    if (parameter_count_ == 0) return colour(0);
    for (unsigned i = 0; i < parameter_count_; ++i)
        colour(parameters_[i]);
}

void Terminal::colour(unsigned code) {
    if (code == 0) {
        foreground_ = 7;
        background_ = 0;
        bold_ = reverse_ = false;
    } else if (code == 1) {
        bold_ = true;
    } else if (code == 22) {
        bold_ = false;
    } else if (code == 7) {
        reverse_ = true;
    } else if (code == 27) {
        reverse_ = false;
    } else if (code >= 30 && code <= 37) {
        foreground_ = kVgaColour[code - 30];
    } else if (code == 39) {
        foreground_ = 7;
    } else if (code >= 40 && code <= 47) {
        background_ = kVgaColour[code - 40];
    } else if (code == 49) {
        background_ = 0;
    } else if (code >= 90 && code <= 97) {
        foreground_ = kVgaColour[code - 90] | 8;
    } else if (code >= 100 && code <= 107) {
        background_ = kVgaColour[code - 100] | 8;
    }
}

uint8_t Terminal::attribute() const {
    uint8_t front = bold_ ? foreground_ | 8 : foreground_;
    uint8_t low = reverse_ ? background_ : front;
    uint8_t high = reverse_ ? front : background_;
    return static_cast<uint8_t>(high << 4 | low);
}

void Terminal::line_feed() {
    if (row_ + 1 < size_.rows) {
        ++row_;
        return;
    }
    top_ = line_of(1);
    for (Touched& touched : touched_)
        touched = {0, size_.columns};
    erase_row(row_);
}

void Terminal::move(int row, int column) {
    row_ = static_cast<unsigned>(std::clamp(row, 0, static_cast<int>(size_.rows) - 1));
    column_ = static_cast<unsigned>(std::clamp(column, 0, static_cast<int>(size_.columns) - 1));
}

Cell* Terminal::cells_of(unsigned row) {
    unsigned line = line_of(row);
    Cell* cells = cells_.data() + size_t{line} * size_.columns;
    if (lines_[line].erased) std::fill_n(cells, size_.columns, lines_[line].blank);
    lines_[line].erased = false;
    return cells;
}

void Terminal::touch(unsigned row, unsigned first, unsigned last) {
    Touched& touched = touched_[row];
    bool none = touched.first >= touched.last;
    touched.first = none ? first : std::min(touched.first, first);
    touched.last = none ? last : std::max(touched.last, last);
}

Cell Terminal::blank() const {
    return {u' ', static_cast<uint8_t>(background_ << 4 | foreground_)};
}

void Terminal::erase_row(unsigned row) {
    lines_[line_of(row)] = {true, blank()};
    touched_[row] = {0, size_.columns};
}

void Terminal::erase(unsigned row, unsigned first, unsigned last) {
    if (first >= last) return;
    if (last - first == size_.columns) return erase_row(row);
    std::fill(cells_of(row) + first, cells_of(row) + last, blank());
    touch(row, first, last);
}

void Terminal::erase_line(unsigned how) {
    unsigned here = std::min(column_, size_.columns - 1);
    if (how == 0) erase(row_, column_, size_.columns);
    if (how == 1) erase(row_, 0, here + 1);
    if (how == 2) erase_row(row_);
}

void Terminal::erase_screen(unsigned how) {
    unsigned here = std::min(column_, size_.columns - 1);
    if (how == 0) erase(row_, here, size_.columns);
    if (how == 1) erase(row_, 0, here + 1);
    unsigned first = how == 0 ? row_ + 1 : 0;
    unsigned last = how == 1 ? row_ : size_.rows;
    for (unsigned row = first; row < last && how <= 3; ++row)
        erase_row(row);
}

}  // namespace hal
