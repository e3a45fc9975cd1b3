// SPDX-License-Identifier: GPL-3.0-only
//
// What a program writes, brought to its screen buffer: plain characters and controls as
// ENABLE_PROCESSED_OUTPUT and ENABLE_WRAP_AT_EOL_OUTPUT say, and virtual terminal sequences where
// ENABLE_VIRTUAL_TERMINAL_PROCESSING is set. A sequence may be split over writes.
#pragma once

#include "apps/conhost/screen_buffer.hpp"

namespace conhost {

class VtOutput {
public:
    // What a sequence means beyond the buffer.
    class Effects {
    public:
        virtual void set_title(app::View title) = 0;
        virtual void answer(app::View text) = 0;  // as if it had been typed
        virtual void beep() = 0;

    protected:
        ~Effects() = default;
    };

    void write(ScreenBuffer& buffer, Effects& effects, app::View text);
    // The alternate screen (CSI ? 1049 h): what stands in the window is put aside until `l`, or until who has
    // asked for it is gone.
    bool is_alternate() const { return alternate_; }
    void set_alternate(ScreenBuffer& buffer, bool on);

private:
    enum class State : UCHAR { Text, Escape, Sequence, String, StringEscape, Designate };
    static constexpr unsigned kMostParameters = 16;
    static constexpr int kLargest = 32767;
    static constexpr SIZE_T kLongestString = 1024;

    void control(ScreenBuffer& buffer, Effects& effects, WCHAR c);
    void plain(ScreenBuffer& buffer, WCHAR c);
    void vt(ScreenBuffer& buffer, Effects& effects, WCHAR c);
    void escape(ScreenBuffer& buffer, WCHAR c);
    void sequence(ScreenBuffer& buffer, Effects& effects, WCHAR c);
    void execute(ScreenBuffer& buffer, Effects& effects, WCHAR final);
    void move(ScreenBuffer& buffer, int x, int y);
    void erase_display(ScreenBuffer& buffer, int how);
    void erase_line(ScreenBuffer& buffer, int how);
    void shift_characters(ScreenBuffer& buffer, int count);
    void set_modes(ScreenBuffer& buffer, bool on);
    void rendition(ScreenBuffer& buffer);
    unsigned extended_color(unsigned at, int& color) const;
    void report(ScreenBuffer& buffer, Effects& effects);
    void index_up(ScreenBuffer& buffer);
    void feed(ScreenBuffer& buffer);
    int parameter(unsigned index, int otherwise) const {
        return index < count_ && parameters_[index] > 0 ? parameters_[index] : otherwise;
    }

    State state_ = State::Text;
    WCHAR private_ = 0;
    WCHAR intermediate_ = 0;
    int parameters_[kMostParameters] = {};
    unsigned count_ = 0;
    app::Text string_;
    Point saved_;
    USHORT saved_attributes_ = 7;
    bool pending_wrap_ = false;  // the last column was written: the next character begins a row
    Point pending_at_;
    int margin_top_ = 0, margin_bottom_ = -1;  // rows of the window; -1: its last
    USHORT base_ = 7;                          // of SGR 0
    bool base_known_ = false;
    bool alternate_ = false;
    app::List<Cell> behind_;  // the window's rows, of behind_width_ each
    int behind_width_ = 0;
    Point behind_cursor_;
    USHORT behind_attributes_ = 7;
};

}  // namespace conhost
