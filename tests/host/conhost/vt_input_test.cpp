// SPDX-License-Identifier: GPL-3.0-only
//
// What xterm and a VT100 send, and scan codes of set 1, as key events of a US keyboard.
#include "apps/conhost/vt_input.hpp"

#include <vector>

#include "apps/conhost/us_keyboard.hpp"
#include "tests/host/conhost/support.hpp"

using namespace conhost;

namespace {

class VtInputTest : public testing::Test, protected VtInput::Receiver {
protected:
    VtInputTest() { input_.deliver_to(*this); }
    void type(const std::string& text) { input_.take(text.data(), text.size()); }
    // The one key that was pressed and released.
    KeyEvent only() {
        EXPECT_EQ(events_.size(), 2u);
        const KeyEvent event = events_.empty() ? KeyEvent() : events_.front();
        EXPECT_TRUE(event.down && !events_.back().down);
        events_.clear();
        return event;
    }
    void expect(const std::string& text, USHORT key, WCHAR character, ULONG state) {
        type(text);
        const KeyEvent event = only();
        EXPECT_EQ(event.key, key) << text;
        EXPECT_EQ(event.character, character) << text;
        EXPECT_EQ(event.state, state) << text;
    }
    void key(const KeyEvent& event) override { events_.push_back(event); }
    void resized(int columns, int rows) override { columns_ = columns, rows_ = rows; }

