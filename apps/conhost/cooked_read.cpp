// SPDX-License-Identifier: GPL-3.0-only
//
// Reads of characters: whole lines that are edited on the screen, or what there is. Requests are served in
// their order; what has been typed ahead stays as records until somebody reads.
#include "apps/conhost/console.hpp"

namespace conhost {
namespace {

constexpr SIZE_T kLongestLine = 8191;
constexpr WCHAR kEndOfFile = 0x1A;

bool reads_bytes(const CONDRV_MESSAGE& message) {
    return message.Kind == CONDRV_MESSAGE_READ || message.Code == CONDRV_READ_FILE;
}

bool has_state(const CONDRV_MESSAGE& message) {
    return message.Kind == CONDRV_MESSAGE_CONTROL && message.Code == CONDRV_READ_CONSOLE_CONTROL;
}

// As it is shown: a control character is two.
Text visible(View text) {
    Text out;
    for (SIZE_T i = 0; i < text.size; ++i) {
        const WCHAR c = text[i];
        if (c < 0x20) out.append(u'^');
        out.append(c < 0x20 ? static_cast<WCHAR>(c + 0x40) : c);
    }
    return out;
}

}  // namespace

void Console::serve_reads() {
    while (!reads_.empty() && serve(reads_[0]))
        reads_.remove(0);
}

// True when it is answered.
bool Console::serve(Read& read) {
    const CONDRV_MESSAGE& message = read.message;
    if (message.Kind == CONDRV_MESSAGE_CONTROL && message.Code == CONDRV_READ_INPUT) {
        if (input_.empty() && message.OutputLength >= sizeof(Record)) return false;
        read_input(message, true);
        return true;
    }
    if (message.OutputLength < (has_state(message) ? sizeof(ULONG) + sizeof(WCHAR) : 1)) {
        answer(message, STATUS_SUCCESS);
        return true;
    }
    if (!line_.empty()) return deliver(read, line_, 0);
    if (editing_ || (input_mode_ & kLineInput)) return serve_line(read);
    return serve_characters(read);
}

bool Console::serve_characters(Read& read) {
    const SIZE_T most = read.message.OutputLength;
    Text typed;
    while (!input_.empty() && typed.size() < most) {
        const Record record = input_[0];
        const bool types = record.type == kKeyEvent && record.key.down && record.key.character;
        if (types) typed.append(record.key.character);
        input_.take(1);
    }
    if (typed.empty()) return false;
    deliver(read, typed, 0);
    // Bytes may be more than characters.
    line_.append(typed);
    return true;
}

void Console::begin_line(Read& read) {
    ScreenBuffer& buffer = active_->buffer;
    editing_ = true;
    // What is typed unseen, a password, is not shown to who types next.
    history_ = input_mode_ & kEchoInput ? history_of(read.message) : nullptr;
    editor_.begin(history_, read.initial, kLongestLine, read.wakes, input_mode_ & kInsertMode);
    // What was there stands on the screen already.
    drawn_ = visible(editor_.text());
    const int back = static_cast<int>(drawn_.size());
    const int place = buffer.cursor().y * buffer.width() + buffer.cursor().x - back;
    line_start_ = {place >= 0 ? place % buffer.width() : 0, place >= 0 ? place / buffer.width() : 0};
}

bool Console::serve_line(Read& read) {
    if (!editing_) begin_line(read);
    ULONG state = 0;
    LineEditor::Result result = LineEditor::Result::Editing;
    while (!input_.empty() && result == LineEditor::Result::Editing) {
        const Record record = input_[0];
        input_.take(1);
        if (record.type != kKeyEvent || !record.key.down) continue;
        state = record.key.state;
        for (USHORT i = 0; i < (record.key.repeat ? record.key.repeat : 1); ++i)
            if (result == LineEditor::Result::Editing) result = editor_.key(record.key);
        if (result != LineEditor::Result::Woken) draw_line(false);
    }
    if (result == LineEditor::Result::Editing) return false;
    line_ = Text(editor_.text());
    if (result == LineEditor::Result::Entered) {
        if (history_) histories_.entered(*history_);
        if (history_ && kept_) keep_lines(*kept_, histories_);
        end_line();
        line_.append(input_mode_ & kProcessedInput ? View(u"\r\n") : View(u"\r"));
    }
    editing_ = false;
    return deliver(read, line_, state);
}

// Brings the line on the screen, from where it differs; the cursor to where it is in it, or behind it.
void Console::draw_line(bool to_end) {
    if (!(input_mode_ & kEchoInput)) return;
    ScreenBuffer& buffer = active_->buffer;
    const Text now = visible(editor_.text());
    const int width = buffer.width();
    const auto place = [&](SIZE_T index) {
        const int at = line_start_.x + static_cast<int>(index);
        return Point{at % width, line_start_.y + at / width};
    };
    SIZE_T same = 0;
    while (same < now.size() && same < drawn_.size() && now[same] == drawn_[same])
        ++same;
    const SIZE_T longer = now.size() > drawn_.size() ? now.size() : drawn_.size();
    if (same < longer && buffer.set_cursor(place(same)))
        for (SIZE_T i = same; i < longer; ++i) {
            const bool scrolls = buffer.cursor() == Point{width - 1, buffer.height() - 1};
            buffer.put(i < now.size() ? now[i] : u' ', true);
            if (scrolls) --line_start_.y;
        }
    drawn_ = now;
    const SIZE_T cursor = to_end ? now.size() : visible(editor_.text().first(editor_.cursor())).size();
    buffer.set_cursor(place(cursor));
}

void Console::end_line() {
    if (!(input_mode_ & kEchoInput)) return;
    draw_line(true);
    active_->buffer.carriage_return();
    active_->buffer.line_feed();
}

// The line is given up, by Ctrl-C or with its reader.
void Console::abort_line() {
    editing_ = false;
    line_.clear();
    if (!(input_mode_ & kEchoInput)) return;
    draw_line(true);
    active_->buffer.put(u'^', true);
    active_->buffer.put(u'C', true);
    active_->buffer.carriage_return();
    active_->buffer.line_feed();
}

// By Ctrl-C or Ctrl-Break. Who reads characters gets an empty line: libwine's cmd.exe takes no characters for
// the end of its input. Who reads a file gets no bytes, as on NT.
void Console::give_up_line() {
    if (!editing_) return;
    abort_line();
    Text line(u"\r\n");
    if (reads_bytes(reads_[0].message))
        answer(reads_[0].message, STATUS_SUCCESS);
    else
        deliver(reads_[0], line, 0);
    reads_.remove(0);
    input_changed();
}

// As much as fits; the rest stays. True.
bool Console::deliver(Read& read, Text& from, ULONG state) {
    const CONDRV_MESSAGE& message = read.message;
    if (!reads_bytes(message)) {
        const SIZE_T head = has_state(message) ? sizeof state / sizeof(WCHAR) : 0;
        const SIZE_T room = message.OutputLength / sizeof(WCHAR) - head;
        const SIZE_T count = from.size() < room ? from.size() : room;
        scratch_.clear();
        scratch_.append(View(reinterpret_cast<const WCHAR*>(&state), head));
        scratch_.append(from.view().first(count));
        answer(message, STATUS_SUCCESS, scratch_.view().data, scratch_.size() * sizeof(WCHAR));
        from.erase(0, count);
        return true;
    }
    // A line that begins with Ctrl-Z is the end of a file.
    if (from[0] == kEndOfFile && (input_mode_ & kLineInput)) {
        from.clear();
        answer(message, STATUS_SUCCESS);
        return true;
    }
    app::List<UCHAR> bytes;
    SIZE_T taken = 0;
    for (SIZE_T i = 0; i < from.size(); ++i) {
        UCHAR encoded[4];
        const ULONG length = input_page_.encode(from, i, encoded);
        if (bytes.size() + length > message.OutputLength) break;
        for (ULONG j = 0; j < length; ++j)
            bytes.push(encoded[j]);
        taken = i + 1;
    }
    // Where not even one fits it is lost: it would never be read.
    if (!taken) taken = 1;
    answer(message, STATUS_SUCCESS, bytes.begin(), bytes.size());
    from.erase(0, taken);
    return true;
}

}  // namespace conhost
