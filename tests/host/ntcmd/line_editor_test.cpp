// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/line_editor.hpp"

#include "tests/host/ntcmd/text.hpp"

namespace ntcmd {
namespace {

struct Names final : Completer {
    List<Text> names;
    bool last_first = false;
    void complete(View word, bool first, List<Text>& candidates) override {
        last_first = first;
        for (const Text& name : names)
            if (name.view().starts_with(word)) candidates.push(Text(name));
    }
};

class Editing : public testing::Test {
protected:
    void type(const char16_t* text) {
        for (; *text; ++text)
            editor.key({KeyKind::Character, *text, false, false});
    }
    LineEditor::Result press(KeyKind kind, bool control = false) {
        return editor.key({kind, 0, control, false});
    }
    std::string text() { return narrow(editor.text()); }
    void enter(const char16_t* line) {
        editor.begin();
        type(line);
        EXPECT_EQ(press(KeyKind::Enter), LineEditor::Result::Entered);
    }

    Names names;
    LineEditor editor{names};
};

TEST_F(Editing, InsertsAndDeletesAtTheCursor) {
    editor.begin();
    type(u"helo");
    press(KeyKind::Left);
    type(u"l");
    EXPECT_EQ(text(), "hello");
    press(KeyKind::Home);
    press(KeyKind::Delete);
    type(u"H");
    press(KeyKind::End);
    press(KeyKind::Backspace);
    EXPECT_EQ(text(), "Hell");
    EXPECT_EQ(editor.cursor(), 4u);
}

TEST_F(Editing, StaysInsideTheLine) {
    editor.begin();
    for (KeyKind kind :
         {KeyKind::Left, KeyKind::Right, KeyKind::Backspace, KeyKind::Delete, KeyKind::Up, KeyKind::Down})
        EXPECT_EQ(press(kind), LineEditor::Result::Editing);
    EXPECT_EQ(text(), "");
    for (SIZE_T i = 0; i < kLongestInput + 10; ++i)
        type(u"x");
    EXPECT_EQ(editor.text().size, kLongestInput);
}

TEST_F(Editing, MovesByWords) {
    editor.begin();
    type(u"one two three");
    press(KeyKind::Left, true);
    EXPECT_EQ(editor.cursor(), 8u);
    press(KeyKind::Left, true);
    EXPECT_EQ(editor.cursor(), 4u);
    press(KeyKind::Right, true);
    EXPECT_EQ(editor.cursor(), 8u);
}

TEST_F(Editing, RecallsLines) {
    enter(u"first");
    enter(u"second");
    enter(u"second");
    editor.begin();
    type(u"dra");
    press(KeyKind::Up);
    EXPECT_EQ(text(), "second");
    press(KeyKind::Up);
    EXPECT_EQ(text(), "first");
    press(KeyKind::Up);
    EXPECT_EQ(text(), "first");
    press(KeyKind::Down);
    press(KeyKind::Down);
    EXPECT_EQ(text(), "dra");
}

TEST_F(Editing, ControlCCancels) {
    editor.begin();
    type(u"abc");
    EXPECT_EQ(editor.key({KeyKind::Character, u'C', true, false}), LineEditor::Result::Cancelled);
}

TEST_F(Editing, CompletesTheOnlyCandidate) {
    names.names.push(Text(u"drivers"));
    names.names.push(Text(u"echo"));
    editor.begin();
    type(u"dr");
    press(KeyKind::Tab);
    EXPECT_EQ(text(), "drivers ");
    EXPECT_TRUE(names.last_first);
}

TEST_F(Editing, CompletesWhatCandidatesShareThenShowsThem) {
    names.names.push(Text(u"ntdll.dll"));
    names.names.push(Text(u"ntcmd.exe"));
    editor.begin();
    type(u"dir n");
    press(KeyKind::Tab);
    EXPECT_EQ(text(), "dir nt");
    EXPECT_TRUE(editor.choices().empty());
    press(KeyKind::Tab);
    EXPECT_EQ(editor.choices().size(), 2u);
    EXPECT_FALSE(names.last_first);
}

TEST_F(Editing, CompletesInTheMiddleAndKeepsDirectoriesOpen) {
    names.names.push(Text(u"\\SystemRoot\\"));
    editor.begin();
    type(u"dir \\Sys x");
    press(KeyKind::Left);
    press(KeyKind::Left);
    press(KeyKind::Tab);
    EXPECT_EQ(text(), "dir \\SystemRoot\\ x");
}

}  // namespace
}  // namespace ntcmd
