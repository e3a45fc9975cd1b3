// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <string>

#include "base/string.hpp"

namespace {

// At each place of texts of each short length, at each alignment; nothing outside counts.
TEST(Text, AUnitIsFoundWhereItIs) {
    for (size_t start = 0; start < 8; ++start) {
        for (size_t length = 0; length < 80; ++length) {
            std::u16string room(start + length + 8, u'\\');
            for (size_t i = 0; i < length; ++i)
                room[start + i] = static_cast<char16_t>(u'a' + i % 26);
            std::u16string_view text(room.data() + start, length);
            EXPECT_EQ(base::find_unit(text, u'\\'), text.npos);
            for (size_t at = 0; at < length; ++at) {
                std::u16string one = room;
                one[start + at] = u'\\';
                EXPECT_EQ(base::find_unit({one.data() + start, length}, u'\\'), at);
            }
        }
    }
}

// Units whose halves are those of the one that is looked for.
TEST(Text, AUnitIsNotFoundInHalves) {
    std::u16string text(64, char16_t{0x5c5c});
    text[40] = 0x5c00;
    EXPECT_EQ(base::find_unit(text, 0x5c), text.npos);
    EXPECT_EQ(base::find_unit(text, 0x5c00), 40u);
}

}  // namespace
