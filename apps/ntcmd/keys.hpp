// SPDX-License-Identifier: GPL-3.0-only
//
// Keys as a US keyboard means them, made from the make and break codes (scan-code set 1) that
// \Device\KeyboardClass0 delivers in KEYBOARD_INPUT_DATA.
#pragma once

#include "abi/nt/nt.h"

namespace ntcmd {

enum class KeyKind {
    None,
    Character,
    Enter,
    Backspace,
    Delete,
    Tab,
    Escape,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown
};

struct Key {
    KeyKind kind = KeyKind::None;
    WCHAR character = 0;  // KeyKind::Character; with control the upper-case letter
    bool control = false;
    bool shift = false;
};

// Keeps which modifier keys are down and which locks are on.
class KeyTranslator {
public:
    // One make or break; kind None when it means nothing by itself (a modifier, a break).
    Key translate(const KEYBOARD_INPUT_DATA& input);
    // KEYBOARD_CAPS_LOCK_ON and KEYBOARD_NUM_LOCK_ON bits for the keyboard's lamps.
    USHORT lamps() const;

private:
    bool modifier(USHORT code, bool extended, bool down);
    Key extended(USHORT code) const;
    Key keypad(USHORT code) const;

    bool shift_left_ = false, shift_right_ = false;
    bool control_left_ = false, control_right_ = false;
    bool caps_lock_ = false, num_lock_ = true;
};

}  // namespace ntcmd
