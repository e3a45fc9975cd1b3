// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/keyboard.hpp"

namespace conhost {
namespace {

LONGLONG now() {
    LARGE_INTEGER counter = {}, frequency = {};
    NtQueryPerformanceCounter(&counter, &frequency);
    return frequency.QuadPart ? counter.QuadPart / frequency.QuadPart : 0;  // seconds
}

}  // namespace

NTSTATUS Keyboard::open() {
    return NtCreateEvent(ready_.receive(), EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
}

bool Keyboard::start_read() {
    LARGE_INTEGER offset = {};
    reading_ = NT_SUCCESS(NtReadFile(device_.get(), ready_.get(), nullptr, nullptr, &status_, input_,
                                     sizeof input_, &offset, nullptr));
    return reading_;
}

// A read that is on its way: of this keyboard or, when its driver was stopped and perhaps started again, of
// the one that has its name now.
bool Keyboard::listen() {
    if (device_.get() && start_read()) return true;
    device_.close();
    if (now() < next_look_) return false;
    next_look_ = now() + 1;
    return NT_SUCCESS(app::open_file(app::View(u"\\Device\\KeyboardClass0"), FILE_READ_DATA | SYNCHRONIZE, 0,
                                     *device_.receive())) &&
           start_read();
}

HANDLE Keyboard::event() {
    return reading_ || listen() ? ready_.get() : nullptr;
}

void Keyboard::take() {
    reading_ = false;
    const SIZE_T count = NT_SUCCESS(status_.Status) ? status_.Information / sizeof input_[0] : 0;
    for (SIZE_T i = 0; i < count && i < sizeof input_ / sizeof input_[0]; ++i) {
        KeyEvent event;
        if (keys_.translate(input_[i], event)) receiver_->key(event);
    }
    listen();
}

void Keyboard::settle() {
    if (keys_.lamps() == lamps_ || !device_.get()) return;
    lamps_ = keys_.lamps();
    KEYBOARD_INDICATOR_PARAMETERS lamps = {0, lamps_};
    IO_STATUS_BLOCK status;
    app::device_control(device_.get(), IOCTL_KEYBOARD_SET_INDICATORS, &lamps, sizeof lamps, nullptr, 0,
                        status);
}

}  // namespace conhost
