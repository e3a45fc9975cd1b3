// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <string>

#include "executive/hal/code_page.hpp"
#include "executive/hal/font.hpp"
#include "executive/hal/mirror.hpp"
#include "executive/hal/terminal.hpp"
#include "tests/host/hal/fakes.hpp"

namespace {

class Screen final : public hal::Display {
public:
    hal::ConsoleSize size() const override { return {10, 4}; }
    void draw(unsigned row, unsigned column, hal::Cell cell) override {
        ++drawn;
        text[row][column] = cell.character < 128 ? static_cast<char>(cell.character) : '?';
    }
    void move_cursor(unsigned row, unsigned column, bool visible) override {
        cursor_row = row;
        cursor_column = column;
        cursor_visible = visible;
    }
    std::string line(unsigned row) const { return std::string(text[row], 10); }

    char text[4][10];
    unsigned drawn = 0;
    unsigned cursor_row = 0, cursor_column = 0;
    bool cursor_visible = false;
};

struct TerminalTest : testing::Test {
    void SetUp() override { ASSERT_TRUE(terminal.attach(screen)); }
    Screen screen;
    hal::Terminal terminal;
};

TEST_F(TerminalTest, WritesAndWrapsLate) {
    terminal.write("0123456789");
    EXPECT_EQ(screen.line(0), "0123456789");
    EXPECT_EQ(screen.cursor_row, 0u);
    EXPECT_EQ(screen.cursor_column, 9u);
    terminal.write("a");
    EXPECT_EQ(screen.line(1), "a         ");
}

TEST_F(TerminalTest, ScrollsAndDrawsOnce) {
    screen.drawn = 0;
    terminal.write("a\nb\nc\nd\ne\nf");
    EXPECT_EQ(screen.line(0), "c         ");
    EXPECT_EQ(screen.line(3), "f         ");
    EXPECT_EQ(screen.drawn, 4u);
}

TEST_F(TerminalTest, IsDrawnInParts) {
    screen.drawn = 0;
    terminal.put("abc\ndef");
    EXPECT_EQ(screen.drawn, 0u);
    EXPECT_FALSE(terminal.flush(4));
    EXPECT_EQ(screen.drawn, 4u);
    EXPECT_EQ(screen.line(0), "abc       ");
    // What is put meanwhile is drawn with the rest.
    terminal.put("\rD\x1b[1;1HA");
    while (!terminal.flush(1)) {
    }
    EXPECT_EQ(screen.line(0), "Abc       ");
    EXPECT_EQ(screen.line(1), "Def       ");
    EXPECT_EQ(screen.drawn, 8u);
    EXPECT_EQ(screen.cursor_column, 1u);
}

TEST_F(TerminalTest, LooksInParts) {
    screen.drawn = 0;
    terminal.put("a\b \x1b[2J");
    // 40 cells, none of which has changed after all.
    EXPECT_FALSE(terminal.flush(1));
    EXPECT_FALSE(terminal.flush(1));
    EXPECT_TRUE(terminal.flush(1));
    EXPECT_EQ(screen.drawn, 0u);
}

TEST_F(TerminalTest, ScrollsWhatWasErased) {
    terminal.write("\x1b[44m\x1b[2J\x1b[0m\x1b[2;3Hx\x1b[4;1H\n\n\n");
    EXPECT_EQ(terminal.cell(0, 0), (hal::Cell{u' ', 0x17}));
    EXPECT_EQ(terminal.cell(1, 0), hal::Cell());
    terminal.write("\x1b[1;2Hy\x1b[3;9H\x1b[1Jz");
    EXPECT_EQ(screen.line(0), "          ");
    EXPECT_EQ(terminal.cell(0, 1), hal::Cell());
    EXPECT_EQ(screen.line(2), "        z ");
    terminal.write("\x1b[46m\x1b[3;5H\x1b[J");
    EXPECT_EQ(terminal.cell(2, 3), hal::Cell());
    EXPECT_EQ(terminal.cell(2, 4), (hal::Cell{u' ', 0x37}));
    EXPECT_EQ(terminal.cell(3, 0), (hal::Cell{u' ', 0x37}));
    EXPECT_EQ(screen.line(2), "          ");
    for (int i = 0; i < 9; ++i)
        terminal.write("\n" + std::to_string(i));
    EXPECT_EQ(screen.line(0), "5         ");
    EXPECT_EQ(screen.line(3), "8         ");
}

TEST_F(TerminalTest, MovesAndErases) {
    terminal.write("abcdef\x1b[3D\x1b[K");
    EXPECT_EQ(screen.line(0), "abc       ");
    terminal.write("\x1b[2;2Hx\x1b[1Ay\x1b[5Gz\b!");
    EXPECT_EQ(screen.line(0), "aby !     ");
    EXPECT_EQ(screen.line(1), " x        ");
    terminal.write("\x1b[2J\x1b[H");
    EXPECT_EQ(screen.line(1), "          ");
    EXPECT_EQ(terminal.row(), 0u);
}

TEST_F(TerminalTest, NeverLeavesTheScreen) {
    terminal.write("\x1b[99;99Hx\x1b[99Ay\x1b[99999999999999Dz\x1b[0;0H");
    terminal.write("\x1b[1;2;3;4;5;6;7;8;9;10;11m\x1b[\x1b[?25\x18text");
    EXPECT_LT(terminal.row(), 4u);
}

TEST_F(TerminalTest, ColoursAndCursor) {
    terminal.write("\x1b[31ma\x1b[1;44mb\x1b[7mc\x1b[0md\x1b[92me\x1b[?25l");
    EXPECT_EQ(terminal.cell(0, 0).attribute, 0x04);
    EXPECT_EQ(terminal.cell(0, 1).attribute, 0x1c);
    EXPECT_EQ(terminal.cell(0, 2).attribute, 0xc1);
    EXPECT_EQ(terminal.cell(0, 3).attribute, 0x07);
    EXPECT_EQ(terminal.cell(0, 4).attribute, 0x0a);
    EXPECT_FALSE(screen.cursor_visible);
}

TEST_F(TerminalTest, Utf8InPieces) {
    terminal.write("\xc3");
    terminal.write("\xa9\xe2\x94\x80\xff\xf0\x9f\x98\x80x");
    EXPECT_EQ(terminal.cell(0, 0).character, u'\u00e9');
    EXPECT_EQ(terminal.cell(0, 1).character, u'\u2500');
}

TEST_F(TerminalTest, KeepsTheLineBeingTyped) {
    terminal.write("\x1b[32mC:\x1b[0m> ab");
    hal::Cell line[80];
    char text[hal::Terminal::kLongestCell];
    uint8_t shown = hal::Cell().attribute;
    std::string kept;
    for (hal::Cell cell : terminal.cursor_line(line))
        kept += hal::Terminal::text_of(cell, shown, text);
    EXPECT_EQ(kept, "\x1b[0;32;40mC:\x1b[0;37;40m> ab");
    EXPECT_EQ(terminal.cursor_line(std::span(line).first(3)).size(), 3u);
    terminal.write("\n");
    EXPECT_TRUE(terminal.cursor_line(line).empty());
}

TEST_F(TerminalTest, AnyBytes) {
    unsigned seed = 1;
    for (int i = 0; i < 20000; ++i) {
        seed = seed * 1664525 + 1013904223;
        char value = static_cast<char>(seed >> 24);
        if (seed % 7 == 0) value = "\x1b[;?0123HJKmABCD"[seed / 7 % 16];
        terminal.write({&value, 1});
    }
    EXPECT_LE(terminal.column(), 10u);
}

TEST(Mirror, DropsColoursKeepsMovement) {
    fakes::serial.clear();
    hal::Mirror mirror;
    mirror.write("a\x1b[31mb\nc\x1b[2D\x1b[K\x1b[?25l");
    mirror.write("\x1b[");
    mirror.write("0md");
    EXPECT_EQ(fakes::serial, "ab\r\nc\x1b[2D\x1b[Kd");
}

TEST(CodePage, Maps) {
    EXPECT_EQ(hal::to_code_page_437(u'A'), 'A');
    EXPECT_EQ(hal::to_code_page_437(u'\u00e9'), 0x82);
    EXPECT_EQ(hal::to_code_page_437(u'\u2500'), 0xc4);
    EXPECT_EQ(hal::to_code_page_437(u'\u4e00'), '?');
}

TEST(Font, EveryGlyphIsThere) {
    for (char16_t c = 0x21; c < 0x7f; ++c) {
        unsigned pixels = 0;
        for (unsigned row = 0; row < 16; ++row)
            pixels += hal::glyph_row(c, row) != 0;
        EXPECT_GT(pixels, 0u) << static_cast<int>(c);
    }
}

}  // namespace
