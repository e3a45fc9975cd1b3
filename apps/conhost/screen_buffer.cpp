// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/screen_buffer.hpp"

namespace conhost {
namespace {

int smaller(int a, int b) {
    return a < b ? a : b;
}
int larger(int a, int b) {
    return a > b ? a : b;
}

}  // namespace

Rect Rect::cut(const Rect& by) const {
    return {larger(left, by.left), larger(top, by.top), smaller(right, by.right), smaller(bottom, by.bottom)};
}

ScreenBuffer::~ScreenBuffer() {
    if (cells_) RtlFreeHeap(RtlProcessHeap(), 0, cells_);
}

bool ScreenBuffer::resize(int width, int height) {
    if (width < 1 || height < 1 || width > kLargestSide || height > kLargestSide) return false;
    const SIZE_T count = static_cast<SIZE_T>(width) * static_cast<SIZE_T>(height);
    if (count > kMostCells) return false;
    auto* cells = static_cast<Cell*>(RtlAllocateHeap(RtlProcessHeap(), 0, count * sizeof(Cell)));
    if (!cells) return false;
    const Cell blank{u' ', attributes};
    // What is above goes when the cursor would not be there any more.
    const int gone = larger(0, cursor_.y - height + 1);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            cells[static_cast<SIZE_T>(y) * width + x] =
                y + gone < height_ && x < width_ ? row(y + gone)[x] : blank;
    if (cells_) RtlFreeHeap(RtlProcessHeap(), 0, cells_);
    cells_ = cells;
    first_ = 0;
    const bool first_time = width_ == 0;
    width_ = width;
    height_ = height;
    cursor_ = {smaller(cursor_.x, width - 1), cursor_.y - gone};
    if (first_time) window_ = bounds();
    const int columns = smaller(window_.width(), width), rows = smaller(window_.height(), height);
    window_.left = smaller(window_.left, width - columns);
    window_.top = smaller(larger(0, window_.top - gone), height - rows);
    window_.right = window_.left + columns - 1;
    window_.bottom = window_.top + rows - 1;
    touch(0, height - 1);
    return true;
}

bool ScreenBuffer::set_window(const Rect& window) {
    if (window.empty() || window.left < 0 || window.top < 0 || window.right >= width_ ||
        window.bottom >= height_)
        return false;
    if (window == window_) return true;
    window_ = window;
    touch(0, height_ - 1);
    return true;
}

bool ScreenBuffer::set_cursor(Point at) {
    if (at.x < 0 || at.y < 0 || at.x >= width_ || at.y >= height_) return false;
    cursor_ = at;
    follow_cursor();
    return true;
}

void ScreenBuffer::follow_cursor() {
    const int down = cursor_.y - window_.bottom, up = window_.top - cursor_.y;
    if (down > 0 && listener_) listener_->before_scroll(down, false);
    const int by = down > 0 ? down : up > 0 ? -up : 0;
    window_.top += by;
    window_.bottom += by;
    // Who shows it has moved the rest.
    if (by > 0)
        touch(larger(window_.top, window_.bottom - by + 1), window_.bottom);
    else if (by < 0)
        touch(window_.top, window_.bottom);
    const int right = cursor_.x - window_.right, left = window_.left - cursor_.x;
    const int aside = right > 0 ? right : left > 0 ? -left : 0;
    window_.left += aside;
    window_.right += aside;
    if (aside) touch(window_.top, window_.bottom);
}

void ScreenBuffer::touch(int first, int last) {
    touched_first_ = smaller(touched_first_, first);
    touched_last_ = larger(touched_last_, last);
}

void ScreenBuffer::put(WCHAR character, bool wraps) {
    mutable_row(cursor_.y)[cursor_.x] = {character, attributes};
    touch(cursor_.y, cursor_.y);
    if (cursor_.x + 1 < width_) {
        ++cursor_.x;
        if (cursor_.x > window_.right) follow_cursor();
    } else if (wraps) {
        cursor_.x = 0;
        line_feed();
    }
}

void ScreenBuffer::line_feed() {
    if (cursor_.y + 1 < height_)
        ++cursor_.y;
    else
        scroll_up();
    follow_cursor();
}

void ScreenBuffer::scroll_up() {
    if (listener_ && window_.bottom == height_ - 1) listener_->before_scroll(1, true);
    first_ = (first_ + 1) % height_;
    Cell* last = mutable_row(height_ - 1);
    for (int x = 0; x < width_; ++x)
        last[x] = {u' ', attributes};
    if (window_.bottom == height_ - 1)
        touch(height_ - 1, height_ - 1);
    else
        touch(0, height_ - 1);
}

void ScreenBuffer::backspace() {
    if (cursor_.x > 0) {
        --cursor_.x;
    } else if (cursor_.y > 0) {
        --cursor_.y;
        cursor_.x = width_ - 1;
    }
    follow_cursor();
}

void ScreenBuffer::write(Point at, const WCHAR* character, const USHORT* wanted) {
    Cell& cell = mutable_row(at.y)[at.x];
    if (character) cell.character = *character;
    if (wanted) cell.attributes = *wanted;
    touch(at.y, at.y);
}

ULONG ScreenBuffer::fill(Point at, ULONG count, bool wraps, const WCHAR* character, const USHORT* wanted) {
    if (at.x < 0 || at.y < 0 || at.x >= width_ || at.y >= height_) return 0;
    const ULONG cells = static_cast<ULONG>(width_) * static_cast<ULONG>(height_);
    ULONG done = 0;
    for (Point place = at; done < count && place.y < height_; ++done) {
        write(place, character, wanted);
        if (++place.x < width_) continue;
        if (!wraps) return done + 1;
        place.x = 0;
        ++place.y;
    }
    if (at == Point{} && done == cells && character && *character == u' ' && listener_) listener_->cleared();
    return done;
}

void ScreenBuffer::scroll(const Rect& area, Point to, const Rect& clip, Cell filler) {
    const Rect from = area.cut(bounds()), limit = clip.cut(bounds());
    if (from.empty()) return;
    // What was cut off at the left and the top does not move either.
    const Point origin{to.x + from.left - area.left, to.y + from.top - area.top};
    const int dx = origin.x - from.left, dy = origin.y - from.top;
    const Rect target =
        Rect{origin.x, origin.y, origin.x + from.width() - 1, origin.y + from.height() - 1}.cut(limit);
    if (!target.empty()) {
        // In the order in which no cell is overwritten before it has moved.
        const bool up = dy < 0 || (dy == 0 && dx < 0);
        for (int i = 0; i < target.height(); ++i) {
            const int y = up ? target.top + i : target.bottom - i;
            Cell* into = mutable_row(y);
            const Cell* source = row(y - dy);
            for (int j = 0; j < target.width(); ++j) {
                const int x = up ? target.left + j : target.right - j;
                into[x] = source[x - dx];
            }
        }
        touch(target.top, target.bottom);
    }
    const Rect left_behind = from.cut(limit);
    for (int y = left_behind.top; y <= left_behind.bottom; ++y)
        for (int x = left_behind.left; x <= left_behind.right; ++x) {
            const bool covered =
                x >= target.left && x <= target.right && y >= target.top && y <= target.bottom;
            if (!covered || target.empty()) write({x, y}, &filler.character, &filler.attributes);
        }
}

void ScreenBuffer::scroll_rows(int top, int bottom, int rows) {
    const Rect area{0, top, width_ - 1, bottom};
    scroll(area, {0, top - rows}, area, {u' ', attributes});
}

}  // namespace conhost
