// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/console.hpp"

namespace conhost {
namespace {

// 0x00bbggrr, of the sixteen colours as VGA has them.
constexpr ULONG kColors[16] = {0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080,
                               0x008080, 0xC0C0C0, 0x808080, 0xFF0000, 0x00FF00, 0xFFFF00,
                               0x0000FF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};

}  // namespace

Console::Console(Server& server, FrontEnd& front_end, Kept* kept)
    : server_(server), front_end_(front_end), renderer_(front_end), kept_(kept) {
    RtlCopyMemory(colors_, kColors, sizeof colors_);
    if (kept_) renderer_.keep_in(*kept_);
}

NTSTATUS Console::open(int width, int height, int window_height, ULONG code_page) {
    Screen* screen = new_screen(width, height);
    if (!screen) return STATUS_NO_MEMORY;
    screen->files = 1;  // the console's own
    screen->buffer.set_window({0, 0, width - 1, window_height - 1});
    input_page_.choose(code_page);
    output_page_.choose(code_page);
    active_ = screen;
    front_end_.deliver_to(*this);
    if (bring_back(screen->buffer)) {
        columns_ = screen->buffer.width(), rows_ = screen->buffer.height();
        return STATUS_SUCCESS;
    }
    columns_ = width, rows_ = window_height;
    return renderer_.show(screen->buffer) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void Console::flush() {
    renderer_.flush();
    if (kept_) keep();
    front_end_.settle();
}

Console::Screen* Console::new_screen(int width, int height) {
    void* memory = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(Screen));
    if (!memory) return nullptr;
    auto* screen = ::new (memory) Screen;
    if (screen->buffer.resize(width, height)) {
        screens_.push(screen);
        return screen;
    }
    screen->~Screen();
    RtlFreeHeap(RtlProcessHeap(), 0, screen);
    return nullptr;
}

// The last file of a screen buffer takes it along; another one is shown then.
void Console::release(Screen* screen) {
    if (--screen->files) return;
    for (SIZE_T i = 0; i < screens_.size(); ++i)
        if (screens_[i] == screen) {
            screens_.remove(i);
            break;
        }
    if (active_ == screen) {
        active_ = screens_[0];
        renderer_.show(active_->buffer);
        renderer_.redraw();
    }
    screen->~Screen();
    RtlFreeHeap(RtlProcessHeap(), 0, screen);
}

Console::Screen* Console::screen_of(ULONG64 file) {
    for (const OpenFile& open : files_)
        if (open.number == file) return open.screen;
    return nullptr;
}

void Console::answer(const CONDRV_MESSAGE& message, NTSTATUS status, const void* data, SIZE_T length) {
    server_.answer(message.Id, status, length, data, length);
}

void Console::handle() {
    const CONDRV_MESSAGE message = server_.message();
    switch (message.Kind) {
        case CONDRV_MESSAGE_OPEN:
            return open_file(message);
        case CONDRV_MESSAGE_CLOSE:
            return close_file(message);
        case CONDRV_MESSAGE_CANCEL:
            return cancel(message.Id);
        case CONDRV_MESSAGE_READ:
            return begin_read(message);
        case CONDRV_MESSAGE_WRITE:
            if (Screen* screen = screen_of(message.File)) return write_text(message, *screen, true);
            return answer(message, STATUS_INVALID_HANDLE);
        default:
            return control(message);
    }
}

void Console::open_file(const CONDRV_MESSAGE& message) {
    if (message.FileKind == CONDRV_FILE_CONNECTION) return add_process(message);
    Screen* screen = active_;
    if (message.FileKind == CONDRV_FILE_SCREEN_BUFFER) {
        const ScreenBuffer& like = active_->buffer;
        screen = new_screen(like.width(), like.height());
        if (!screen) return answer(message, STATUS_NO_MEMORY);
        screen->buffer.attributes = like.attributes;
        screen->buffer.set_window(like.window());
    }
    files_.push({message.File, screen});
    ++screen->files;
    answer(message, STATUS_SUCCESS);
}

void Console::close_file(const CONDRV_MESSAGE& message) {
    if (message.FileKind == CONDRV_FILE_CONNECTION) return remove_process(message.File);
    for (SIZE_T i = 0; i < files_.size(); ++i) {
        if (files_[i].number != message.File) continue;
        Screen* screen = files_[i].screen;
        files_.remove(i);
        return release(screen);
    }
}

void Console::control(const CONDRV_MESSAGE& message) {
    if (message.FileKind == CONDRV_FILE_EVENTS && message.Code == CONDRV_AWAIT_EVENT) {
        if (message.OutputLength < sizeof(ULONG)) return answer(message, STATUS_BUFFER_TOO_SMALL);
        event_waits_.push(message);
        return;
    }
    Screen* screen = screen_of(message.File);
    if (message.Code == CONDRV_GET_MODE) {
        const ULONG mode = screen ? screen->buffer.mode : input_mode_;
        if (message.OutputLength < sizeof mode) return answer(message, STATUS_BUFFER_TOO_SMALL);
        return answer(message, STATUS_SUCCESS, &mode, sizeof mode);
    }
    if (message.Code == CONDRV_SET_MODE) {
        ULONG mode = 0;
        if (!argument(message, mode) || mode & ~(screen ? kOutputModes : kInputModes))
            return answer(message, STATUS_INVALID_PARAMETER);
        if (screen)
            screen->buffer.mode = mode;
        else
            input_mode_ = mode;
        return answer(message, STATUS_SUCCESS);
    }
    if (screen ? control_output(message, *screen) : control_input(message)) return;
    answer(message, STATUS_INVALID_HANDLE);
}

void Console::set_title(app::View title) {
    title_ = Text(title);
    renderer_.title(title_);
}

void Console::beep() {
    renderer_.beep();
}

// What a sequence asks is answered as if it had been typed.
void Console::answer(app::View text) {
    for (SIZE_T i = 0; i < text.size; ++i)
        insert(key_record(0, 0, text[i], 0));
    input_changed();
}

}  // namespace conhost
