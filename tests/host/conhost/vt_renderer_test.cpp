// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/vt_renderer.hpp"

#include "apps/conhost/vt_output.hpp"
#include "tests/host/conhost/support.hpp"

using namespace conhost;

namespace {

// What is shown is read by the emulator of the other direction, on a screen of its own.
class VtRendererTest : public testing::Test, protected VtRenderer::Sink, protected VtOutput::Effects {
protected:
    void SetUp() override {
        ASSERT_TRUE(buffer_.resize(20, 5));
        ASSERT_TRUE(seen_.resize(20, 5));
        seen_.mode = 0x7;
        ASSERT_TRUE(renderer_.show(buffer_));
    }
    void send(const char* bytes, SIZE_T length) override { sent_.append(bytes, length); }
    void set_title(app::View) override {}
    void answer(app::View) override {}
    void beep() override {}
    void write(const std::string& text) {
        const std::u16string units = wide(text);
        buffer_.mode = 0x7;
        program_.write(buffer_, *this, app::View(units.data(), units.size()));
    }
    std::string flush() {
        renderer_.flush();
        const std::string sent = sent_;
        sent_.clear();
        const std::u16string units = wide(sent);
        terminal_.write(seen_, *this, app::View(units.data(), units.size()));
        return sent;
    }
    void expect_same() {
        for (int y = 0; y < 5; ++y)
            for (int x = 0; x < 20; ++x)
                ASSERT_EQ(seen_.row(y)[x], buffer_.row(y)[x]) << x << "," << y;
        EXPECT_EQ(seen_.cursor(), buffer_.cursor());
    }

    ScreenBuffer buffer_, seen_;
    VtOutput program_, terminal_;
    VtRenderer renderer_{*this};
    std::string sent_;
};

TEST_F(VtRendererTest, TextIsText) {
    write("hello world\r\nsecond");
    EXPECT_EQ(flush(), "hello world\r\nsecond");
    write("\b\bN");
    EXPECT_EQ(flush(), "\b\bN");
    EXPECT_EQ(flush(), "");
}

TEST_F(VtRendererTest, WhatScrollsAwayWasThere) {
    std::string all;
    for (int i = 0; i < 12; ++i) {
        write("line " + std::to_string(i) + "\r\n");
        if (i % 5 == 4) all += flush();
    }
    all += flush();
    for (int i = 0; i < 12; ++i)
        EXPECT_NE(all.find("line " + std::to_string(i)), std::string::npos) << i;
    expect_same();
}

TEST_F(VtRendererTest, ShowsWhateverIsThere) {
    unsigned seed = 7;
    const auto random = [&](unsigned most) { return (seed = seed * 1103515245 + 12345) / 65536 % most; };
    for (int i = 0; i < 3000; ++i) {
        std::string text;
        switch (random(7)) {
            case 0:
                text = "\x1b[" + std::to_string(1 + random(5)) + ";" + std::to_string(1 + random(20)) + "H";
                break;
            case 1:
                text = "\x1b[" + std::to_string(30 + random(8)) + ";" + std::to_string(40 + random(8)) + "m";
                break;
            case 2:
                text = "\r\n";
                break;
            case 3:
                text = "\x1b[K";
                break;
            case 4:
                text = random(8) ? "\x1b[m" : "\x1b[2J";
                break;
            default:
                for (unsigned j = random(25); j; --j)
                    text += static_cast<char>('a' + random(26));
        }
        write(text);
        if (random(3) == 0) {
            flush();
            expect_same();
        }
    }
}

}  // namespace
