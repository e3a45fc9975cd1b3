// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/line_editor.hpp"

#include "tests/host/conhost/support.hpp"

using namespace conhost;

namespace {

class LineEditorTest : public testing::Test {
protected:
    void SetUp() override { begin(); }
    void begin(const char* initial = "", ULONG wakes = 0, SIZE_T longest = 100) {
        const std::u16string units = wide(initial);
        editor_.begin(&history_, View(units.data(), units.size()), longest, wakes, true);
    }
    LineEditor::Result press(USHORT key, WCHAR character = 0, ULONG state = 0) {
        KeyEvent event;
        event.key = key;
        event.character = character;
        event.state = state;
        return editor_.key(event);
    }
    void type(const char* text) {
        for (; *text; ++text)
            press(0, static_cast<WCHAR>(*text));
    }
    void enter(const char* text) {
        begin();
        type(text);
        EXPECT_EQ(press(kVkReturn, u'\r'), LineEditor::Result::Entered);
        begin();
    }
    std::string text() { return narrow(editor_.text()); }

    History history_;
    LineEditor editor_;
};

TEST_F(LineEditorTest, InsertsAndErases) {
    type("held");
    press(kVkLeft);
    type("l");
    press(kVkDelete);
    EXPECT_EQ(text(), "hell");
    press(kVkHome);
    type("s");
    press(kVkEnd);
    press(kVkBack, u'\b');
    EXPECT_EQ(text(), "shel");
    press(kVkInsert);
    press(kVkHome);
    type("S");
    EXPECT_EQ(text(), "Shel");
    press(kVkEscape, 27);
    EXPECT_EQ(text(), "");
    press(kVkBack, u'\b');
    press(kVkDelete);
    press(kVkLeft);
    EXPECT_EQ(editor_.cursor(), 0u);
}

TEST_F(LineEditorTest, WordsAndEnds) {
    type("one two  three");
    press(kVkLeft, 0, kLeftControl);
    EXPECT_EQ(editor_.cursor(), 9u);
    press(kVkLeft, 0, kLeftControl);
    EXPECT_EQ(editor_.cursor(), 4u);
    press(kVkRight, 0, kLeftControl);
    EXPECT_EQ(editor_.cursor(), 9u);
    press(kVkEnd, 0, kLeftControl);
    EXPECT_EQ(text(), "one two  ");
    press(kVkLeft, 0, kLeftControl);
    press(kVkHome, 0, kLeftControl);
    EXPECT_EQ(text(), "two  ");
}

TEST_F(LineEditorTest, Recalls) {
    enter("first");
    enter("second");
    enter("second");
    EXPECT_EQ(history_.lines().size(), 2u);
    press(kVkUp);
    EXPECT_EQ(text(), "second");
    press(kVkUp);
    press(kVkUp);
    EXPECT_EQ(text(), "first");
    press(kVkDown);
    EXPECT_EQ(text(), "second");
    press(kVkDown);
    EXPECT_EQ(text(), "second");
    begin();
    type("fi");
    press(kVkF1 + 7);
    EXPECT_EQ(text(), "first");
    EXPECT_EQ(editor_.cursor(), 2u);
    begin();
    press(kVkF1);
    press(kVkRight);
    EXPECT_EQ(text(), "se");
    press(kVkF1 + 2);
    EXPECT_EQ(text(), "second");
}

// A password is neither remembered nor are other lines shown in its place.
TEST_F(LineEditorTest, WithoutHistory) {
    enter("seen");
    editor_.begin(nullptr, View(), 100, 0, true);
    for (USHORT key :
         {kVkUp, kVkDown, kVkPrior, kVkNext, kVkF1, USHORT(kVkF1 + 2), USHORT(kVkF1 + 7), kVkRight})
        press(key);
    EXPECT_EQ(text(), "");
    type("secret");
    EXPECT_EQ(press(kVkReturn, u'\r'), LineEditor::Result::Entered);
    EXPECT_EQ(history_.lines().size(), 1u);
}

TEST_F(LineEditorTest, LinesGoWhileOneIsRecalled) {
    for (int i = 0; i < 9; ++i)
        enter(("line " + std::to_string(i)).c_str());
    press(kVkUp);
    press(kVkUp);
    history_.limit(2, false);
    press(kVkUp);
    EXPECT_EQ(text(), "line 8");
    begin();
    history_.clear();
    for (USHORT key : {kVkUp, kVkDown, kVkPrior, kVkNext, kVkF1, USHORT(kVkF1 + 7)})
        press(key);
    EXPECT_EQ(text(), "");
    enter("one");
    press(kVkF1 + 6, 0, kLeftAlt);
    EXPECT_TRUE(history_.lines().empty());
}

TEST_F(LineEditorTest, HoldsSoMuch) {
    begin("", 0, 3);
    type("abcd");
    EXPECT_EQ(text(), "abc");
    for (int i = 0; i < 60; ++i)
        enter(("line " + std::to_string(i)).c_str());
    EXPECT_EQ(history_.lines().size(), History::kMost);
}

TEST_F(LineEditorTest, WakesWhereItIsTold) {
    begin("cd te", 1u << 9);
    EXPECT_EQ(editor_.cursor(), 5u);
    EXPECT_EQ(press(kVkTab, u'\t'), LineEditor::Result::Woken);
    EXPECT_EQ(text(), "cd te\t");
}

}  // namespace
