// SPDX-License-Identifier: GPL-3.0-only
//
// The line being typed: text, cursor, history and completion. Keys go in, a line or a redraw comes out; where
// the characters appear is the Screen's business, so that the editor runs on the host.
#pragma once

#include "apps/common/text.hpp"
#include "apps/ntcmd/keys.hpp"

namespace ntcmd {

using app::List;
using app::Text;
using app::View;

// The longest line that can be typed, in characters.
constexpr SIZE_T kLongestInput = 4095;

class Completer {
public:
    // Everything that the word which ends at the cursor may become, whole words. `first` is true for the
    // command's name.
    virtual void complete(View word, bool first, List<Text>& candidates) = 0;

protected:
    ~Completer() = default;
};

class LineEditor {
public:
    enum class Result { Editing, Entered, Cancelled };

    explicit LineEditor(Completer& completer) : completer_(completer) {}

    void begin();
    // Editing: draw text() and cursor() again. Entered: text() is the line, already in the history.
    Result key(const Key& key);
    View text() const { return text_.view(); }
    SIZE_T cursor() const { return cursor_; }
    // Candidates to be shown since the last key, when one word could become several.
    const List<Text>& choices() const { return choices_; }

private:
    void insert(WCHAR c);
    void move_word(bool forward);
    void recall(bool older);
    void complete();
    void replace(View text);
    void remember();

    static constexpr SIZE_T kHistory = 64;
    Completer& completer_;
    Text text_;
    SIZE_T cursor_ = 0;
    List<Text> history_;
    SIZE_T recalled_ = 0;  // index into history_, history_.size() for the line being typed
    Text typed_;           // that line, while an older one is shown
    List<Text> choices_;
};

}  // namespace ntcmd
