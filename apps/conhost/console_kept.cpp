// SPDX-License-Identifier: GPL-3.0-only
//
// What of a console outlives its host (kept.hpp). Of the modes those that are their user's: who had set the
// others, to read keys or to draw, is cut off with the host.
#include "apps/conhost/console.hpp"

namespace conhost {
namespace {

constexpr ULONG kUsersInput = kInsertMode | kQuickEdit, kUsersOutput = kVirtualTerminalProcessing;

}  // namespace

bool Console::bring_back(ScreenBuffer& buffer) {
    if (!kept_ || !renderer_.go_on(buffer)) return false;
    buffer.attributes = kept_->attributes;
    buffer.popup_attributes = kept_->popup_attributes;
    if (kept_->cursor_size >= 1 && kept_->cursor_size <= 100)
        buffer.cursor_size = static_cast<int>(kept_->cursor_size);
    buffer.mode |= kept_->output_mode & kUsersOutput;
    input_mode_ = (input_mode_ & ~kUsersInput) | (kept_->input_mode & kUsersInput);
    input_page_.choose(kept_->input_page);
    output_page_.choose(kept_->output_page);
    const SIZE_T length = kept_->title_length;
    title_ = Text(View(kept_->title, length < Kept::kLongestTitle ? length : Kept::kLongestTitle));
    histories_.configure(kept_->most_lines, kept_->most_lists, kept_->unique != 0);
    bring_back_lines(*kept_, histories_);
    UNICODE_STRING text = app::unicode(u"conhost: goes on with what one that has ended has shown and kept\n");
    NtDisplayString(&text);
    return true;
}

// What is not kept as it changes: a few words, each time something was shown.
void Console::keep() {
    const ScreenBuffer& buffer = active_->buffer;
    kept_->attributes = buffer.attributes;
    kept_->popup_attributes = buffer.popup_attributes;
    kept_->cursor_size = static_cast<ULONG>(buffer.cursor_size);
    kept_->output_mode = buffer.mode;
    kept_->input_mode = input_mode_;
    kept_->input_page = input_page_.number();
    kept_->output_page = output_page_.number();
    kept_->most_lines = histories_.most_lines();
    kept_->most_lists = histories_.most_lists();
    kept_->unique = histories_.unique();
    const View title = title_.view().first(Kept::kLongestTitle);
    RtlMoveMemory(kept_->title, title.data, title.size * sizeof(WCHAR));
    kept_->title_length = static_cast<ULONG>(title.size);
    kept_->magic = Kept::kMagic;
}

}  // namespace conhost
