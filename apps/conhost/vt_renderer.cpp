// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/vt_renderer.hpp"

#include "apps/common/native.hpp"

namespace conhost {
namespace {

constexpr int kShortGap = 4;
constexpr USHORT kPlain = 7, kReverse = 0x4000, kUnderscore = 0x8000;
constexpr char kColor[8] = {'0', '4', '2', '6', '1', '5', '3', '7'};

}  // namespace

VtRenderer::~VtRenderer() {
    if (buffer_) buffer_->listen(nullptr);
    let_go();
}

void VtRenderer::let_go() {
    if (shown_ && (!kept_ || shown_ != kept_->cells)) RtlFreeHeap(RtlProcessHeap(), 0, shown_);
    shown_ = nullptr;
}

bool VtRenderer::make_room(int width, int height) {
    if (width == width_ && height == height_) return true;
    const SIZE_T count = static_cast<SIZE_T>(width) * static_cast<SIZE_T>(height);
    auto* shown = static_cast<Cell*>(RtlAllocateHeap(RtlProcessHeap(), 0, count * sizeof(Cell)));
    if (!shown) return false;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            shown[y * width + x] = y < height_ && x < width_ ? shown_[y * width_ + x] : Cell();
    if (shown_) at_.x = -1;
    let_go();
    shown_ = shown;
    if (kept_ && count <= Kept::kMostCells) {
        RtlMoveMemory(kept_->cells, shown, count * sizeof(Cell));
        RtlFreeHeap(RtlProcessHeap(), 0, shown);
        shown_ = kept_->cells;
    }
    width_ = width;
    height_ = height;
    if (at_.y >= height) at_.y = height - 1;
    return true;
}

bool VtRenderer::go_on(ScreenBuffer& buffer) {
    if (!kept_ || !kept_->shows() || !buffer.resize(kept_->width, kept_->height)) return false;
    // A host that dies of what was kept is the last one to try it.
    kept_->magic = 0;
    width_ = kept_->width;
    height_ = kept_->height;
    shown_ = kept_->cells;
    const Point cursor = kept_->cursor;
    for (int y = 0; y < height_; ++y)
        for (int x = 0; x < width_; ++x) {
            const Cell& cell = shown_[y * width_ + x];
            buffer.write({x, y}, &cell.character, &cell.attributes);
        }
    // Whatever was begun: colour, hidden cursor, a line.
    text("\x1b[0m\x1b[?25h");
    at_ = {-1, cursor.y};
    buffer.set_window(buffer.bounds());
    buffer.set_cursor({0, cursor.y});
    if (!show(buffer)) return false;
    if (cursor.x != 0) buffer.line_feed();
    return true;
}

bool VtRenderer::show(ScreenBuffer& buffer) {
    const Rect& window = buffer.window();
    if (!make_room(window.width(), window.height())) return false;
    if (buffer_) buffer_->listen(nullptr);
    buffer_ = &buffer;
    window_ = {window.left, window.top};
    buffer.listen(this);
    buffer.touch(window.top, window.bottom);
    return true;
}

bool VtRenderer::redraw() {
    if (!buffer_ || !show(*buffer_)) return false;
    cleared();
    return true;
}

void VtRenderer::cleared() {
    color(kPlain);
    text("\x1b[H\x1b[2J");
    for (int i = 0; i < width_ * height_; ++i)
        shown_[i] = Cell();
    at_ = {};
}

void VtRenderer::before_scroll(int rows, bool in_place) {
    // Not sent yet: a terminal draws once for each piece that it gets. The cursor may be below the window
    // now.
    render_rows();
    color(kPlain);
    move_to(0, height_ - 1);
    const int gone = rows < height_ ? rows : height_;
    for (int i = 0; i < gone; ++i)
        byte('\n');
    const SIZE_T left = static_cast<SIZE_T>(height_ - gone) * static_cast<SIZE_T>(width_);
    RtlMoveMemory(shown_, shown_ + gone * width_, left * sizeof(Cell));
    for (int i = (height_ - gone) * width_; i < height_ * width_; ++i)
        shown_[i] = Cell();
    if (!in_place) window_.y += rows;
}

void VtRenderer::flush() {
    render_rows();
    place_cursor();
    drain();
    if (!kept_) return;
    kept_->width = shown_ == kept_->cells ? width_ : 0;
    kept_->height = height_;
    kept_->cursor = at_;
}

void VtRenderer::render_rows() {
    if (!buffer_) return;
    const Rect& window = buffer_->window();
    if (window.width() != width_ || window.height() != height_) {
        if (!make_room(window.width(), window.height())) return;
        buffer_->touch(window.top, window.bottom);
    }
    int first = buffer_->first_touched() - window.top, last = buffer_->last_touched() - window.top;
    if (window.left != window_.x || window.top != window_.y) first = 0, last = height_ - 1;
    window_ = {window.left, window.top};
    for (int row = first < 0 ? 0 : first; row <= last && row < height_; ++row)
        flush_row(row);
    buffer_->untouch();
}

void VtRenderer::place_cursor() {
    if (!buffer_) return;
    const Rect& window = buffer_->window();
    const Point cursor = buffer_->cursor();
    const bool inside = cursor.x >= window.left && cursor.x <= window.right && cursor.y >= window.top &&
                        cursor.y <= window.bottom;
    if (inside) move_to(cursor.x - window.left, cursor.y - window.top);
    const bool visible = inside && buffer_->cursor_visible;
    if (visible != cursor_visible_) text(visible ? "\x1b[?25h" : "\x1b[?25l");
    cursor_visible_ = visible;
}

void VtRenderer::flush_row(int row) {
    const Rect& window = buffer_->window();
    const Cell* cells = buffer_->row(window.top + row) + window.left;
    Cell* shown = shown_ + row * width_;
    // Blanks at the end of a row that the terminal has none of are erased at once.
    int end = width_;
    while (end > 0 && cells[end - 1] == Cell())
        --end;
    for (int x = 0; x < end; ++x) {
        if (cells[x] == shown[x]) continue;
        move_to(x, row);
        color(cells[x].attributes);
        character(cells[x].character);
        shown[x] = cells[x];
        // Behind the last column terminals differ.
        at_.x = x + 1 < width_ ? x + 1 : -1;
    }
    int different = end;
    while (different < width_ && cells[different] == shown[different])
        ++different;
    if (different == width_) return;
    move_to(end, row);
    color(kPlain);
    text("\x1b[K");
    for (int x = end; x < width_; ++x)
        shown[x] = cells[x];
}

void VtRenderer::move_to(int x, int y) {
    if (y < at_.y) sequence(at_.y - y, 'A');
    if (y > at_.y) {
        byte('\r');
        for (int i = at_.y; i < y; ++i)
            byte('\n');
        at_.x = 0;
    }
    at_.y = y;
    if (at_.x == x) return;
    if (x == 0 || at_.x < 0) {
        byte('\r');
        at_.x = 0;
    }
    if (x < at_.x && at_.x - x <= 4)
        for (int i = x; i < at_.x; ++i)
            byte('\b');
    else if (x < at_.x)
        sequence(at_.x - x, 'D');
    else if (x - at_.x > kShortGap)
        sequence(x - at_.x, 'C');
    else
        for (; at_.x < x; ++at_.x) {
            // A few characters again are as short as a move.
            const Cell& cell = shown_[y * width_ + at_.x];
            color(cell.attributes);
            character(cell.character);
        }
    at_.x = x;
}

void VtRenderer::color(USHORT attributes) {
    if (attributes == attributes_) return;
    attributes_ = attributes;
    text("\x1b[0");
    if (attributes & kReverse) text(";7");
    if (attributes & kUnderscore) text(";4");
    if ((attributes & 0x0F) != kPlain) {
        text(attributes & 0x08 ? ";9" : ";3");
        byte(kColor[attributes & 7]);
    }
    if (attributes & 0xF0) {
        text(attributes & 0x80 ? ";10" : ";4");
        byte(kColor[attributes >> 4 & 7]);
    }
    byte('m');
}

void VtRenderer::character(WCHAR c) {
    if (c >= 0xD800 && c < 0xDC00) {
        high_ = c;
        return;
    }
    if (c < 0x20 || c == 0x7F) c = c == 0 ? u' ' : u'?';
    const WCHAR both[2] = {high_, c};
    const app::View view = high_ ? app::View(both, 2) : app::View(both + 1, 1);
    high_ = 0;
    char bytes[8];
    for (SIZE_T i = 0; i < view.size; ++i) {
        const ULONG length = app::to_utf8(view, i, bytes);
        for (ULONG j = 0; j < length; ++j)
            byte(bytes[j]);
    }
}

void VtRenderer::title(app::View title) {
    if (!sink_.has_title()) return;
    text("\x1b]0;");
    for (SIZE_T i = 0; i < title.size; ++i)
        if (title[i] >= 0x20) character(title[i]);
    byte('\a');
    drain();
}

void VtRenderer::beep() {
    byte('\a');
    drain();
}

void VtRenderer::text(const char* ascii) {
    for (; *ascii; ++ascii)
        byte(*ascii);
}

void VtRenderer::sequence(int number, char final) {
    text("\x1b[");
    if (number != 1) {
        char digits[8];
        unsigned length = 0;
        do
            digits[length++] = static_cast<char>('0' + number % 10);
        while (number /= 10);
        while (length)
            byte(digits[--length]);
    }
    byte(final);
}

void VtRenderer::byte(char c) {
    if (used_ == sizeof out_) drain();
    out_[used_++] = c;
}

void VtRenderer::drain() {
    if (used_) sink_.send(out_, used_);
    used_ = 0;
}

}  // namespace conhost
