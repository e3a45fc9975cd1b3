// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/keys.hpp"

#include <gtest/gtest.h>

namespace ntcmd {
namespace {

class Keys : public testing::Test {
protected:
    Key make(USHORT code, USHORT flags = 0) { return translator.translate({0, code, flags, 0, 0}); }
    Key release(USHORT code, USHORT flags = 0) { return make(code, static_cast<USHORT>(flags | KEY_BREAK)); }
    KeyTranslator translator;
};

TEST_F(Keys, LettersDigitsAndSigns) {
    EXPECT_EQ(make(0x1E).character, u'a');
    EXPECT_EQ(make(0x02).character, u'1');
    EXPECT_EQ(make(0x2B).character, u'\\');
    EXPECT_EQ(make(0x39).character, u' ');
    EXPECT_EQ(release(0x1E).kind, KeyKind::None);
}

TEST_F(Keys, ShiftHoldsUntilReleased) {
    make(0x2A);
    EXPECT_EQ(make(0x1E).character, u'A');
    EXPECT_EQ(make(0x2B).character, u'|');
    release(0x2A);
    EXPECT_EQ(make(0x1E).character, u'a');
}

TEST_F(Keys, CapsLockTouchesLettersOnly) {
    make(0x3A);
    release(0x3A);
    EXPECT_EQ(make(0x1E).character, u'A');
    EXPECT_EQ(make(0x02).character, u'1');
    make(0x36);
    EXPECT_EQ(make(0x1E).character, u'a');
    EXPECT_EQ(translator.lamps() & KEYBOARD_CAPS_LOCK_ON, KEYBOARD_CAPS_LOCK_ON);
}

TEST_F(Keys, ControlC) {
    make(0x1D);
    const Key key = make(0x2E);
    EXPECT_TRUE(key.control);
    EXPECT_EQ(key.character, u'C');
}

TEST_F(Keys, ExtendedKeysMoveAndKeypadCounts) {
    EXPECT_EQ(make(0x4B, KEY_E0).kind, KeyKind::Left);
    EXPECT_EQ(make(0x47, KEY_E0).kind, KeyKind::Home);
    EXPECT_EQ(make(0x53, KEY_E0).kind, KeyKind::Delete);
    EXPECT_EQ(make(0x1C, KEY_E0).kind, KeyKind::Enter);
    EXPECT_EQ(make(0x4B).character, u'4');
    make(0x45);
    EXPECT_EQ(make(0x4B).kind, KeyKind::Left);
}

TEST_F(Keys, EveryCodeIsSafe) {
    for (unsigned code = 0; code < 0x200; ++code)
        for (unsigned flags = 0; flags < 8; ++flags)
            make(static_cast<USHORT>(code), static_cast<USHORT>(flags));
}

}  // namespace
}  // namespace ntcmd
