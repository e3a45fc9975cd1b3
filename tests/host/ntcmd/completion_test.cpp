// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/completion.hpp"

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

class Completing : public testing::Test {
protected:
    Completed at(const char16_t* line, SIZE_T cursor) { return complete(View(line), cursor, names); }
    Completed at_end(const char16_t* line) { return at(line, View(line).size); }

    Names names;
};

TEST_F(Completing, TheOnlyCandidate) {
    names.names.push(Text(u"drivers"));
    names.names.push(Text(u"echo"));
    const Completed made = at_end(u"dr");
    EXPECT_EQ(made.start, 0u);
    EXPECT_EQ(narrow(made.word), "drivers ");
    EXPECT_TRUE(names.last_first);
}

TEST_F(Completing, NothingStaysWhatItIs) {
    const Completed made = at_end(u"dir xyz");
    EXPECT_EQ(made.start, 4u);
    EXPECT_EQ(narrow(made.word), "xyz");
    EXPECT_TRUE(made.choices.empty());
}

TEST_F(Completing, WhatCandidatesShareThenShowsThem) {
    names.names.push(Text(u"ntdll.dll"));
    names.names.push(Text(u"ntcmd.exe"));
    const Completed first = at_end(u"dir n");
    EXPECT_EQ(narrow(first.word), "nt");
    EXPECT_TRUE(first.choices.empty());
    const Completed second = at_end(u"dir nt");
    EXPECT_EQ(narrow(second.word), "nt");
    EXPECT_EQ(second.choices.size(), 2u);
    EXPECT_FALSE(names.last_first);
}

TEST_F(Completing, CommandsAfterSeparators) {
    names.names.push(Text(u"echo"));
    EXPECT_EQ(at_end(u"dir & ec").start, 6u);
    EXPECT_TRUE(names.last_first);
    at_end(u"dir | ec");
    EXPECT_TRUE(names.last_first);
    at_end(u"dir > ec");
    EXPECT_FALSE(names.last_first);
}

TEST_F(Completing, InTheMiddleAndKeepsDirectoriesOpen) {
    names.names.push(Text(u"\\SystemRoot\\"));
    const Completed made = at(u"dir \\Sys x", 8);
    EXPECT_EQ(made.start, 4u);
    EXPECT_EQ(narrow(made.word), "\\SystemRoot\\");
}

}  // namespace
}  // namespace ntcmd
