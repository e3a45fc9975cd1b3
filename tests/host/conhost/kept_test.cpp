// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/kept.hpp"

#include <memory>
#include <random>

#include "apps/conhost/vt_renderer.hpp"
#include "tests/host/conhost/support.hpp"

using namespace conhost;

namespace {

void enter(Histories& histories, ULONG process, const char* program, const std::string& line) {
    const std::u16string name = wide(program), text = wide(line);
    History* list = histories.of(process, View(name.data(), name.size()));
    ASSERT_TRUE(list);
    list->remember(View(text.data(), text.size()));
}

std::string all(const Histories& histories) {
    std::string out;
    for (const History* list : histories.lists()) {
        out += narrow(list->program) + ":";
        for (const Text& line : list->lines())
            out += narrow(line) + "|";
        out += " ";
    }
    return out;
}

TEST(Kept, LinesComeBackInTheirOrder) {
    auto kept = std::make_unique<Kept>();
    Histories before, after;
    enter(before, 4, "a.exe", "one");
    enter(before, 8, "b.exe", "two");
    enter(before, 8, "b.exe", "three");
    keep_lines(*kept, before);
    bring_back_lines(*kept, after);
    EXPECT_EQ(all(after), "b.exe:two|three| a.exe:one| ");
    EXPECT_EQ(after.lists()[0]->owner, 0u);
    // Again, into the other copy.
    enter(before, 4, "a.exe", "four");
    keep_lines(*kept, before);
    Histories again;
    bring_back_lines(*kept, again);
    EXPECT_EQ(all(again), "a.exe:one|four| b.exe:two|three| ");
}

TEST(Kept, OnlyTheNewestFit) {
    auto kept = std::make_unique<Kept>();
    Histories before, after;
    for (int i = 0; i < 10; ++i)
        enter(before, 4, "a.exe", std::string(5000, static_cast<char>('a' + i)));
    enter(before, 8, "b.exe", "short");
    keep_lines(*kept, before);
    bring_back_lines(*kept, after);
    ASSERT_EQ(after.lists().size(), 2u);
    EXPECT_EQ(narrow(after.lists()[0]->program), "b.exe");
    ASSERT_EQ(after.lists()[1]->lines().size(), 2u);
    EXPECT_EQ(after.lists()[1]->lines()[1][0], u'j');
}

// Whatever is there is text or ends.
TEST(Kept, NonsenseDoesNoHarm) {
    auto kept = std::make_unique<Kept>();
    std::mt19937 chance(1);
    for (int round = 0; round < 200; ++round) {
        kept->whole = round % 3;
        for (ULONG& length : kept->lines_length)
            length = round % 5 == 0 ? chance() : chance() % (Kept::kLines + 2);
        for (auto& copy : kept->lines)
            for (WCHAR& c : copy)
                c = static_cast<WCHAR>(chance() % (round % 2 ? 30 : 65536));
        Histories after;
        bring_back_lines(*kept, after);
        EXPECT_LE(after.lists().size(), 4u);
        kept->magic = Kept::kMagic;
        kept->width = static_cast<int>(chance()) >> round % 24;
        kept->height = static_cast<int>(chance()) >> round % 24;
        kept->cursor = {static_cast<int>(chance()) >> round % 24, static_cast<int>(chance()) >> round % 24};
        if (kept->shows()) EXPECT_LE(kept->width * kept->height, static_cast<int>(Kept::kMostCells));
    }
}

class Sink final : public VtRenderer::Sink {
public:
    void send(const char* bytes, SIZE_T length) override { sent.append(bytes, length); }
    std::string sent;
};

void write(ScreenBuffer& buffer, const std::string& text) {
    for (char c : text)
        if (c == '\n')
            buffer.carriage_return(), buffer.line_feed();
        else
            buffer.put(static_cast<WCHAR>(c), true);
}

// A host is ended amid a line in colour, its cursor hidden; the next one goes on below.
TEST(Kept, TheScreenComesBack) {
    auto kept = std::make_unique<Kept>();
    Sink sink;
    {
        ScreenBuffer buffer;
        buffer.resize(20, 4);
        VtRenderer renderer(sink);
        renderer.keep_in(*kept);
        ASSERT_TRUE(renderer.show(buffer));
        write(buffer, "a\nb\nc\nd\ne\n");
        buffer.attributes = 0x0A;
        buffer.cursor_visible = false;
        write(buffer, "f g");
        renderer.flush();
    }
    kept->magic = Kept::kMagic;
    sink.sent.clear();
    ScreenBuffer next;
    next.resize(80, 25);
    VtRenderer renderer(sink);
    renderer.keep_in(*kept);
    ASSERT_TRUE(renderer.go_on(next));
    EXPECT_EQ(next.width(), 20);
    EXPECT_EQ(next.height(), 4);
    EXPECT_EQ(row(next, 2), "f g");
    EXPECT_EQ(next.row(2)[0].attributes, 0x0A);
    EXPECT_EQ(next.cursor(), (Point{0, 3}));
    write(next, "new");
    renderer.flush();
    EXPECT_EQ(sink.sent, "\x1b[0m\x1b[?25h\r\nnew");
    EXPECT_EQ(row(next, 0), "d");
}

// What has only moved is not looked at again, or each line would cost as much as a screen: what is changed
// behind the renderer's back stays as it is.
TEST(Kept, AScrollLooksAtTheRowsThatCome) {
    for (int height : {4, 8}) {
        auto kept = std::make_unique<Kept>();
        Sink sink;
        ScreenBuffer buffer;
        buffer.resize(20, height);
        buffer.set_window({0, 0, 19, 3});
        VtRenderer renderer(sink);
        renderer.keep_in(*kept);
        ASSERT_TRUE(renderer.show(buffer));
        write(buffer, "a\nb\nc\nd");
        renderer.flush();
        kept->cells[2 * 20].character = u'X';
        sink.sent.clear();
        write(buffer, "\ne");
        renderer.flush();
        EXPECT_EQ(sink.sent, "\r\ne") << height;
        write(buffer, "\nf");
        renderer.flush();
        EXPECT_EQ(sink.sent, "\r\ne\r\nf") << height;
    }
}

}  // namespace
