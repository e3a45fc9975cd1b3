// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/vt_input.hpp"

namespace conhost {
namespace {

constexpr UCHAR kEscape = 0x1B, kRubout = 0x7F, kControlC = 0x03;
constexpr int kLargest = 32767;
constexpr WCHAR kReplacement = 0xFFFD;
constexpr ULONG kLastCharacter = 0x10FFFF;

// CSI n ~
struct Numbered {
    int number;
    USHORT key;
};
constexpr Numbered kNumbered[] = {
    {1, kVkHome},    {2, kVkInsert},  {3, kVkDelete},  {4, kVkEnd},      {5, kVkPrior},
    {6, kVkNext},    {7, kVkHome},    {8, kVkEnd},     {11, kVkF1},      {12, kVkF1 + 1},
    {13, kVkF1 + 2}, {14, kVkF1 + 3}, {15, kVkF1 + 4}, {17, kVkF1 + 5},  {18, kVkF1 + 6},
    {19, kVkF1 + 7}, {20, kVkF1 + 8}, {21, kVkF1 + 9}, {23, kVkF1 + 10}, {24, kVkF12},
};
// CSI x, SS3 x
struct Lettered {
    char letter;
    USHORT key;
};
constexpr Lettered kLettered[] = {
    {'A', kVkUp},  {'B', kVkDown}, {'C', kVkRight},  {'D', kVkLeft},   {'H', kVkHome},
    {'F', kVkEnd}, {'P', kVkF1},   {'Q', kVkF1 + 1}, {'R', kVkF1 + 2}, {'S', kVkF1 + 3},
};

bool is_enhanced(USHORT key) {
    return (key >= kVkPrior && key <= kVkDelete) || key == kVkCancel;
}

void append_number(app::Text& text, int value) {
    if (value >= 10) text.append(static_cast<WCHAR>(u'0' + value / 10));
    text.append(static_cast<WCHAR>(u'0' + value % 10));
}

}  // namespace

void VtInput::take(const char* bytes, SIZE_T length) {
    for (SIZE_T i = 0; i < length; ++i)
        byte(static_cast<UCHAR>(bytes[i]));
}

void VtInput::line_break() {
    state_ = State::Text;
    continuation_ = 0;
    press(kVkCancel, 0, kLeftControl);
}

LONGLONG VtInput::patience() const {
    constexpr LONGLONG kEscapePause = -500'000, kSequencePause = -10'000'000;
    return state_ == State::Text ? 0 : state_ == State::Escape ? kEscapePause : kSequencePause;
}

void VtInput::pause() {
    const State state = state_;
    state_ = State::Text;
    if (state == State::Escape) press(kVkEscape, kEscape, 0);
    // Alt with the character that otherwise begins a sequence.
    if (state == State::Sequence && !count_) character('[', kLeftAlt);
    if (state == State::Single) character('O', kLeftAlt);
}

void VtInput::byte(UCHAR value) {
    switch (state_) {
        case State::Escape:
            return escape(value);
        case State::Sequence:
            return sequence(value);
        case State::Single:
            state_ = State::Text;
            return execute(value);
        case State::Text:
            break;
    }
    const bool goes_on = value >= 0x80 && value < 0xC0;
    if (continuation_ && !goes_on) unknown();
    if (value == kEscape)
        state_ = State::Escape;
    else if (value < 0x80)
        character(value, alt_ ? kLeftAlt : 0);
    else if (!goes_on)
        begin_character(value);
    else if (!continuation_)
        unknown();
    else
        continue_character(value);
}

void VtInput::begin_character(UCHAR value) {
    continuation_ = value < 0xE0 ? 1 : value < 0xF0 ? 2 : 3;
    code_ = value & (0x3Fu >> continuation_);
    least_ = continuation_ == 1 ? 0x80 : continuation_ == 2 ? 0x800 : 0x10000;
    if (value >= 0xF8) unknown();
}

void VtInput::continue_character(UCHAR value) {
    code_ = code_ << 6 | (value & 0x3F);
    if (--continuation_) return;
    const bool surrogate = code_ >= 0xD800 && code_ < 0xE000;
    if (code_ < least_ || code_ > kLastCharacter || surrogate) return unknown();
    character(code_, alt_ ? kLeftAlt : 0);
}

// What is no UTF-8.
void VtInput::unknown() {
    continuation_ = 0;
    press(0, kReplacement, 0);
}

void VtInput::escape(UCHAR value) {
    state_ = State::Text;
    if (value == '[') {
        state_ = State::Sequence;
        count_ = 0;
        for (int& parameter : parameters_)
            parameter = 0;
    } else if (value == 'O') {
        state_ = State::Single;
        count_ = 0;
    } else if (value == kEscape) {
        press(kVkEscape, kEscape, 0);
        state_ = State::Escape;
    } else if (value == kControlC) {
        line_break();
    } else {
        alt_ = true;
        byte(value);
        alt_ = false;
    }
}

void VtInput::sequence(UCHAR value) {
    if (value >= '0' && value <= '9') {
        if (count_ == 0) count_ = 1;
        int& number = parameters_[count_ - 1];
        number = number * 10 + (value - '0');
        if (number > kLargest) number = kLargest;
    } else if (value == ';') {
        if (count_ == 0) count_ = 1;
        if (count_ < kMostParameters) ++count_;
    } else if (value >= 0x40 && value <= 0x7E) {
        state_ = State::Text;
        execute(value);
    } else if (value < 0x20) {
        state_ = State::Text;
        byte(value);
    }
}

void VtInput::execute(UCHAR final) {
    if (final == 't' && count_ >= 3 && parameters_[0] == 8 && parameters_[1] > 0 && parameters_[2] > 0)
        return receiver_->resized(parameters_[2], parameters_[1]);
    // xterm: 1 and shift 1, alt 2, control 4.
    const int modifiers = count_ >= 2 && parameters_[1] > 0 ? parameters_[1] - 1 : 0;
    const ULONG state =
        (modifiers & 1 ? kShift : 0) | (modifiers & 2 ? kLeftAlt : 0) | (modifiers & 4 ? kLeftControl : 0);
    if (final == 'Z') return press(kVkTab, u'\t', state | kShift);
    if (final == '~') {
        for (const Numbered& known : kNumbered)
            if (known.number == parameters_[0]) return press(known.key, 0, state);
        return;
    }
    for (const Lettered& known : kLettered)
        if (known.letter == final) return press(known.key, 0, state);
}

void VtInput::character(ULONG code, ULONG state) {
    if (code == kRubout || code == '\b') return press(kVkBack, u'\b', state);
    if (code == '\r' || code == '\n') return press(kVkReturn, u'\r', state);
    if (code == '\t') return press(kVkTab, u'\t', state);
    if (code == 0) return press(kVkSpace, 0, state | kLeftControl);
    if (code < 0x20) {
        bool shift = false;
        const USHORT key = key_of(static_cast<WCHAR>(code + 0x40), shift);
        return press(key, static_cast<WCHAR>(code), state | kLeftControl);
    }
    if (code >= 0x10000) {
        press(0, static_cast<WCHAR>(0xD800 + ((code - 0x10000) >> 10)), state);
        return press(0, static_cast<WCHAR>(0xDC00 + (code & 0x3FF)), state);
    }
    bool shift = false;
    const USHORT key = key_of(static_cast<WCHAR>(code), shift);
    press(key, static_cast<WCHAR>(code), state | (shift ? kShift : 0));
}

void VtInput::press(USHORT key, WCHAR character, ULONG state) {
    KeyEvent event;
    event.key = key;
    event.scan = scan_of(key);
    event.character = character;
    event.state = state | (is_enhanced(key) ? kEnhanced : 0);
    receiver_->key(event);
    event.down = 0;
    receiver_->key(event);
}

app::Text vt_of(const KeyEvent& event) {
    app::Text text;
    if (!event.down) return text;
    const int modifiers = (event.state & kShift ? 1 : 0) | (event.state & kAnyAlt ? 2 : 0) |
                          (event.state & kAnyControl ? 4 : 0);
    if (event.key == kVkBack && event.character) {
        text.append(static_cast<WCHAR>(modifiers & 4 ? 0x08 : 0x7F));
        return text;
    }
    if (event.key == kVkTab && (event.state & kShift)) return app::Text(u"\x1b[Z");
    if (event.character) {
        if (event.state & kAnyAlt) text.append(static_cast<WCHAR>(kEscape));
        text.append(event.character);
        return text;
    }
    for (const Lettered& known : kLettered) {
        if (known.key != event.key) continue;
        const bool function = known.letter >= 'P';
        text.append(static_cast<WCHAR>(kEscape));
        text.append(static_cast<WCHAR>(function && !modifiers ? u'O' : u'['));
        if (modifiers) {
            text.append(app::View(u"1;"));
            append_number(text, modifiers + 1);
        }
        text.append(static_cast<WCHAR>(known.letter));
        return text;
    }
    for (const Numbered& known : kNumbered) {
        if (known.key != event.key) continue;
        text.append(static_cast<WCHAR>(kEscape));
        text.append(u'[');
        append_number(text, known.number);
        if (modifiers) {
            text.append(u';');
            append_number(text, modifiers + 1);
        }
        text.append(u'~');
        return text;
    }
    return text;
}

}  // namespace conhost
