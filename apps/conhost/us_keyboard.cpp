// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/us_keyboard.hpp"

#include "apps/conhost/vt_input.hpp"

namespace conhost {
namespace {

// Characters of make codes 0x00 to 0x39, plain and with shift; 0 where a code is no character.
constexpr char kPlain[] = "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
constexpr char kShifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
static_assert(sizeof kPlain == 0x3A + 1 && sizeof kShifted == 0x3A + 1);
constexpr USHORT kCodes = 0x3A;

// Virtual keys of punctuation: VK_OEM_1 and so on.
struct Punctuation {
    char plain;
    USHORT key;
};
constexpr Punctuation kPunctuation[] = {{';', 0xBA},  {'=', 0xBB}, {',', 0xBC}, {'-', 0xBD},
                                        {'.', 0xBE},  {'/', 0xBF}, {'`', 0xC0}, {'[', 0xDB},
                                        {'\\', 0xDC}, {']', 0xDD}, {'\'', 0xDE}};

// Of make codes that are no characters of the main block.
struct Place {
    USHORT code, key;
};
constexpr Place kPlaces[] = {
    {0x1D, kVkControl}, {0x2A, kVkShift},  {0x36, kVkShift},   {0x38, kVkMenu},   {0x3A, kVkCapital},
    {0x3B, kVkF1},      {0x3C, kVkF1 + 1}, {0x3D, kVkF1 + 2},  {0x3E, kVkF1 + 3}, {0x3F, kVkF1 + 4},
    {0x40, kVkF1 + 5},  {0x41, kVkF1 + 6}, {0x42, kVkF1 + 7},  {0x43, kVkF1 + 8}, {0x44, kVkF1 + 9},
    {0x45, kVkNumLock}, {0x46, kVkScroll}, {0x47, kVkHome},    {0x48, kVkUp},     {0x49, kVkPrior},
    {0x4B, kVkLeft},    {0x4D, kVkRight},  {0x4F, kVkEnd},     {0x50, kVkDown},   {0x51, kVkNext},
    {0x52, kVkInsert},  {0x53, kVkDelete}, {0x57, kVkF1 + 10}, {0x58, kVkF12},
};
constexpr USHORT kKeypadFirst = 0x47, kKeypadLast = 0x53;
constexpr char kKeypad[] = "789-456+1230.";
constexpr USHORT kVkSubtract = 0x6D, kVkAdd = 0x6B, kVkMultiply = 0x6A, kVkDivide = 0x6F, kVkDecimal = 0x6E,
                 kVkNumpad0 = 0x60, kVkClear = 0x0C;

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

USHORT key_of_plain(char plain) {
    if (plain >= 'a' && plain <= 'z') return static_cast<USHORT>(plain - 32);
    if (plain == ' ' || plain == '\r' || plain == '\t' || plain == '\b' || plain == 0x1B ||
        (plain >= '0' && plain <= '9'))
        return static_cast<UCHAR>(plain);
    for (const Punctuation& mark : kPunctuation)
        if (mark.plain == plain) return mark.key;
    return 0;
}

USHORT key_of_code(USHORT code) {
    for (const Place& place : kPlaces)
        if (place.code == code) return place.key;
    return code < kCodes ? key_of_plain(kPlain[code]) : 0;
}

// The keypad without Num Lock moves, with it it types.
USHORT keypad_key(USHORT code, bool digits, WCHAR& character) {
    const char c = kKeypad[code - kKeypadFirst];
    character = static_cast<WCHAR>(c);
    if (c == '-') return kVkSubtract;
    if (c == '+') return kVkAdd;
    if (digits) return c == '.' ? kVkDecimal : static_cast<USHORT>(kVkNumpad0 + (c - '0'));
    character = 0;
    return c == '5' ? kVkClear : key_of_code(code);
}

// Ctrl with a letter and some marks is a control character.
WCHAR controlled(char plain, bool shift) {
    if (letter(plain)) return static_cast<WCHAR>(plain & 0x1F);
    if (plain == '[' || plain == '\\' || plain == ']') return static_cast<WCHAR>(plain & 0x1F);
    if (shift && (plain == '6' || plain == '-')) return plain == '6' ? 0x1E : 0x1F;
    if (plain == ' ' || plain == '\r') return plain == ' ' ? u' ' : u'\n';
    return plain == '\b' ? 0x7F : 0;
}

}  // namespace

USHORT key_of(WCHAR c, bool& shift) {
    for (USHORT code = 0; code < kCodes; ++code) {
        if (!kPlain[code] || code == 0x37) continue;
        shift = static_cast<WCHAR>(kPlain[code]) != c;
        if (!shift || static_cast<WCHAR>(kShifted[code]) == c) return key_of_plain(kPlain[code]);
    }
    shift = false;
    return 0;
}

USHORT scan_of(USHORT key) {
    if (key == kVkCancel) key = kVkScroll;  // enhanced
    for (const Place& place : kPlaces)
        if (place.key == key) return place.code;
    for (USHORT code = 0; code < kCodes; ++code)
        if (kPlain[code] && code != 0x37 && key_of_plain(kPlain[code]) == key) return code;
    return 0;
}

void UsKeyboard::modify(USHORT key, bool enhanced, bool down) {
    if (key == kVkControl) (enhanced ? control_right_ : control_left_) = down;
    if (key == kVkMenu) (enhanced ? alt_right_ : alt_left_) = down;
    // Ctrl-Break comes as an enhanced Scroll Lock.
    if (enhanced || (key != kVkCapital && key != kVkNumLock && key != kVkScroll)) return;
    if (down && !locking_) {
        bool& lock = key == kVkCapital ? caps_lock_ : key == kVkNumLock ? num_lock_ : scroll_lock_;
        lock = !lock;
    }
    locking_ = down;
}

ULONG UsKeyboard::state() const {
    return (alt_right_ ? kRightAlt : 0) | (alt_left_ ? kLeftAlt : 0) | (control_right_ ? kRightControl : 0) |
           (control_left_ ? kLeftControl : 0) | (shift_left_ || shift_right_ ? kShift : 0) |
           (num_lock_ ? kNumLock : 0) | (scroll_lock_ ? kScrollLock : 0) | (caps_lock_ ? kCapsLock : 0);
}

bool UsKeyboard::translate(const KEYBOARD_INPUT_DATA& input, KeyEvent& event) {
    const bool down = !(input.Flags & KEY_BREAK), enhanced = (input.Flags & KEY_E0) != 0;
    const USHORT code = input.MakeCode;
    event = {};
    event.down = down;
    event.scan = code;
    if (input.Flags & KEY_E1) {
        if (code != 0x1D) return false;
        event.key = kVkPause;
        event.state = state();
        return true;
    }
    if (enhanced && (code == 0x2A || code == 0x36)) return false;  // shifts that no finger presses
    if (code == 0x2A) shift_left_ = down;
    if (code == 0x36) shift_right_ = down;
    event.key = key_of_code(code);
    modify(event.key, enhanced, down);
    event.state = state() | (enhanced ? kEnhanced : 0);
    const bool shift = shift_left_ || shift_right_, control = control_left_ || control_right_;
    const bool alt = alt_left_ || alt_right_;
    if (enhanced && code == 0x46) {
        event.key = kVkCancel;  // Ctrl-Break
    } else if (enhanced && code == 0x35) {
        event.key = kVkDivide;
        event.character = u'/';
    } else if (code == 0x37 && !enhanced) {
        event.key = kVkMultiply;
        event.character = u'*';
    } else if (!enhanced && code >= kKeypadFirst && code <= kKeypadLast) {
        event.key = keypad_key(code, num_lock_ && !shift, event.character);
    } else if ((!enhanced || code == 0x1C) && code < kCodes && kPlain[code]) {
        const char plain = kPlain[code];
        const bool upper = letter(plain) ? shift != caps_lock_ : shift;
        event.character = static_cast<UCHAR>(upper ? kShifted[code] : plain);
        if (control) event.character = alt ? 0 : controlled(plain, shift);
    }
    return event.key != 0 || event.character != 0;
}

USHORT UsKeyboard::lamps() const {
    return static_cast<USHORT>((caps_lock_ ? KEYBOARD_CAPS_LOCK_ON : 0) |
                               (num_lock_ ? KEYBOARD_NUM_LOCK_ON : 0) |
                               (scroll_lock_ ? KEYBOARD_SCROLL_LOCK_ON : 0));
}

}  // namespace conhost
