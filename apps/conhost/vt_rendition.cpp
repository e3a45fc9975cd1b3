// SPDX-License-Identifier: GPL-3.0-only
//
// SGR: colours and attributes, of which a cell of NT's has four bits each for the foreground and the
// background.
#include "apps/conhost/vt_output.hpp"

namespace conhost {
namespace {

constexpr USHORT kIntense = 0x08, kForeground = 0x0F, kBackground = 0xF0, kReverse = 0x4000,
                 kUnderscore = 0x8000;
// VT counts red, green, blue from the low bit, NT blue, green, red.
constexpr USHORT kColor[8] = {0, 4, 2, 6, 1, 5, 3, 7};

USHORT with_foreground(USHORT attributes, USHORT color) {
    return static_cast<USHORT>((attributes & ~kForeground) | color);
}
USHORT with_background(USHORT attributes, USHORT color) {
    return static_cast<USHORT>((attributes & ~kBackground) | color << 4);
}

// The nearest of the sixteen.
USHORT nearest(int red, int green, int blue) {
    const int largest = red > green ? (red > blue ? red : blue) : (green > blue ? green : blue);
    const int smallest = red < green ? (red < blue ? red : blue) : (green < blue ? green : blue);
    if (largest < 0x30) return 0;
    if (largest - smallest < 0x20) return largest < 0xA0 ? 8 : largest < 0xE0 ? 7 : 15;
    const int half = largest / 2 + 1;
    const int bits = (red >= half ? 4 : 0) | (green >= half ? 2 : 0) | (blue >= half ? 1 : 0);
    return static_cast<USHORT>(bits | (largest >= 0xC0 ? kIntense : 0));
}

USHORT of_palette(int index) {
    if (index < 16) return static_cast<USHORT>(kColor[index & 7] | (index & 8 ? kIntense : 0));
    if (index >= 232) return nearest(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
    const auto level = [](int step) { return step ? 55 + step * 40 : 0; };
    const int cube = index - 16;
    return nearest(level(cube / 36), level(cube / 6 % 6), level(cube % 6));
}

}  // namespace

// 38 and 48: `;5;n` or `;2;r;g;b`. How many parameters it takes beyond the first.
unsigned VtOutput::extended_color(unsigned at, int& color) const {
    color = -1;
    if (at + 2 < count_ && parameters_[at + 1] == 5) {
        color = of_palette(parameters_[at + 2] & 0xFF);
        return 2;
    }
    if (at + 4 < count_ && parameters_[at + 1] == 2) {
        color = nearest(parameters_[at + 2] & 0xFF, parameters_[at + 3] & 0xFF, parameters_[at + 4] & 0xFF);
        return 4;
    }
    return count_ - at - 1;
}

void VtOutput::rendition(ScreenBuffer& buffer) {
    USHORT now = buffer.attributes;
    if (count_ == 0) count_ = 1;
    for (unsigned i = 0; i < count_; ++i) {
        const int value = parameters_[i];
        int color = 0;
        if (value == 0)
            now = base_;
        else if (value == 1)
            now |= kIntense;
        else if (value == 4)
            now |= kUnderscore;
        else if (value == 7)
            now |= kReverse;
        else if (value == 22)
            now = static_cast<USHORT>(now & ~kIntense);
        else if (value == 24)
            now = static_cast<USHORT>(now & ~kUnderscore);
        else if (value == 27)
            now = static_cast<USHORT>(now & ~kReverse);
        else if (value >= 30 && value <= 37)
            now = with_foreground(now, static_cast<USHORT>(kColor[value - 30] | (now & kIntense)));
        else if (value >= 40 && value <= 47)
            now = with_background(now, kColor[value - 40]);
        else if (value >= 90 && value <= 97)
            now = with_foreground(now, static_cast<USHORT>(kColor[value - 90] | kIntense));
        else if (value >= 100 && value <= 107)
            now = with_background(now, static_cast<USHORT>(kColor[value - 100] | kIntense));
        else if (value == 39)
            now = with_foreground(now, base_ & kForeground);
        else if (value == 49)
            now = with_background(now, static_cast<USHORT>((base_ & kBackground) >> 4));
        else if (value == 38 || value == 48) {
            i += extended_color(i, color);
            if (color >= 0)
                now = value == 38 ? with_foreground(now, static_cast<USHORT>(color))
                                  : with_background(now, static_cast<USHORT>(color));
        }
    }
    buffer.attributes = now;
}

}  // namespace conhost
