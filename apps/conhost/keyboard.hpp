// SPDX-License-Identifier: GPL-3.0-only
//
// The keyboard class device as a source of key events. It need not be there yet, and may go and come back
// while its driver is unloaded: it is looked for again once in a second.
#pragma once

#include "apps/common/native.hpp"
#include "apps/conhost/us_keyboard.hpp"
#include "apps/conhost/vt_input.hpp"

namespace conhost {

class Keyboard {
public:
    NTSTATUS open();
    void deliver_to(VtInput::Receiver& receiver) { receiver_ = &receiver; }
    // What to wait for; null while there is no keyboard, which patience() brings back to look for.
    HANDLE event();
    // In 100 ns, relative as NtWaitForSingleObject has it; 0: for ever.
    LONGLONG patience() const { return reading_ ? 0 : kBetweenLooks; }
    // The event was signalled.
    void take();
    // The lamps as the locks are.
    void settle();

private:
    static constexpr LONGLONG kBetweenLooks = -10'000'000;

    bool start_read();
    bool listen();

    VtInput::Receiver* receiver_ = nullptr;
    app::Handle device_, ready_;
    UsKeyboard keys_;
    KEYBOARD_INPUT_DATA input_[16] = {};
    IO_STATUS_BLOCK status_ = {};
    LONGLONG next_look_ = 0;
    USHORT lamps_ = 0;
    bool reading_ = false;
};

}  // namespace conhost