    VtInput input_;
    std::vector<KeyEvent> events_;
    int columns_ = 0, rows_ = 0;
};

TEST_F(VtInputTest, Characters) {
    expect("a", 'A', u'a', 0);
    expect("A", 'A', u'A', kShift);
    expect("!", '1', u'!', kShift);
    expect(";", 0xBA, u';', 0);
    expect("\r", kVkReturn, u'\r', 0);
    expect("\x7f", kVkBack, u'\b', 0);
    expect("\t", kVkTab, u'\t', 0);
    expect("\x03", 'C', 3, kLeftControl);
    expect("\x1a", 'Z', 26, kLeftControl);
    expect("\xc3\xa4", 0, 0xE4, 0);
    expect("\x1bx", 'X', u'x', kLeftAlt);
    type("\xf0\x9f\x98\x80");
    ASSERT_EQ(events_.size(), 4u);
    EXPECT_EQ(events_[0].character, 0xD83D);
    EXPECT_EQ(events_[2].character, 0xDE00);
}

TEST_F(VtInputTest, Keys) {
    expect("\x1b[A", kVkUp, 0, kEnhanced);
    expect("\x1b[1;5D", kVkLeft, 0, kEnhanced | kLeftControl);
    expect("\x1b[1;2C", kVkRight, 0, kEnhanced | kShift);
    expect("\x1bOP", kVkF1, 0, 0);
    expect("\x1b[15~", kVkF1 + 4, 0, 0);
    expect("\x1b[24;3~", kVkF12, 0, kLeftAlt);
    expect("\x1b[3~", kVkDelete, 0, kEnhanced);
    expect("\x1b[H", kVkHome, 0, kEnhanced);
    expect("\x1b[4~", kVkEnd, 0, kEnhanced);
    expect("\x1b[Z", kVkTab, u'\t', kShift);
}

TEST_F(VtInputTest, EscapeAlone) {
    EXPECT_EQ(input_.patience(), 0);
    type("\x1b");
    EXPECT_TRUE(events_.empty());
    EXPECT_LT(input_.patience(), 0);
    input_.pause();
    EXPECT_EQ(only().key, kVkEscape);
    EXPECT_EQ(input_.patience(), 0);
    input_.pause();
    EXPECT_TRUE(events_.empty());
}

// A sequence that never ends eats nothing: Alt with [ and O are keys, and what is cut off is given up.
TEST_F(VtInputTest, SequencesThatDoNotEnd) {
    type("\x1b[");
    EXPECT_TRUE(events_.empty());
    EXPECT_LT(input_.patience(), 0);
    input_.pause();
    EXPECT_EQ(only().character, u'[');
    type("\x1bO");
    input_.pause();
    const KeyEvent event = only();
    EXPECT_EQ(event.character, u'O');
    EXPECT_EQ(event.state, kShift | kLeftAlt);
    type("\x1b[1;5");
    input_.pause();
    EXPECT_TRUE(events_.empty());
    expect("q", 'Q', u'q', 0);
}

TEST_F(VtInputTest, ControlBreak) {
    input_.line_break();
    KeyEvent event = only();
    EXPECT_EQ(event.key, kVkCancel);
    EXPECT_EQ(event.scan, 0x46);
    EXPECT_EQ(event.state, kLeftControl | kEnhanced);
    type("\x1b\x03");
    event = only();
    EXPECT_EQ(event.key, kVkCancel);
    EXPECT_EQ(event.state, kLeftControl | kEnhanced);
    // In the middle of whatever was on its way.
    type("\x1b[1;");
    input_.line_break();
    EXPECT_EQ(only().key, kVkCancel);
    type("\xc3");
    input_.line_break();
    EXPECT_EQ(only().key, kVkCancel);
    expect("q", 'Q', u'q', 0);
}

TEST_F(VtInputTest, WhatIsNoUtf8) {
    const auto typed = [this](const std::string& bytes) {
        type(bytes);
        std::u16string text;
        for (const KeyEvent& event : events_)
            if (event.down) text += event.character;
        events_.clear();
        return text;
    };
    EXPECT_EQ(typed("\xff"), u"\xFFFD");
    EXPECT_EQ(typed("\x80q"), u"\xFFFDq");
    EXPECT_EQ(typed("\xc3q"), u"\xFFFDq");
    EXPECT_EQ(typed("\xc3\xc3\xa4"), u"\xFFFD\u00E4");
    EXPECT_EQ(typed("\xc0\x80"), u"\xFFFD");          // longer than need be
    EXPECT_EQ(typed("\xed\xa0\x80"), u"\xFFFD");      // half of a pair
    EXPECT_EQ(typed("\xf7\xbf\xbf\xbf"), u"\xFFFD");  // behind the last
    EXPECT_EQ(typed("\xf4\x8f\xbf\xbf"), u"\xDBFF\xDFFF");
    EXPECT_EQ(typed("\xe2\x82\x1b[A\xe2\x82\xac"), std::u16string(u"\xFFFD\0\u20AC", 3));
}

TEST_F(VtInputTest, SizesAndNonsense) {
    type("\x1b[8;30;100t");
    EXPECT_EQ(columns_, 100);
    EXPECT_EQ(rows_, 30);
    type("\x1b[8;0;0t\x1b[999999999999999999;1x\x1b[<0;1;1M");
    EXPECT_EQ(columns_, 100);
    EXPECT_TRUE(events_.empty());
    expect("q", 'Q', u'q', 0);
}

TEST_F(VtInputTest, TheOtherWayRound) {
    for (const char* text :
         {"\x1b[A", "\x1b[1;5D", "\x1bOP", "\x1b[15~", "\x1b[3~", "\x1b[Z", "a", "\x03", "\x7f"}) {
        type(text);
        EXPECT_EQ(narrow(vt_of(only()).view()), *text == '\x7f' ? "?" : text);
    }
    KeyEvent up;
    up.down = 0;
    EXPECT_TRUE(vt_of(up).empty());
}

KeyEvent translate(UsKeyboard& keyboard, USHORT code, USHORT flags = 0) {
    KEYBOARD_INPUT_DATA data = {};
    data.MakeCode = code;
    data.Flags = flags;
    KeyEvent event;
    return keyboard.translate(data, event) ? event : KeyEvent();
}

TEST(UsKeyboard, ShiftControlAndLocks) {
    UsKeyboard keyboard;
    EXPECT_EQ(translate(keyboard, 0x1E).character, u'a');
    translate(keyboard, 0x2A);
    EXPECT_EQ(translate(keyboard, 0x1E).character, u'A');
    EXPECT_EQ(translate(keyboard, 0x1E).state & kShift, kShift);
    translate(keyboard, 0x2A, KEY_BREAK);
    translate(keyboard, 0x1D);
    const KeyEvent event = translate(keyboard, 0x2E);
    EXPECT_EQ(event.key, 'C');
    EXPECT_EQ(event.character, 3);
    translate(keyboard, 0x1D, KEY_BREAK);
    translate(keyboard, 0x3A);
    translate(keyboard, 0x3A);  // its repeat
    translate(keyboard, 0x3A, KEY_BREAK);
    EXPECT_EQ(translate(keyboard, 0x1E).character, u'A');
    EXPECT_EQ(translate(keyboard, 0x02).character, u'1');
    EXPECT_EQ(keyboard.lamps() & KEYBOARD_CAPS_LOCK_ON, KEYBOARD_CAPS_LOCK_ON);
}

TEST(UsKeyboard, KeypadAndExtendedKeys) {
    UsKeyboard keyboard;
    EXPECT_EQ(translate(keyboard, 0x48).character, u'8');
    EXPECT_EQ(translate(keyboard, 0x48, KEY_E0).key, kVkUp);
    EXPECT_EQ(translate(keyboard, 0x1C, KEY_E0).character, u'\r');
    EXPECT_EQ(translate(keyboard, 0x46, KEY_E0).key, kVkCancel);
    EXPECT_EQ(translate(keyboard, 0x3B).key, kVkF1);
    EXPECT_EQ(translate(keyboard, 0x48, KEY_E0).state, kEnhanced | kNumLock);
    translate(keyboard, 0x45);
    translate(keyboard, 0x45, KEY_BREAK);
    EXPECT_EQ(translate(keyboard, 0x48).key, kVkUp);
    EXPECT_EQ(translate(keyboard, 0x48).character, 0);
}

}  // namespace
