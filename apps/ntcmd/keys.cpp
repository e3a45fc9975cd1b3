// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/keys.hpp"

namespace ntcmd {
namespace {

// Characters of make codes 0x00 to 0x39, plain and with shift; 0 where a code is no character.
constexpr char kPlain[] = "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
constexpr char kShifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
static_assert(sizeof kPlain == 0x3A + 1 && sizeof kShifted == 0x3A + 1);

constexpr USHORT kControl = 0x1D, kShiftLeft = 0x2A, kShiftRight = 0x36, kCapsLock = 0x3A, kNumLock = 0x45;
constexpr USHORT kKeypadFirst = 0x47, kKeypadLast = 0x53;
constexpr char kKeypadDigits[] = "789-456+1230.";
constexpr KeyKind kKeypadMoves[] = {KeyKind::Home,  KeyKind::Up,   KeyKind::PageUp,   KeyKind::None,
                                    KeyKind::Left,  KeyKind::None, KeyKind::Right,    KeyKind::None,
                                    KeyKind::End,   KeyKind::Down, KeyKind::PageDown, KeyKind::None,
                                    KeyKind::Delete};

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Key character(char c) {
    return {KeyKind::Character, static_cast<WCHAR>(c), false, false};
}

}  // namespace

bool KeyTranslator::modifier(USHORT code, bool extended, bool down) {
    switch (code) {
        case kControl:
            (extended ? control_right_ : control_left_) = down;
            return true;
        case kShiftLeft:
            if (!extended) shift_left_ = down;
            return true;
        case kShiftRight:
            if (!extended) shift_right_ = down;
            return true;
        case kCapsLock:
            if (down) caps_lock_ = !caps_lock_;
            return true;
        case kNumLock:
            if (down && !extended) num_lock_ = !num_lock_;
            return true;
        default:
            return false;
    }
}

Key KeyTranslator::extended(USHORT code) const {
    if (code == 0x1C) return {KeyKind::Enter, 0, false, false};
    if (code == 0x35) return character('/');
    if (code < kKeypadFirst || code > kKeypadLast) return {};
    return {kKeypadMoves[code - kKeypadFirst], 0, false, false};
}

Key KeyTranslator::keypad(USHORT code) const {
    const char digit = kKeypadDigits[code - kKeypadFirst];
    if (num_lock_ || digit == '-' || digit == '+') return character(digit);
    return {kKeypadMoves[code - kKeypadFirst], 0, false, false};
}

Key KeyTranslator::translate(const KEYBOARD_INPUT_DATA& input) {
    const bool down = !(input.Flags & KEY_BREAK);
    const bool is_extended = (input.Flags & KEY_E0) != 0;
    if (input.Flags & KEY_E1) return {};  // Pause
    if (modifier(input.MakeCode, is_extended, down) || !down) return {};
    const bool shift = shift_left_ || shift_right_;
    const bool control = control_left_ || control_right_;
    Key key;
    if (is_extended) {
        key = extended(input.MakeCode);
    } else if (input.MakeCode >= kKeypadFirst && input.MakeCode <= kKeypadLast) {
        key = keypad(input.MakeCode);
    } else if (input.MakeCode < sizeof kPlain - 1) {
        const char plain = kPlain[input.MakeCode];
        const bool upper = letter(plain) ? shift != caps_lock_ : shift;
        const char c = upper || (control && letter(plain)) ? kShifted[input.MakeCode] : plain;
        switch (c) {
            case '\0':
                break;
            case '\033':
                key.kind = KeyKind::Escape;
                break;
            case '\b':
                key.kind = KeyKind::Backspace;
                break;
            case '\t':
                key.kind = KeyKind::Tab;
                break;
            case '\r':
                key.kind = KeyKind::Enter;
                break;
            default:
                key = character(c);
        }
    }
    key.control = control;
    key.shift = shift;
    return key;
}

USHORT KeyTranslator::lamps() const {
    return static_cast<USHORT>((caps_lock_ ? KEYBOARD_CAPS_LOCK_ON : 0) |
                               (num_lock_ ? KEYBOARD_NUM_LOCK_ON : 0));
}

}  // namespace ntcmd
