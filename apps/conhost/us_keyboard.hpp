// SPDX-License-Identifier: GPL-3.0-only
//
// A US keyboard: key events of the make and break codes (scan-code set 1) that \Device\KeyboardClass0
// delivers.
#pragma once

#include "apps/conhost/records.hpp"

namespace conhost {

// Keeps which modifier keys are down and which locks are on.
class UsKeyboard {
public:
    // False: it is no key by itself (the beginning of a sequence).
    bool translate(const KEYBOARD_INPUT_DATA& input, KeyEvent& event);
    // KEYBOARD_CAPS_LOCK_ON and the like, for the keyboard's lamps.
    USHORT lamps() const;

private:
    void modify(USHORT key, bool enhanced, bool down);
    ULONG state() const;

    bool shift_left_ = false, shift_right_ = false;
    bool control_left_ = false, control_right_ = false;
    bool alt_left_ = false, alt_right_ = false;
    bool caps_lock_ = false, num_lock_ = true, scroll_lock_ = false;
    bool locking_ = false;  // a lock key is down: its repeats do not count
};

}  // namespace conhost
