// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/line_editor.hpp"

namespace ntcmd {
namespace {

bool separates(WCHAR c) {
    return c == u' ' || c == u'&' || c == u'>' || c == u'<';
}

// How many leading characters all candidates share.
SIZE_T common_prefix(const List<Text>& candidates) {
    SIZE_T length = candidates[0].size();
    for (const Text& candidate : candidates) {
        SIZE_T i = 0;
        while (i < length && i < candidate.size() && app::upper(candidate[i]) == app::upper(candidates[0][i]))
            ++i;
        length = i;
    }
    return length;
}

}  // namespace

void LineEditor::begin() {
    text_.clear();
    cursor_ = 0;
    recalled_ = history_.size();
}

LineEditor::Result LineEditor::key(const Key& key) {
    choices_.clear();
    switch (key.kind) {
        case KeyKind::Enter:
            remember();
            return Result::Entered;
        case KeyKind::Escape:
            replace(View());
            break;
        case KeyKind::Tab:
            complete();
            break;
        case KeyKind::Backspace:
            if (cursor_) text_.erase(--cursor_, 1);
            break;
        case KeyKind::Delete:
            if (cursor_ < text_.size()) text_.erase(cursor_, 1);
            break;
        case KeyKind::Left:
            if (key.control)
                move_word(false);
            else if (cursor_)
                --cursor_;
            break;
        case KeyKind::Right:
            if (key.control)
                move_word(true);
            else if (cursor_ < text_.size())
                ++cursor_;
            break;
        case KeyKind::Home:
            cursor_ = 0;
            break;
        case KeyKind::End:
            cursor_ = text_.size();
            break;
        case KeyKind::Up:
            recall(true);
            break;
        case KeyKind::Down:
            recall(false);
            break;
        case KeyKind::Character:
            if (!key.control)
                insert(key.character);
            else if (key.character == u'C')
                return Result::Cancelled;
            else if (key.character == u'U')
                replace(View());
            else if (key.character == u'A')
                cursor_ = 0;
            else if (key.character == u'E')
                cursor_ = text_.size();
            break;
        default:
            break;
    }
    return Result::Editing;
}

void LineEditor::insert(WCHAR c) {
    if (text_.size() >= kLongestInput) return;
    text_.insert(cursor_++, View(&c, 1));
}

void LineEditor::move_word(bool forward) {
    if (forward) {
        while (cursor_ < text_.size() && !separates(text_[cursor_]))
            ++cursor_;
        while (cursor_ < text_.size() && separates(text_[cursor_]))
            ++cursor_;
    } else {
        while (cursor_ && separates(text_[cursor_ - 1]))
            --cursor_;
        while (cursor_ && !separates(text_[cursor_ - 1]))
            --cursor_;
    }
}

void LineEditor::replace(View text) {
    Text copy(text);
    text_.swap(copy);
    cursor_ = text_.size();
}

void LineEditor::recall(bool older) {
    if (older ? recalled_ == 0 : recalled_ == history_.size()) return;
    if (recalled_ == history_.size()) typed_ = text_;
    recalled_ = older ? recalled_ - 1 : recalled_ + 1;
    replace(recalled_ == history_.size() ? typed_.view() : history_[recalled_].view());
}

void LineEditor::remember() {
    const View line = text_.view().trimmed();
    if (line.empty() || (!history_.empty() && history_[history_.size() - 1].view().equals(line))) return;
    if (history_.size() == kHistory) history_.remove(0);
    history_.push(Text(line));
}

void LineEditor::complete() {
    SIZE_T start = cursor_;
    while (start && !separates(text_[start - 1]))
        --start;
    const View before = text_.view().first(start).trimmed();
    const bool first = before.empty() || before.back() == u'&';
    List<Text> candidates;
    completer_.complete(View(text_.view().data + start, cursor_ - start), first, candidates);
    if (candidates.empty()) return;
    Text completed(candidates[0].view().first(common_prefix(candidates)));
    const bool grew = completed.size() > cursor_ - start;
    if (candidates.size() == 1 && completed.view().back() != u'\\') completed.append(u' ');
    if (text_.size() + completed.size() > kLongestInput) return;
    text_.erase(start, cursor_ - start);
    text_.insert(start, completed.view());
    cursor_ = start + completed.size();
    if (candidates.size() > 1 && !grew)
        for (const Text& candidate : candidates)
            choices_.push(Text(candidate));
}

}  // namespace ntcmd
