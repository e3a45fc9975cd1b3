// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/vt_output.hpp"

namespace conhost {
namespace {

constexpr WCHAR kEscape = 0x1B;

int clamp(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

}  // namespace

void VtOutput::write(ScreenBuffer& buffer, Effects& effects, app::View text) {
    const bool sequences = (buffer.mode & 0x1) && (buffer.mode & 0x4);
    if (!sequences) state_ = State::Text;
    if (!base_known_) base_ = buffer.attributes, base_known_ = true;
    for (SIZE_T i = 0; i < text.size; ++i) {
        const WCHAR c = text[i];
        if (sequences)
            vt(buffer, effects, c);
        else if (c < 0x20 && (buffer.mode & 0x1))
            control(buffer, effects, c);
        else
            plain(buffer, c);
    }
}

void VtOutput::plain(ScreenBuffer& buffer, WCHAR c) {
    const bool wraps = buffer.mode & 0x2, late = buffer.mode & 0x4;
    if (!late) return buffer.put(c, wraps);
    // A terminal wraps when the next character comes, not at the one that fills the row.
    if (pending_wrap_ && buffer.cursor() == pending_at_ && wraps) {
        buffer.carriage_return();
        feed(buffer);
    }
    const Point at = buffer.cursor();
    pending_wrap_ = at.x == buffer.width() - 1;
    pending_at_ = at;
    buffer.put(c, false);
}

void VtOutput::control(ScreenBuffer& buffer, Effects& effects, WCHAR c) {
    switch (c) {
        case u'\a':
            return effects.beep();
        case u'\b':
            pending_wrap_ = false;
            if (buffer.mode & 0x4) {
                if (buffer.cursor().x > 0) buffer.backspace();
                return;
            }
            return buffer.backspace();
        case u'\t':
            do
                buffer.put(u' ', buffer.mode & 0x2);
            while (buffer.cursor().x % 8 != 0 && buffer.cursor().x < buffer.width() - 1);
            return;
        case u'\n':
            pending_wrap_ = false;
            if (!(buffer.mode & 0x8)) buffer.carriage_return();
            return feed(buffer);
        case u'\r':
            pending_wrap_ = false;
            return buffer.carriage_return();
        default:
            return plain(buffer, c);
    }
}

// Down by a line, within the margins where the cursor is in them.
void VtOutput::feed(ScreenBuffer& buffer) {
    const Rect& window = buffer.window();
    const bool margins = margin_bottom_ >= 0 && (margin_top_ > 0 || margin_bottom_ < window.height() - 1);
    if (margins && buffer.cursor().y == window.top + margin_bottom_)
        return buffer.scroll_rows(window.top + margin_top_, window.top + margin_bottom_, 1);
    buffer.line_feed();
}

void VtOutput::index_up(ScreenBuffer& buffer) {
    const Rect& window = buffer.window();
    const int top = window.top + margin_top_;
    const int bottom = margin_bottom_ >= 0 ? window.top + margin_bottom_ : window.bottom;
    if (buffer.cursor().y == top) return buffer.scroll_rows(top, bottom, -1);
    if (buffer.cursor().y > 0) buffer.set_cursor({buffer.cursor().x, buffer.cursor().y - 1});
}

void VtOutput::vt(ScreenBuffer& buffer, Effects& effects, WCHAR c) {
    switch (state_) {
        case State::Text:
            if (c == kEscape)
                state_ = State::Escape;
            else if (c < 0x20)
                control(buffer, effects, c);
            else if (c != 0x7F)
                plain(buffer, c);
            return;
        case State::Escape:
            return escape(buffer, c);
        case State::Sequence:
            return sequence(buffer, effects, c);
        case State::Designate:
            state_ = State::Text;
            return;
        case State::String:
            if (c == kEscape) {
                state_ = State::StringEscape;
            } else if (c == u'\a' || c == 0x9C) {
                state_ = State::Text;
                const app::View text = string_.view();
                if (text.size > 1 && (text[0] == u'0' || text[0] == u'2') && text[1] == u';')
                    effects.set_title(text.from(2));
            } else if (string_.size() < kLongestString) {
                string_.append(c);
            }
            return;
        case State::StringEscape:
            state_ = State::String;
            return vt(buffer, effects, u'\a');
    }
}

void VtOutput::escape(ScreenBuffer& buffer, WCHAR c) {
    state_ = State::Text;
    switch (c) {
        case u'[':
            state_ = State::Sequence;
            private_ = intermediate_ = 0;
            count_ = 0;
            for (int& value : parameters_)
                value = 0;
            return;
        case u']':
        case u'P':
        case u'X':
        case u'^':
        case u'_':
            state_ = State::String;
            string_.clear();
            return;
        case u'(':
        case u')':
        case u'*':
        case u'+':
            state_ = State::Designate;
            return;
        case u'7':
            saved_ = {buffer.cursor().x, buffer.cursor().y - buffer.window().top};
            saved_attributes_ = buffer.attributes;
            return;
        case u'8':
            buffer.attributes = saved_attributes_;
            return move(buffer, saved_.x, saved_.y);
        case u'D':
            return feed(buffer);
        case u'E':
            buffer.carriage_return();
            return feed(buffer);
        case u'M':
            return index_up(buffer);
        case u'c':
            buffer.attributes = base_;
            margin_top_ = 0, margin_bottom_ = -1;
            erase_display(buffer, 2);
            return move(buffer, 0, 0);
        default:
            return;
    }
}

void VtOutput::sequence(ScreenBuffer& buffer, Effects& effects, WCHAR c) {
    if (c >= u'0' && c <= u'9') {
        if (count_ == 0) count_ = 1;
        int& value = parameters_[count_ - 1];
        value = clamp(value * 10 + (c - u'0'), 0, kLargest);
    } else if (c == u';' || c == u':') {
        if (count_ == 0) count_ = 1;
        if (count_ < kMostParameters) ++count_;
    } else if (c >= u'<' && c <= u'?') {
        private_ = c;
    } else if (c >= u' ' && c <= u'/') {
        intermediate_ = c;
    } else if (c >= 0x40 && c <= 0x7E) {
        state_ = State::Text;
        execute(buffer, effects, c);
    } else if (c == kEscape) {
        state_ = State::Escape;
    } else if (c == 0x18 || c == 0x1A) {
        state_ = State::Text;
    } else if (c < 0x20) {
        control(buffer, effects, c);
    }
}

// In the window; outside it the nearest place.
void VtOutput::move(ScreenBuffer& buffer, int x, int y) {
    const Rect& window = buffer.window();
    pending_wrap_ = false;
    buffer.set_cursor({clamp(x, 0, buffer.width() - 1), clamp(window.top + y, window.top, window.bottom)});
}

void VtOutput::execute(ScreenBuffer& buffer, Effects& effects, WCHAR final) {
    const Rect window = buffer.window();
    const int x = buffer.cursor().x, y = buffer.cursor().y - window.top, n = parameter(0, 1);
    if (intermediate_) return;  // DECSCUSR, DECSTR and the like: of the shape alone
    if (private_ && final != u'h' && final != u'l') return;
    switch (final) {
        case u'A':
            return move(buffer, x, y - n);
        case u'B':
            return move(buffer, x, y + n);
        case u'C':
            return move(buffer, x + n, y);
        case u'D':
            return move(buffer, x - n, y);
        case u'E':
            return move(buffer, 0, y + n);
        case u'F':
            return move(buffer, 0, y - n);
        case u'G':
        case u'`':
            return move(buffer, n - 1, y);
        case u'd':
            return move(buffer, x, n - 1);
        case u'H':
        case u'f':
            return move(buffer, parameter(1, 1) - 1, n - 1);
        case u'J':
            return erase_display(buffer, parameter(0, 0));
        case u'K':
            return erase_line(buffer, parameter(0, 0));
        case u'X': {
            const WCHAR blank = u' ';
            buffer.fill(buffer.cursor(), static_cast<ULONG>(n), false, &blank, &buffer.attributes);
            return;
        }
        case u'@':
            return shift_characters(buffer, n);
        case u'P':
            return shift_characters(buffer, -n);
        case u'L':
            return buffer.scroll_rows(buffer.cursor().y, window.bottom, -n);
        case u'M':
            return buffer.scroll_rows(buffer.cursor().y, window.bottom, n);
        case u'S':
            return buffer.scroll_rows(window.top, window.bottom, n);
        case u'T':
            return buffer.scroll_rows(window.top, window.bottom, -n);
        case u'h':
        case u'l':
            return set_modes(buffer, final == u'h');
        case u'm':
            return rendition(buffer);
        case u'n':
            return report(buffer, effects);
        case u'c':
            return effects.answer(u"\x1b[?1;0c");
        case u'r':
            margin_top_ = clamp(n - 1, 0, window.height() - 1);
            margin_bottom_ = clamp(parameter(1, window.height()) - 1, 0, window.height() - 1);
            if (margin_bottom_ <= margin_top_) margin_top_ = 0, margin_bottom_ = -1;
            return move(buffer, 0, 0);
        case u's':
            saved_ = {x, y};
            return;
        case u'u':
            return move(buffer, saved_.x, saved_.y);
        default:
            return;
    }
}

void VtOutput::erase_display(ScreenBuffer& buffer, int how) {
    const Rect window = buffer.window();
    const WCHAR blank = u' ';
    const Point at = buffer.cursor();
    const ULONG row = static_cast<ULONG>(buffer.width());
    if (how == 0) {
        const ULONG rest = row - static_cast<ULONG>(at.x) + row * static_cast<ULONG>(window.bottom - at.y);
        buffer.fill(at, rest, true, &blank, &buffer.attributes);
    } else if (how == 1) {
        const ULONG before = row * static_cast<ULONG>(at.y - window.top) + static_cast<ULONG>(at.x) + 1;
        buffer.fill({0, window.top}, before, true, &blank, &buffer.attributes);
    } else if (how == 2) {
        buffer.fill({0, window.top}, row * static_cast<ULONG>(window.height()), true, &blank,
                    &buffer.attributes);
    } else if (how == 3 && window.top > 0) {
        buffer.fill({0, 0}, row * static_cast<ULONG>(window.top), true, &blank, &buffer.attributes);
    }
}

void VtOutput::erase_line(ScreenBuffer& buffer, int how) {
    const WCHAR blank = u' ';
    const Point at = buffer.cursor();
    const Point from{how == 0 ? at.x : 0, at.y};
    const int count = how == 0 ? buffer.width() - at.x : how == 1 ? at.x + 1 : buffer.width();
    buffer.fill(from, static_cast<ULONG>(count), false, &blank, &buffer.attributes);
}

// To the right of the cursor: away from it, or towards it when negative.
void VtOutput::shift_characters(ScreenBuffer& buffer, int count) {
    const Point at = buffer.cursor();
    const Rect rest{at.x, at.y, buffer.width() - 1, at.y};
    buffer.scroll(rest, {at.x + count, at.y}, rest, {u' ', buffer.attributes});
}

void VtOutput::set_modes(ScreenBuffer& buffer, bool on) {
    for (unsigned i = 0; i < count_ && private_ == u'?'; ++i) {
        if (parameters_[i] == 25) buffer.cursor_visible = on;
        if (parameters_[i] == 1049 || parameters_[i] == 1047 || parameters_[i] == 47)
            set_alternate(buffer, on);
    }
}

void VtOutput::set_alternate(ScreenBuffer& buffer, bool on) {
    if (on == alternate_) return;
    const Rect window = buffer.window();
    if (on) {
        app::List<Cell> cells;
        for (int y = window.top; y <= window.bottom; ++y)
            for (int x = 0; x < buffer.width(); ++x)
                cells.push(buffer.row(y)[x]);
        behind_.swap(cells);
        behind_width_ = buffer.width();
        behind_cursor_ = {buffer.cursor().x, buffer.cursor().y - window.top};
        behind_attributes_ = buffer.attributes;
    }
    alternate_ = on;
    margin_top_ = 0, margin_bottom_ = -1;
    if (!on) buffer.attributes = behind_attributes_;
    erase_display(buffer, 2);
    if (on) return;
    // The window may have another size now.
    for (SIZE_T i = 0; i < behind_.size(); ++i) {
        const int x = static_cast<int>(i) % behind_width_, y = static_cast<int>(i) / behind_width_;
        if (x < buffer.width() && y < window.height())
            buffer.write({x, window.top + y}, &behind_[i].character, &behind_[i].attributes);
    }
    move(buffer, behind_cursor_.x, behind_cursor_.y);
    app::List<Cell> none;
    behind_.swap(none);
}

void VtOutput::report(ScreenBuffer& buffer, Effects& effects) {
    if (parameter(0, 0) == 5) return effects.answer(u"\x1b[0n");
    if (parameter(0, 0) != 6) return;
    app::Text text(u"\x1b[");
    const auto number = [&](int value) {
        WCHAR digits[8];
        unsigned length = 0;
        do
            digits[length++] = static_cast<WCHAR>(u'0' + value % 10);
        while (value /= 10);
        while (length)
            text.append(digits[--length]);
    };
    number(buffer.cursor().y - buffer.window().top + 1);
    text.append(u';');
    number(buffer.cursor().x + 1);
    text.append(u'R');
    effects.answer(text);
}

}  // namespace conhost
