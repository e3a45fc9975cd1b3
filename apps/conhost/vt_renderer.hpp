// SPDX-License-Identifier: GPL-3.0-only
//
// The window of a screen buffer on a terminal: only what is different from what the terminal shows is sent,
// in UTF-8 with VT sequences, and all moves are relative, so that it begins in whatever row the terminal's
// cursor is and text that has scrolled away stays in the terminal's own history.
#pragma once

#include "apps/conhost/kept.hpp"
#include "apps/conhost/screen_buffer.hpp"

namespace conhost {

class VtRenderer final : public ScreenListener {
public:
    // Where the bytes go.
    class Sink {
    public:
        virtual void send(const char* bytes, SIZE_T length) = 0;
        // It has a place for a title.
        virtual bool has_title() const { return true; }

    protected:
        ~Sink() = default;
    };

    explicit VtRenderer(Sink& sink) : sink_(sink) {}
    VtRenderer(const VtRenderer&) = delete;
    VtRenderer& operator=(const VtRenderer&) = delete;
    ~VtRenderer();

    // What is shown lies there from now on, if it fits; before anything else.
    void keep_in(Kept& kept) { kept_ = &kept; }
    // Shows `buffer`, which becomes as large as what a host that has ended has shown and gets what that was;
    // the cursor at the begin of a row. False: nothing was kept, or no memory.
    bool go_on(ScreenBuffer& buffer);
    // From now on this one. False: no memory.
    bool show(ScreenBuffer& buffer);
    // Sends what is different.
    void flush();
    // The terminal shows something else: all of it anew, from the top of a cleared screen.
    bool redraw();
    void title(app::View text);
    void beep();

    void before_scroll(int rows, bool in_place) override;
    void cleared() override;

private:
    bool make_room(int width, int height);
    void render_rows();
    void place_cursor();
    void flush_row(int row);
    void move_to(int x, int y);
    void color(USHORT attributes);
    void character(WCHAR c);
    void text(const char* ascii);
    void sequence(int number, char final);
    void byte(char c);
    void drain();

    Sink& sink_;
    void let_go();

    ScreenBuffer* buffer_ = nullptr;
    Kept* kept_ = nullptr;
    Cell* shown_ = nullptr;  // kept_'s, or on the heap
    int width_ = 0, height_ = 0;
    Point window_;  // of the buffer, when it was shown last
    Point at_;      // of the terminal's cursor in the window; x -1: in that row, nobody knows where
    USHORT attributes_ = 7;
    bool cursor_visible_ = true;
    WCHAR high_ = 0;  // half of a character
    char out_[2048];
    SIZE_T used_ = 0;
};

}  // namespace conhost
