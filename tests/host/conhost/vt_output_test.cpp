// SPDX-License-Identifier: GPL-3.0-only
//
// Values from Microsoft's "Console Virtual Terminal Sequences" and ECMA-48.
#include "apps/conhost/vt_output.hpp"

#include "tests/host/conhost/support.hpp"

using conhost::Point;
using conhost::ScreenBuffer;

namespace {

class VtOutputTest : public testing::Test, protected conhost::VtOutput::Effects {
protected:
    void SetUp() override {
        ASSERT_TRUE(buffer_.resize(20, 6));
        buffer_.mode = 0x7;
    }
    void write(const std::string& text) {
        const std::u16string units = wide(text);
        output_.write(buffer_, *this, app::View(units.data(), units.size()));
    }
    USHORT attributes(int x, int y) { return buffer_.row(y)[x].attributes; }
    void set_title(app::View title) override { title_ = narrow(title); }
    void answer(app::View text) override { answered_ += narrow(text); }
    void beep() override { ++beeps_; }

    ScreenBuffer buffer_;
    conhost::VtOutput output_;
    std::string title_, answered_;
    int beeps_ = 0;
};

TEST_F(VtOutputTest, MovesTheCursor) {
    write("\x1b[3;5Hx");
    EXPECT_EQ(row(buffer_, 2), "    x");
    write("\x1b[2A\x1b[3D");
    EXPECT_EQ(buffer_.cursor(), (Point{2, 0}));
    write("\x1b[99B\x1b[99C");
    EXPECT_EQ(buffer_.cursor(), (Point{19, 5}));
    write("\x1b[2F");
    EXPECT_EQ(buffer_.cursor(), (Point{0, 3}));
    write("\x1b[7G\x1b[2d");
    EXPECT_EQ(buffer_.cursor(), (Point{6, 1}));
    write(
        "\x1b"
        "7\x1b[H\x1b"
        "8");
    EXPECT_EQ(buffer_.cursor(), (Point{6, 1}));
}

TEST_F(VtOutputTest, ErasesAndInserts) {
    write("abcdefgh\x1b[4D\x1b[K");
    EXPECT_EQ(row(buffer_, 0), "abcd");
    write("\x1b[1;2H\x1b[2@XY");
    EXPECT_EQ(row(buffer_, 0), "aXYbcd");
    write("\x1b[1;2H\x1b[3P");
    EXPECT_EQ(row(buffer_, 0), "acd");
    write("\x1b[1;1H\x1b[2X");
    EXPECT_EQ(row(buffer_, 0), "  d");
    write("\x1b[L");
    EXPECT_EQ(row(buffer_, 1), "  d");
    write("\x1b[M");
    EXPECT_EQ(row(buffer_, 0), "  d");
    write("\x1b[2J");
    EXPECT_EQ(row(buffer_, 0), "");
    EXPECT_EQ(buffer_.cursor(), (Point{0, 0}));
}

TEST_F(VtOutputTest, ColoursAreBits) {
    write("\x1b[31mr\x1b[1mR\x1b[42mg\x1b[0md\x1b[94;103mb\x1b[7mn\x1b[27;4mu\x1b[m.");
    EXPECT_EQ(attributes(0, 0), 0x04);
    EXPECT_EQ(attributes(1, 0), 0x0C);
    EXPECT_EQ(attributes(2, 0), 0x2C);
    EXPECT_EQ(attributes(3, 0), 0x07);
    EXPECT_EQ(attributes(4, 0), 0xE9);
    EXPECT_EQ(attributes(5, 0), 0x40E9);
    EXPECT_EQ(attributes(6, 0), 0x80E9);
    EXPECT_EQ(attributes(7, 0), 0x07);
    write("\r\x1b[38;5;196mx\x1b[48;2;0;0;255my\x1b[39;49mz");
    EXPECT_EQ(attributes(0, 0), 0x0C);
    EXPECT_EQ(attributes(1, 0), 0x9C);
    EXPECT_EQ(attributes(2, 0), 0x07);
}

TEST_F(VtOutputTest, WrapsWhenTheNextCharacterComes) {
    write("12345678901234567890");
    EXPECT_EQ(buffer_.cursor(), (Point{19, 0}));
    write("\r\nnext");
    EXPECT_EQ(row(buffer_, 1), "next");
    write("\x1b[3;1H12345678901234567890x");
    EXPECT_EQ(row(buffer_, 3), "x");
}

TEST_F(VtOutputTest, MarginsScrollWhatIsBetween) {
    write("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\n");
    EXPECT_EQ(row(buffer_, 0), "a");
    EXPECT_EQ(row(buffer_, 1), "c");
    EXPECT_EQ(row(buffer_, 2), "");
    EXPECT_EQ(row(buffer_, 3), "d");
    write("\x1b[2;1H\x1bM");
    EXPECT_EQ(row(buffer_, 2), "c");
}

TEST_F(VtOutputTest, TheAlternateScreenPutsTheFirstAside) {
    write("one\r\n\x1b[32mtwo\x1b[?1049h");
    EXPECT_TRUE(output_.is_alternate());
    EXPECT_EQ(row(buffer_, 0) + row(buffer_, 1), "");
    write("\x1b[H\x1b[31mdrawn\x1b[2;3r\x1b[?1049hmore");
    EXPECT_EQ(row(buffer_, 0), "moren");  // margins bring the cursor home
    write("\x1b[?1049l");
    EXPECT_FALSE(output_.is_alternate());
    EXPECT_EQ(row(buffer_, 0), "one");
    EXPECT_EQ(row(buffer_, 1), "two");
    EXPECT_EQ(attributes(0, 1), 0x02);
    EXPECT_EQ(buffer_.cursor(), (Point{3, 1}));
    write("!\x1b[?1049l");
    EXPECT_EQ(row(buffer_, 1), "two!");
    EXPECT_EQ(attributes(3, 1), 0x02);
    // As it is when the window has become smaller meanwhile.
    write("\x1b[?1049h");
    ASSERT_TRUE(buffer_.resize(2, 2));
    output_.set_alternate(buffer_, false);
    EXPECT_EQ(row(buffer_, 0), "on");
    EXPECT_EQ(row(buffer_, 1), "tw");
}

TEST_F(VtOutputTest, AnswersAndTitles) {
    write("\x1b[3;4H\x1b[6n\x1b[5n\x1b[c");
    EXPECT_EQ(answered_, "\x1b[3;4R\x1b[0n\x1b[?1;0c");
    write("\x1b]0;one\a\x1b]2;two\x1b\\\a");
    EXPECT_EQ(title_, "two");
    EXPECT_EQ(beeps_, 1);
    write("\x1b[?25l");
    EXPECT_FALSE(buffer_.cursor_visible);
}

TEST_F(VtOutputTest, SequencesMayBeSplit) {
    for (const char c : std::string("\x1b[2;3Hx\x1b]0;t\x1b\\y"))
        write(std::string(1, c));
    EXPECT_EQ(row(buffer_, 1), "  xy");
    EXPECT_EQ(title_, "t");
}

TEST_F(VtOutputTest, WithoutTheModeTheyAreText) {
    buffer_.mode = 0x3;
    write("\x1b[2J");
    EXPECT_EQ(row(buffer_, 0).substr(1), "[2J");
}

TEST_F(VtOutputTest, AnythingIsBearable) {
    unsigned seed = 1;
    std::string text;
    const std::string choice = "\x1b[]?;0123456789ABCDEFGHJKLMPSTXdfhlmnrsu@\r\n\b\t\a\x18 ax";
    for (int i = 0; i < 200000; ++i) {
        seed = seed * 1103515245 + 12345;
        text += choice[(seed >> 16) % choice.size()];
    }
    write(text);
    EXPECT_TRUE(buffer_.cursor().x >= 0 && buffer_.cursor().x < 20);
}

}  // namespace
