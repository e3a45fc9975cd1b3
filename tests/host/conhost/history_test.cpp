// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/history.hpp"

#include "tests/host/conhost/support.hpp"

using namespace conhost;

namespace {

class HistoryTest : public testing::Test {
protected:
    void enter(ULONG process, const char* program, const std::string& line) {
        const std::u16string name = wide(program), text = wide(line);
        History* list = histories_.of(process, View(name.data(), name.size()));
        ASSERT_TRUE(list);
        list->remember(View(text.data(), text.size()));
        histories_.entered(*list);
    }
    std::string lines(ULONG process, const char* program) {
        const std::u16string name = wide(program);
        History* list = histories_.of(process, View(name.data(), name.size()));
        return list ? joined(*list) : "none";
    }
    static std::string joined(const History& list) {
        std::string out;
        for (const Text& line : list.lines())
            out += narrow(line) + "|";
        return out;
    }

    Histories histories_;
};

TEST_F(HistoryTest, EachClientHasItsOwn) {
    enter(8, "ntcmd.exe", "dir");
    enter(12, "cmd.exe", "ver");
    enter(8, "ntcmd.exe", "ps");
    EXPECT_EQ(lines(8, "ntcmd.exe"), "dir|ps|");
    EXPECT_EQ(lines(12, "cmd.exe"), "ver|");
    // A second one of a program that runs begins with nothing.
    EXPECT_EQ(lines(16, "CMD.EXE"), "");
}

TEST_F(HistoryTest, TheNextOfAProgramGoesOn) {
    enter(12, "cmd.exe", "ver");
    histories_.release(12);
    EXPECT_EQ(lines(20, "Cmd.Exe"), "ver|");
    // The one that was used last first.
    enter(24, "cmd.exe", "second");
    histories_.release(20);
    histories_.release(24);
    EXPECT_EQ(lines(28, "cmd.exe"), "second|");
}

TEST_F(HistoryTest, WhoIsNoClientHasHisProgramsList) {
    enter(0, "reader.exe", "one");
    enter(0, "reader.exe", "two");
    EXPECT_EQ(lines(0, "reader.exe"), "one|two|");
    enter(8, "ntcmd.exe", "dir");
    EXPECT_EQ(lines(0, "ntcmd.exe"), "dir|");
    EXPECT_EQ(histories_.lists()[0]->owner, 8u);
}

TEST_F(HistoryTest, ThereAreSoMany) {
    ASSERT_TRUE(histories_.configure(3, 2, false));
    enter(4, "a.exe", "a");
    enter(8, "b.exe", "b");
    EXPECT_EQ(lines(12, "c.exe"), "none");
    histories_.release(4);
    histories_.release(8);
    // That of the program that was in front for the last time longest ago goes.
    EXPECT_EQ(lines(12, "c.exe"), "");
    EXPECT_EQ(lines(16, "b.exe"), "b|");
    for (int i = 0; i < 5; ++i)
        enter(16, "b.exe", std::to_string(i));
    EXPECT_EQ(lines(16, "b.exe"), "2|3|4|");
    ASSERT_TRUE(histories_.configure(2, 2, false));
    EXPECT_EQ(lines(16, "b.exe"), "3|4|");
    EXPECT_FALSE(histories_.configure(1000, 2, false));
    EXPECT_FALSE(histories_.configure(2, 1000, false));
    EXPECT_EQ(histories_.most_lines(), 2u);
    ASSERT_TRUE(histories_.configure(0, 2, false));
    enter(16, "b.exe", "x");
    EXPECT_EQ(lines(16, "b.exe"), "");
}

// What a line is read into stays, whatever somebody asks for meanwhile.
TEST_F(HistoryTest, TheOneInUseStays) {
    enter(0, "a.exe", "a");
    enter(0, "b.exe", "b");
    History* used = histories_.of(0, View(u"a.exe"));
    ASSERT_TRUE(histories_.configure(50, 0, false));
    ASSERT_EQ(histories_.lists().size(), 1u);
    EXPECT_EQ(histories_.lists()[0], used);
    EXPECT_EQ(joined(*used), "a|");
}

TEST_F(HistoryTest, TheSameLineTwice) {
    for (const char* line : {"a", "b", "b", "B", "a"})
        enter(4, "a.exe", line);
    EXPECT_EQ(lines(4, "a.exe"), "a|b|B|a|");
    ASSERT_TRUE(histories_.configure(50, 4, true));
    enter(4, "a.exe", "b");
    EXPECT_EQ(lines(4, "a.exe"), "a|B|a|b|");
    enter(4, "a.exe", "");
    EXPECT_EQ(lines(4, "a.exe"), "a|B|a|b|");
}

TEST_F(HistoryTest, ItsMemoryIsBounded) {
    ASSERT_TRUE(histories_.configure(999, 999, false));
    const std::string filler(8000, 'x');
    for (ULONG process = 4; process < 4 + 20 * 4; process += 4)
        for (int i = 0; i < 20; ++i)
            enter(process, "a.exe", filler + std::to_string(i));
    SIZE_T count = 0;
    for (const History* list : histories_.lists())
        for (const Text& line : list->lines())
            count += line.size();
    EXPECT_LE(count, Histories::kMostCharacters);
    EXPECT_GT(count, Histories::kMostCharacters / 2);
    EXPECT_EQ(histories_.lists()[0]->lines().size(), 20u);
    // One that is emptied so takes as many lines as before.
    enter(4, "a.exe", "short");
    EXPECT_EQ(lines(4, "a.exe"), "short|");
}

}  // namespace
