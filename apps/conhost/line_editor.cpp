// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/line_editor.hpp"

namespace conhost {

const app::List<Text>& LineEditor::lines() const {
    [[clang::no_destroy]] static constinit const app::List<Text> none;
    return history_ ? history_->lines() : none;
}

void LineEditor::begin(History* history, View initial, SIZE_T longest, ULONG wakes, bool inserts) {
    history_ = history;
    longest_ = longest;
    wakes_ = wakes;
    inserts_ = inserts;
    replace(initial.first(longest));
    recalled_ = this->lines().size();
}

void LineEditor::replace(View text) {
    Text copy(text.first(longest_));
    text_.swap(copy);
    cursor_ = text_.size();
}

void LineEditor::type(WCHAR c) {
    if (!inserts_ && cursor_ < text_.size())
        text_.erase(cursor_, 1);
    else if (text_.size() >= longest_)
        return;
    text_.insert(cursor_++, View(&c, 1));
}

void LineEditor::move_word(bool forward) {
    const auto blank = [&](SIZE_T at) { return text_[at] == u' '; };
    if (forward) {
        while (cursor_ < text_.size() && !blank(cursor_))
            ++cursor_;
        while (cursor_ < text_.size() && blank(cursor_))
            ++cursor_;
        return;
    }
    while (cursor_ && blank(cursor_ - 1))
        --cursor_;
    while (cursor_ && !blank(cursor_ - 1))
        --cursor_;
}

void LineEditor::recall(bool earlier) {
    const app::List<Text>& lines = this->lines();
    // There may be fewer than when the line was begun.
    if (recalled_ > lines.size()) recalled_ = lines.size();
    if (earlier ? recalled_ == 0 : recalled_ + 1 >= lines.size()) return;
    recalled_ += earlier ? SIZE_T{0} - 1 : 1;
    replace(lines[recalled_]);
}

// The nearest earlier line that begins with what stands before the cursor.
void LineEditor::complete_from_history() {
    const app::List<Text>& lines = this->lines();
    const SIZE_T cursor = cursor_;
    if (recalled_ > lines.size()) recalled_ = lines.size();
    for (SIZE_T i = 0; i < lines.size(); ++i) {
        const SIZE_T at = (recalled_ + 2 * lines.size() - 1 - i) % lines.size();
        if (!lines[at].view().starts_with(text_.view().first(cursor))) continue;
        recalled_ = at;
        replace(lines[at]);
        cursor_ = cursor;
        return;
    }
}

// From the line before, from the cursor's place on.
void LineEditor::copy_from_last(SIZE_T count) {
    const app::List<Text>& lines = this->lines();
    if (lines.empty()) return;
    const View last = lines[lines.size() - 1].view().from(cursor_).first(count);
    for (SIZE_T i = 0; i < last.size && cursor_ < longest_; ++i) {
        if (cursor_ < text_.size()) text_.erase(cursor_, 1);
        text_.insert(cursor_++, View(&last.data[i], 1));
    }
}

LineEditor::Result LineEditor::key(const KeyEvent& event) {
    const bool control = event.state & kAnyControl;
    if (event.character && event.character < 32 && wakes_ >> event.character & 1) {
        // It takes the place where the cursor is.
        const WCHAR c = event.character;
        text_.insert(cursor_, View(&c, 1));
        return Result::Woken;
    }
    switch (event.key) {
        case kVkReturn:
            if (history_) history_->remember(text_);
            return Result::Entered;
        case kVkEscape:
            replace(View());
            break;
        case kVkBack:
            if (cursor_) text_.erase(--cursor_, 1);
            break;
        case kVkDelete:
            if (cursor_ < text_.size()) text_.erase(cursor_, 1);
            break;
        case kVkLeft:
            if (control)
                move_word(false);
            else if (cursor_)
                --cursor_;
            break;
        case kVkRight:
            if (control)
                move_word(true);
            else if (cursor_ < text_.size())
                ++cursor_;
            else
                copy_from_last(1);
            break;
        case kVkHome:
            if (control) text_.erase(0, cursor_);
            cursor_ = 0;
            break;
        case kVkEnd:
            if (control) text_.truncate(cursor_);
            cursor_ = text_.size();
            break;
        case kVkUp:
        case kVkF1 + 4:
            recall(true);
            break;
        case kVkDown:
            recall(false);
            break;
        case kVkPrior:
            if (!lines().empty()) replace(lines()[recalled_ = 0]);
            break;
        case kVkNext:
            if (!lines().empty()) replace(lines()[recalled_ = lines().size() - 1]);
            break;
        case kVkF1:
            copy_from_last(1);
            break;
        case kVkF1 + 2:
            copy_from_last(longest_);
            break;
        case kVkF1 + 6:
            if ((event.state & kAnyAlt) && history_) history_->clear();
            break;
        case kVkF1 + 7:
            complete_from_history();
            break;
        case kVkInsert:
            inserts_ = !inserts_;
            break;
        default:
            if (event.character && !(event.state & kAnyAlt && !control)) type(event.character);
            break;
    }
    return Result::Editing;
}

}  // namespace conhost
