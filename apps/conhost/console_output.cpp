// SPDX-License-Identifier: GPL-3.0-only
//
// What programs ask of a screen buffer.
#include "apps/conhost/console.hpp"

namespace conhost {
namespace {

// The input of a request in pieces of any size, fetched in parts.
class Stream {
public:
    Stream(Server& server, UCHAR* part, const CONDRV_MESSAGE& message, ULONG64 at)
        : server_(server), part_(part), message_(message), at_(at) {}
    bool get(void* into, SIZE_T size) {
        for (auto* bytes = static_cast<UCHAR*>(into); size; --size) {
            if (used_ == have_) {
                have_ = at_ < message_.InputLength ? server_.read(message_.Id, at_, part_) : 0;
                at_ += have_;
                used_ = 0;
                if (!have_) return false;
            }
            *bytes++ = part_[used_++];
        }
        return true;
    }

private:
    Server& server_;
    UCHAR* part_;
    const CONDRV_MESSAGE& message_;
    ULONG64 at_;
    SIZE_T have_ = 0, used_ = 0;
};

SIZE_T unit_of(ULONG mode) {
    return mode == CONDRV_MODE_BOTH ? sizeof(Cell) : sizeof(WCHAR);
}

struct SmallRect {
    SHORT left, top, right, bottom;
};
SmallRect small(const Rect& rect) {
    return {static_cast<SHORT>(rect.left), static_cast<SHORT>(rect.top), static_cast<SHORT>(rect.right),
            static_cast<SHORT>(rect.bottom)};
}

}  // namespace

bool Console::control_output(const CONDRV_MESSAGE& message, Screen& screen) {
    switch (message.Code) {
        case CONDRV_WRITE_CONSOLE:
            write_text(message, screen, false);
            return true;
        case CONDRV_WRITE_FILE:
            write_text(message, screen, true);
            return true;
        case CONDRV_READ_OUTPUT:
            read_output(message, screen);
            return true;
        case CONDRV_WRITE_OUTPUT:
            write_output(message, screen);
            return true;
        case CONDRV_GET_OUTPUT_INFO:
            get_output_info(message, screen);
            return true;
        case CONDRV_SET_OUTPUT_INFO:
            set_output_info(message, screen);
            return true;
        case CONDRV_ACTIVATE:
            activate(screen);
            return answer(message, STATUS_SUCCESS), true;
        case CONDRV_FILL_OUTPUT:
            fill_output(message, screen);
            return true;
        case CONDRV_SCROLL:
            scroll_output(message, screen);
            return true;
        default:
            return false;
    }
}

// A part of it, and the answer once that was all; true then.
bool Console::write_part(Write& write, const UCHAR* part, SIZE_T length) {
    const SIZE_T all = write.message.InputLength;
    const bool last = !length || write.at + length >= all;
    // What somebody else writes next does not come into the midst of a character.
    if (!last)
        length = write.bytes ? output_page_.whole(part, length) : length / sizeof(WCHAR) * sizeof(WCHAR);
    if (write.bytes) {
        scratch_.clear();
        output_page_.decode(part, length, scratch_);
        write.screen->output.write(write.screen->buffer, *this, scratch_);
    } else {
        const View text(reinterpret_cast<const WCHAR*>(part), length / sizeof(WCHAR));
        write.screen->output.write(write.screen->buffer, *this, text);
    }
    ULONG& owner = write.screen->alternate_of;
    owner = !write.screen->output.is_alternate() ? 0 : owner ? owner : write.message.Process;
    write.at += length;
    if (last) server_.answer(write.message.Id, STATUS_SUCCESS, all);
    return last;
}

void Console::write_text(const CONDRV_MESSAGE& message, Screen& screen, bool bytes) {
    // The first part came with the message.
    Write write = {message, &screen, 0, bytes};
    if (!write_part(write, server_.input(), server_.input_length())) writes_.push(write);
}

void Console::write_on() {
    Write write = writes_[0];
    writes_.remove(0);
    const SIZE_T got = server_.read(write.message.Id, write.at, part_);
    if (!write_part(write, part_, got)) writes_.push(write);
}

void Console::read_output(const CONDRV_MESSAGE& message, Screen& screen) {
    CONDRV_RECTANGLE asked;
    const ScreenBuffer& buffer = screen.buffer;
    if (!argument(message, asked) || asked.Mode > CONDRV_MODE_BOTH)
        return answer(message, STATUS_INVALID_PARAMETER);
    if (asked.X >= static_cast<ULONG>(buffer.width()) || asked.Y >= static_cast<ULONG>(buffer.height()))
        return answer(message, asked.Width ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS);
    const int x = static_cast<int>(asked.X), y = static_cast<int>(asked.Y);
    const SIZE_T unit = unit_of(asked.Mode);
    app::List<UCHAR> out;
    const auto put = [&](const void* bytes, SIZE_T count) {
        for (SIZE_T i = 0; i < count; ++i)
            out.push(static_cast<const UCHAR*>(bytes)[i]);
    };
    const auto put_cell = [&](const Cell& cell) {
        if (asked.Mode == CONDRV_MODE_BOTH) put(&cell, sizeof cell);
        if (asked.Mode == CONDRV_MODE_TEXT) put(&cell.character, sizeof cell.character);
        if (asked.Mode == CONDRV_MODE_ATTRIBUTES) put(&cell.attributes, sizeof cell.attributes);
    };
    if (!asked.Width) {
        SIZE_T count = message.OutputLength / unit;
        for (Point at{x, y}; count && at.y < buffer.height(); --count) {
            put_cell(buffer.row(at.y)[at.x]);
            if (++at.x == buffer.width()) at = {0, at.y + 1};
        }
        return answer(message, STATUS_SUCCESS, out.begin(), out.size());
    }
    if (message.OutputLength < sizeof(SmallRect) + unit) return answer(message, STATUS_BUFFER_TOO_SMALL);
    const SIZE_T most = (message.OutputLength - sizeof(SmallRect)) / unit;
    const ULONG side = ScreenBuffer::kLargestSide;
    const int width = static_cast<int>(asked.Width < side ? asked.Width : side);
    const int rows = static_cast<int>(most / asked.Width < side ? most / asked.Width : side);
    const Rect area = Rect{x, y, x + width - 1, y + rows - 1}.cut(buffer.bounds());
    const SmallRect told = small(area);
    put(&told, sizeof told);
    for (int row = area.top; row <= area.bottom; ++row)
        for (int column = area.left; column <= area.right; ++column)
            put_cell(buffer.row(row)[column]);
    answer(message, STATUS_SUCCESS, out.begin(), out.size());
}

void Console::write_output(const CONDRV_MESSAGE& message, Screen& screen) {
    CONDRV_RECTANGLE asked;
    ScreenBuffer& buffer = screen.buffer;
    if (!argument(message, asked) || asked.Mode > CONDRV_MODE_BOTH)
        return answer(message, STATUS_INVALID_PARAMETER);
    const SIZE_T count = (message.InputLength - sizeof asked) / unit_of(asked.Mode);
    Stream stream(server_, part_, message, sizeof asked);
    const bool text = asked.Mode != CONDRV_MODE_ATTRIBUTES, colors = asked.Mode != CONDRV_MODE_TEXT;
    const auto next = [&](Cell& cell) {
        return (!text || stream.get(&cell.character, sizeof(WCHAR))) &&
               (!colors || stream.get(&cell.attributes, sizeof(USHORT)));
    };
    const ULONG side = ScreenBuffer::kLargestSide;
    const bool inside =
        asked.X < static_cast<ULONG>(buffer.width()) && asked.Y < static_cast<ULONG>(buffer.height());
    if (asked.Width > side || !inside) return answer(message, STATUS_INVALID_PARAMETER);
    Point at{static_cast<int>(asked.X), static_cast<int>(asked.Y)};
    Cell cell;
    ULONG written = 0;
    if (!asked.Width) {
        for (; written < count && at.y < buffer.height() && next(cell); ++written) {
            buffer.write(at, text ? &cell.character : nullptr, colors ? &cell.attributes : nullptr);
            if (++at.x == buffer.width()) at = {0, at.y + 1};
        }
        const SIZE_T told = message.OutputLength >= sizeof written ? sizeof written : 0;
        return answer(message, STATUS_SUCCESS, &written, told);
    }
    const int width = static_cast<int>(asked.Width);
    const int rows = static_cast<int>(count / asked.Width < side ? count / asked.Width : side);
    const Rect area = Rect{at.x, at.y, at.x + width - 1, at.y + rows - 1}.cut(buffer.bounds());
    for (int y = at.y; y <= area.bottom; ++y)
        for (int x = at.x; x < at.x + width && next(cell); ++x)
            if (x <= area.right)
                buffer.write({x, y}, text ? &cell.character : nullptr, colors ? &cell.attributes : nullptr);
    const SmallRect told = small(area);
    answer(message, STATUS_SUCCESS, &told, message.OutputLength >= sizeof told ? sizeof told : 0);
}

void Console::fill_output(const CONDRV_MESSAGE& message, Screen& screen) {
    CONDRV_FILL fill;
    if (!argument(message, fill) || fill.Mode < 0 || static_cast<ULONG>(fill.Mode) > CONDRV_MODE_BOTH ||
        fill.Count < 0)
        return answer(message, STATUS_INVALID_PARAMETER);
    const auto mode = static_cast<ULONG>(fill.Mode);
    const ULONG done = screen.buffer.fill({fill.X, fill.Y}, static_cast<ULONG>(fill.Count), fill.Wrap != 0,
                                          mode != CONDRV_MODE_ATTRIBUTES ? &fill.Character : nullptr,
                                          mode != CONDRV_MODE_TEXT ? &fill.Attributes : nullptr);
    answer(message, STATUS_SUCCESS, &done, message.OutputLength >= sizeof done ? sizeof done : 0);
}

void Console::scroll_output(const CONDRV_MESSAGE& message, Screen& screen) {
    CONDRV_SCROLL_AREA area;
    if (!argument(message, area)) return answer(message, STATUS_INVALID_PARAMETER);
    screen.buffer.scroll({area.Left, area.Top, area.Right, area.Bottom}, {area.ToX, area.ToY},
                         {area.ClipLeft, area.ClipTop, area.ClipRight, area.ClipBottom},
                         {area.FillCharacter, area.FillAttributes});
    answer(message, STATUS_SUCCESS);
}

void Console::get_output_info(const CONDRV_MESSAGE& message, Screen& screen) {
    constexpr SHORT kFontWidth = 8, kFontHeight = 16, kFontWeight = 400, kFontFamily = 0x30;
    const ScreenBuffer& buffer = screen.buffer;
    const SmallRect window = small(buffer.window());
    CONDRV_OUTPUT_INFO info = {};
    info.CursorSize = static_cast<SHORT>(buffer.cursor_size);
    info.CursorVisible = buffer.cursor_visible;
    info.CursorX = static_cast<SHORT>(buffer.cursor().x);
    info.CursorY = static_cast<SHORT>(buffer.cursor().y);
    info.Width = static_cast<SHORT>(buffer.width());
    info.Height = static_cast<SHORT>(buffer.height());
    info.Attributes = static_cast<SHORT>(buffer.attributes);
    info.PopupAttributes = static_cast<SHORT>(buffer.popup_attributes);
    info.Left = window.left, info.Top = window.top, info.Right = window.right, info.Bottom = window.bottom;
    info.MaxWidth = static_cast<SHORT>(columns_);
    info.MaxHeight = static_cast<SHORT>(rows_);
    info.FontWidth = kFontWidth, info.FontHeight = kFontHeight;
    info.FontWeight = kFontWeight, info.FontFamily = kFontFamily;
    RtlCopyMemory(info.Colors, colors_, sizeof colors_);
    // Who has room for it is told the font's name.
    constexpr WCHAR kFont[] = u"Terminal";
    struct {
        CONDRV_OUTPUT_INFO info;
        WCHAR font[sizeof kFont / sizeof(WCHAR)];
    } out;
    out.info = info;
    RtlCopyMemory(out.font, kFont, sizeof kFont);
    if (message.OutputLength < sizeof info) return answer(message, STATUS_BUFFER_TOO_SMALL);
    const SIZE_T length =
        message.OutputLength < sizeof info + sizeof kFont ? sizeof info : sizeof info + sizeof kFont;
    answer(message, STATUS_SUCCESS, &out, length);
}

void Console::set_output_info(const CONDRV_MESSAGE& message, Screen& screen) {
    CONDRV_SET_OUTPUT set;
    ScreenBuffer& buffer = screen.buffer;
    if (!argument(message, set)) return answer(message, STATUS_INVALID_PARAMETER);
    const CONDRV_OUTPUT_INFO& info = set.Info;
    bool good = true;
    if (set.Mask & CONDRV_SET_CURSOR_SHAPE) {
        good = info.CursorSize >= 1 && info.CursorSize <= 100;
        if (good) buffer.cursor_size = info.CursorSize, buffer.cursor_visible = info.CursorVisible != 0;
    }
    if (set.Mask & CONDRV_SET_SIZE) {
        // It may not be smaller than its window.
        const Rect& window = buffer.window();
        good = good && info.Width >= window.width() && info.Height >= window.height() &&
               buffer.resize(info.Width, info.Height);
    }
    if (set.Mask & CONDRV_SET_ATTRIBUTES) buffer.attributes = static_cast<USHORT>(info.Attributes);
    if (set.Mask & CONDRV_SET_POPUP_ATTRIBUTES)
        buffer.popup_attributes = static_cast<USHORT>(info.PopupAttributes);
    if (set.Mask & CONDRV_SET_CURSOR_POSITION) good = good && buffer.set_cursor({info.CursorX, info.CursorY});
    if (set.Mask & CONDRV_SET_WINDOW) {
        const Rect window{info.Left, info.Top, info.Right, info.Bottom};
        good = good && window.width() <= columns_ && window.height() <= rows_ && buffer.set_window(window);
    }
    answer(message, good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
}

void Console::activate(Screen& screen) {
    if (active_ == &screen) return;
    flush();
    active_ = &screen;
    renderer_.show(screen.buffer);
    renderer_.redraw();
}

}  // namespace conhost
