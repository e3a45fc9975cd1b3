// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/conhost/support.hpp"

using conhost::Cell;
using conhost::Point;
using conhost::Rect;
using conhost::ScreenBuffer;

namespace {

void put(ScreenBuffer& buffer, const char* text) {
    for (; *text; ++text)
        buffer.put(static_cast<WCHAR>(*text), true);
}

struct Listener final : conhost::ScreenListener {
    void before_scroll(int rows, bool) override { scrolled += rows; }
    void cleared() override { ++clears; }
    int scrolled = 0, clears = 0;
};

TEST(ScreenBuffer, SidesHaveBounds) {
    ScreenBuffer buffer;
    EXPECT_FALSE(buffer.resize(0, 5));
    EXPECT_FALSE(buffer.resize(5, 0));
    EXPECT_FALSE(buffer.resize(32768, 1));
    EXPECT_FALSE(buffer.resize(32767, 32767));  // no memory is asked for
    EXPECT_TRUE(buffer.resize(32767, 1));
    EXPECT_TRUE(buffer.resize(1, 32767));
    EXPECT_EQ(buffer.window(), (Rect{0, 0, 0, 0}));
}

TEST(ScreenBuffer, WrapsAndScrolls) {
    ScreenBuffer buffer;
    ASSERT_TRUE(buffer.resize(4, 3));
    Listener listener;
    buffer.listen(&listener);
    put(buffer, "abcdefghijkl");
    EXPECT_EQ(listener.scrolled, 1);
    EXPECT_EQ(row(buffer, 0), "efgh");
    EXPECT_EQ(row(buffer, 1), "ijkl");
    EXPECT_EQ(buffer.cursor(), (Point{0, 2}));
}

TEST(ScreenBuffer, TheWindowFollowsTheCursor) {
    ScreenBuffer buffer;
    ASSERT_TRUE(buffer.resize(10, 100));
    ASSERT_TRUE(buffer.set_window({0, 0, 9, 4}));
    Listener listener;
    buffer.listen(&listener);
    for (int i = 0; i < 7; ++i)
        buffer.line_feed();
    EXPECT_EQ(buffer.window(), (Rect{0, 3, 9, 7}));
    EXPECT_EQ(listener.scrolled, 3);
    EXPECT_TRUE(buffer.set_cursor({2, 0}));
    EXPECT_EQ(buffer.window(), (Rect{0, 0, 9, 4}));
    EXPECT_FALSE(buffer.set_cursor({10, 0}));
    EXPECT_FALSE(buffer.set_cursor({0, -1}));
    EXPECT_FALSE(buffer.set_window({0, 99, 9, 100}));
    EXPECT_FALSE(buffer.set_window({5, 5, 4, 5}));
}

TEST(ScreenBuffer, AResizedOneKeepsItsText) {
    ScreenBuffer buffer;
    ASSERT_TRUE(buffer.resize(6, 4));
    put(buffer, "first");
    buffer.carriage_return(), buffer.line_feed();
    buffer.line_feed(), buffer.line_feed();
    put(buffer, "last");
    ASSERT_TRUE(buffer.resize(3, 2));
    EXPECT_EQ(row(buffer, 1), "las");
    EXPECT_EQ(buffer.cursor(), (Point{2, 1}));
    EXPECT_EQ(buffer.window(), (Rect{0, 0, 2, 1}));
}

TEST(ScreenBuffer, FillsAndCounts) {
    ScreenBuffer buffer;
    ASSERT_TRUE(buffer.resize(4, 2));
    const WCHAR mark = u'#', blank = u' ';
    EXPECT_EQ(buffer.fill({2, 0}, 100, true, &mark, nullptr), 6u);
    EXPECT_EQ(row(buffer, 0), "  ##");
    EXPECT_EQ(buffer.fill({1, 1}, 100, false, &mark, nullptr), 3u);
    EXPECT_EQ(buffer.fill({4, 0}, 1, true, &mark, nullptr), 0u);
    EXPECT_EQ(buffer.fill({0, -1}, 1, true, &mark, nullptr), 0u);
    Listener listener;
    buffer.listen(&listener);
    buffer.fill({0, 0}, 7, true, &blank, nullptr);
    EXPECT_EQ(listener.clears, 0);
    buffer.fill({0, 0}, 8, true, &blank, nullptr);
    EXPECT_EQ(listener.clears, 1);
}

TEST(ScreenBuffer, MovesOverlappingRectanglesEachWay) {
    for (const Point to : {Point{1, 1}, Point{-1, -1}, Point{1, 0}, Point{-1, 0}, Point{0, 1}}) {
        ScreenBuffer buffer;
        ASSERT_TRUE(buffer.resize(5, 5));
        for (int y = 0; y < 5; ++y)
            for (int x = 0; x < 5; ++x) {
                const WCHAR c = static_cast<WCHAR>(u'a' + y * 5 + x);
                buffer.write({x, y}, &c, nullptr);
            }
        buffer.scroll({1, 1, 3, 3}, {1 + to.x, 1 + to.y}, buffer.bounds(), {u'.', 0x1F});
        for (int y = 0; y < 5; ++y)
            for (int x = 0; x < 5; ++x) {
                const int fx = x - to.x, fy = y - to.y;
                const bool moved = fx >= 1 && fx <= 3 && fy >= 1 && fy <= 3;
                const bool left = x >= 1 && x <= 3 && y >= 1 && y <= 3;
                const WCHAR wanted = moved  ? static_cast<WCHAR>(u'a' + fy * 5 + fx)
                                     : left ? u'.'
                                            : static_cast<WCHAR>(u'a' + y * 5 + x);
                EXPECT_EQ(buffer.row(y)[x].character, wanted)
                    << x << "," << y << " by " << to.x << "," << to.y;
            }
    }
}

TEST(ScreenBuffer, ScrollsWithWildNumbers) {
    ScreenBuffer buffer;
    ASSERT_TRUE(buffer.resize(5, 5));
    const int wild[] = {-32768, -1, 0, 4, 5, 32767};
    for (const int a : wild)
        for (const int b : wild)
            for (const int c : wild) {
                buffer.scroll({a, b, c, a}, {b, c}, {c, a, b, c}, Cell());
                buffer.scroll({a, a, c, c}, {b, b}, buffer.bounds(), Cell());
                buffer.scroll_rows(a < 0 ? 0 : a > 4 ? 4 : a, 4, b);
            }
}

}  // namespace
