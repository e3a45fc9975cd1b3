// SPDX-License-Identifier: GPL-3.0-only
//
// A line as it is typed, as the console's cooked reads edit it: insert and overtype, words, the keys of NT's
// command line (F1 F3 F5 F8, Alt-F7, Esc, Ctrl-Home, Ctrl-End), and the lines entered before.
#pragma once

#include "apps/conhost/history.hpp"
#include "apps/conhost/records.hpp"

namespace conhost {

class LineEditor {
public:
    enum class Result { Editing, Entered, Woken };

    // `longest` characters fit; `wakes`: a bit for each control character that ends the reading. Null: lines
    // are neither recalled nor remembered.
    void begin(History* history, View initial, SIZE_T longest, ULONG wakes, bool inserts);
    // A key that is pressed.
    Result key(const KeyEvent& event);
    View text() const { return text_; }
    SIZE_T cursor() const { return cursor_; }
    bool inserts() const { return inserts_; }
    // In place of what is there; the cursor at its end.
    void replace(View text);

private:
    void type(WCHAR c);
    void move_word(bool forward);
    void recall(bool earlier);
    void complete_from_history();
    void copy_from_last(SIZE_T count);

    const app::List<Text>& lines() const;

    History* history_ = nullptr;
    Text text_;
    SIZE_T cursor_ = 0;
    SIZE_T recalled_ = 0;
    SIZE_T longest_ = 0;
    ULONG wakes_ = 0;
    bool inserts_ = true;
};

}  // namespace conhost
