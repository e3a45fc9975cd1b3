// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/screen.hpp"

#include "abi/console/screen.h"

namespace conhost {
namespace {

constexpr app::View kScreen(u"\\Device\\Console");

Point screen_size() {
    app::Handle screen;
    SCREEN_SIZE size = {};
    IO_STATUS_BLOCK block;
    NTSTATUS status = app::open_file(kScreen, FILE_READ_DATA | SYNCHRONIZE, 0, *screen.receive());
    if (NT_SUCCESS(status))
        status = app::device_control(screen.get(), SCREEN_GET_SIZE, nullptr, 0, &size, sizeof size, block);
    if (!NT_SUCCESS(status) || !size.Columns || !size.Rows) return {80, 25};
    return {static_cast<int>(size.Columns), static_cast<int>(size.Rows)};
}

}  // namespace

NTSTATUS Screen::open() {
    const NTSTATUS status = keyboard_.open();
    size_ = screen_size();
    if (!keyboard_.event()) {
        UNICODE_STRING text = app::unicode(u"conhost: \\Device\\KeyboardClass0: waits for a keyboard\n");
        NtDisplayString(&text);
    }
    return NT_SUCCESS(status) ? line_.open(kScreen, kScreen, SCREEN_BREAK) : status;
}

void Screen::deliver_to(VtInput::Receiver& receiver) {
    line_.deliver_to(receiver);
    keyboard_.deliver_to(receiver);
}

unsigned Screen::events(HANDLE* into) {
    of_line_ = line_.events(into);
    const HANDLE keyboard = keyboard_.event();
    if (!keyboard) return of_line_;
    into[of_line_] = keyboard;
    return of_line_ + 1;
}

void Screen::take(unsigned event) {
    if (event < of_line_)
        line_.take(event);
    else
        keyboard_.take();
}

LONGLONG Screen::patience() const {
    const LONGLONG line = line_.patience();
    return line ? line : keyboard_.patience();
}

}  // namespace conhost
