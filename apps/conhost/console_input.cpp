// SPDX-License-Identifier: GPL-3.0-only
//
// The console's input: records, modes, code pages, title.
#include "apps/conhost/console.hpp"

namespace conhost {
namespace {

// Of a terminal.
constexpr int kMostColumns = 1000, kMostRows = 500;

bool is_control_c(const KeyEvent& event) {
    return event.down && event.key == 'C' && (event.state & kAnyControl) &&
           !(event.state & (kAnyAlt | kShift));
}

bool is_break(const KeyEvent& event) {
    return event.down && event.key == kVkCancel && (event.state & kAnyControl);
}

}  // namespace

bool Console::control_input(const CONDRV_MESSAGE& message) {
    switch (message.Code) {
        case CONDRV_READ_CONSOLE:
        case CONDRV_READ_CONSOLE_CONTROL:
        case CONDRV_READ_FILE:
        case CONDRV_READ_INPUT:
            begin_read(message);
            return true;
        case CONDRV_PEEK:
            read_input(message, false);
            return true;
        case CONDRV_WRITE_INPUT:
            write_input(message);
            return true;
        case CONDRV_GET_INPUT_INFO: {
            const CONDRV_INPUT_INFO info = {input_page_.number(), output_page_.number(),
                                            static_cast<ULONG>(input_.size())};
            if (message.OutputLength < sizeof info) return answer(message, STATUS_BUFFER_TOO_SMALL), true;
            return answer(message, STATUS_SUCCESS, &info, sizeof info), true;
        }
        case CONDRV_SET_INPUT_INFO:
            set_input_info(message);
            return true;
        case CONDRV_GET_TITLE:
            get_title(message);
            return true;
        case CONDRV_SET_TITLE:
            set_title(message);
            return true;
        case CONDRV_CTRL_EVENT: {
            CONDRV_EVENT event;
            const bool good = argument(message, event) && (event.Event == 0 || event.Event == 1);
            answer(message, good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
            if (!good) return true;
            control_event(static_cast<ULONG>(event.Event), event.Group);
            if (event.Event == kControlC && !event.Group) give_up_line();
            return true;
        }
        case CONDRV_BEEP:
            beep();
            return answer(message, STATUS_SUCCESS), true;
        case CONDRV_FLUSH:
            input_.clear();
            input_changed();
            return answer(message, STATUS_SUCCESS), true;
        case CONDRV_GET_WINDOW: {
            const ULONG none = 0;
            if (message.OutputLength < sizeof none) return answer(message, STATUS_BUFFER_TOO_SMALL), true;
            return answer(message, STATUS_SUCCESS, &none, sizeof none), true;
        }
        case CONDRV_GET_PROCESS_LIST:
            process_list(message);
            return true;
        default:
            return control_history(message);
    }
}

// The characters of its input, from a byte on; no more than a UNICODE_STRING holds, so that nobody fills the
// host's memory.
Text Console::read_text(const CONDRV_MESSAGE& message, SIZE_T from) {
    constexpr SIZE_T kMost = 65534;
    Text text;
    for (SIZE_T at = from; at < message.InputLength && at < from + kMost;) {
        const SIZE_T got = server_.read(message.Id, at, part_);
        if (!got) break;
        text.append(app::View(reinterpret_cast<const WCHAR*>(part_), got / sizeof(WCHAR)));
        at += got;
    }
    return text;
}

void Console::read_input(const CONDRV_MESSAGE& message, bool removes) {
    SIZE_T count = message.OutputLength / sizeof(Record);
    if (count > input_.size()) count = input_.size();
    if (count == 0) return answer(message, STATUS_SUCCESS);
    server_.answer(message.Id, STATUS_SUCCESS, count * sizeof(Record), &input_[0], count * sizeof(Record));
    if (removes) input_.take(count);
}

void Console::write_input(const CONDRV_MESSAGE& message) {
    const SIZE_T whole = message.InputLength - message.InputLength % sizeof(Record);
    SIZE_T left = 0;  // bytes of a record that is not complete
    UCHAR partial[sizeof(Record)];
    for (SIZE_T at = 0; at < whole;) {
        const SIZE_T got = server_.read(message.Id, at, part_);
        if (!got) break;
        for (SIZE_T i = 0; i < got && at + i < whole; ++i) {
            partial[left++] = part_[i];
            if (left < sizeof partial) continue;
            Record record;
            RtlCopyMemory(&record, partial, sizeof record);
            insert(record);
            left = 0;
        }
        at += got;
    }
    answer(message, STATUS_SUCCESS);
    input_changed();
}

void Console::set_input_info(const CONDRV_MESSAGE& message) {
    CONDRV_SET_INPUT set;
    if (!argument(message, set)) return answer(message, STATUS_INVALID_PARAMETER);
    bool good = true;
    if (set.Mask & CONDRV_SET_INPUT_CODE_PAGE) good = input_page_.choose(set.Info.InputCodePage);
    if (set.Mask & CONDRV_SET_OUTPUT_CODE_PAGE) good = output_page_.choose(set.Info.OutputCodePage) && good;
    answer(message, good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
}

void Console::get_title(const CONDRV_MESSAGE& message) {
    if (message.OutputLength < sizeof(ULONG)) return answer(message, STATUS_BUFFER_TOO_SMALL);
    // libwine's kernelbase counts the end of its structure twice.
    constexpr ULONG kHead = 8;
    const SIZE_T room = message.OutputLength < kHead ? 0 : (message.OutputLength - kHead) / sizeof(WCHAR);
    const SIZE_T count = title_.size() < room ? title_.size() : room;
    const ULONG length = static_cast<ULONG>(title_.size());
    scratch_.clear();
    scratch_.append(app::View(reinterpret_cast<const WCHAR*>(&length), 2));
    scratch_.append(title_.view().first(count));
    server_.answer(message.Id, STATUS_SUCCESS, kHead + count * sizeof(WCHAR), scratch_.view().data,
                   scratch_.size() * sizeof(WCHAR));
}

void Console::set_title(const CONDRV_MESSAGE& message) {
    constexpr ULONG kLongest = 65534;
    if (message.InputLength > kLongest) return answer(message, STATUS_INVALID_PARAMETER);
    const Text title = read_text(message, 0);
    answer(message, STATUS_SUCCESS);
    set_title(title.view());
}

void Console::begin_read(const CONDRV_MESSAGE& message) {
    Read read;
    read.message = message;
    if (message.Kind == CONDRV_MESSAGE_CONTROL && message.Code == CONDRV_READ_CONSOLE_CONTROL) {
        if (!argument(message, read.wakes) || message.OutputLength < sizeof(ULONG))
            return answer(message, STATUS_INVALID_PARAMETER);
        read.initial = read_text(message, sizeof(ULONG));
    }
    reads_.push(static_cast<Read&&>(read));
    serve_reads();
    input_changed();
}

void Console::cancel(ULONG64 id) {
    for (SIZE_T i = 0; i < writes_.size(); ++i)
        if (writes_[i].message.Id == id) {
            writes_.remove(i);
            return server_.answer(id, STATUS_CANCELLED);
        }
    for (SIZE_T i = 0; i < event_waits_.size(); ++i)
        if (event_waits_[i].Id == id) {
            event_waits_.remove(i);
            return server_.answer(id, STATUS_CANCELLED);
        }
    for (SIZE_T i = 0; i < reads_.size(); ++i) {
        if (reads_[i].message.Id != id) continue;
        if (i == 0 && editing_) abort_line();
        reads_.remove(i);
        server_.answer(id, STATUS_CANCELLED);
        serve_reads();
        return input_changed();
    }
}

void Console::key(const KeyEvent& event) {
    if (is_break(event)) {
        // In no mode is it a key, and what was typed before it goes, as on NT.
        input_.clear();
        control_event(kControlBreak, 0);
        give_up_line();
        return input_changed();
    }
    if ((input_mode_ & kProcessedInput) && is_control_c(event)) {
        control_event(kControlC, 0);
        return give_up_line();
    }
    if (input_mode_ & kVirtualTerminalInput) {
        const Text text = vt_of(event);
        for (SIZE_T i = 0; i < text.size(); ++i)
            insert(key_record(0, 0, text[i], 0));
    } else {
        Record record;
        record.key = event;
        insert(record);
    }
    serve_reads();
    input_changed();
}

void Console::insert(const Record& record) {
    input_.push(record);
}

void Console::input_changed() {
    serve_reads();
    server_.signal(!input_.empty());
}

void Console::resized(int columns, int rows) {
    ScreenBuffer& buffer = active_->buffer;
    // A buffer that the window filled goes on doing so; a larger one keeps what it holds.
    const bool fills = buffer.window().height() == buffer.height();
    const int height = fills || rows > buffer.height() ? rows : buffer.height();
    if (columns > kMostColumns || rows > kMostRows || !buffer.resize(columns, height)) return;
    columns_ = columns, rows_ = rows;
    const int bottom = buffer.cursor().y >= rows ? buffer.cursor().y : rows - 1;
    buffer.set_window({0, bottom - rows + 1, columns - 1, bottom});
    renderer_.show(buffer);
    if (!(input_mode_ & kWindowInput)) return;
    Record record;
    record.type = kWindowEvent;
    record.size = {static_cast<SHORT>(columns), static_cast<SHORT>(height)};
    insert(record);
    input_changed();
}

}  // namespace conhost
