// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <string>

#include "base/folded_name.hpp"
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

// As compare_ignore_case(), whichever of the names are long, and whichever is looked for.
TEST(FoldedName, OrdersWithoutRegardToCase) {
    std::vector<std::u16string> names;
    for (const char16_t* unit : {u"a", u"A", u"\u03b1", u"\u0391", u"z"})
        for (size_t length : {0, 1, 15, 16, 31, 32, 33, 40, 64, 65, 200, 1023, 1024})
            for (const char16_t* end : {u"", u"b", u"B", u"\u0431", u"\u0411", u"0"}) {
                std::u16string name(length, *unit);
                if (!name.empty()) name.replace(name.size() - 1, 1, end);
                names.push_back(std::move(name));
            }
    auto sign = [](int number) { return (number > 0) - (number < 0); };
    std::vector<base::FoldedName> folded;
    for (const std::u16string& name : names)
        folded.push_back(MUST(base::FoldedName::create(name)));
    for (size_t i = 0; i < names.size(); ++i) {
        EXPECT_EQ(folded[i].view(), names[i]);
        base::FoldedKey key(names[i]);
        for (size_t j = 0; j < names.size(); ++j) {
            int expected = sign(base::compare_ignore_case(names[i], names[j]));
            ASSERT_EQ(sign(key.compare(folded[j])), expected) << i << ' ' << j;
            ASSERT_EQ(base::FoldedNameKey(folded[i]) < base::FoldedNameKey(folded[j]), expected < 0);
            ASSERT_EQ(base::FoldedNameKey(folded[j]) < key, expected > 0);
        }
    }
    // What is longer than any name in a tree comes behind those that it begins with.
    std::u16string beyond(5'000, u'A');
    base::FoldedKey key(beyond);
    EXPECT_GT(key.compare(MUST(base::FoldedName::create(std::u16string(1024, u'a')))), 0);
    EXPECT_LT(key.compare(MUST(base::FoldedName::create(std::u16string(1024, u'b')))), 0);
}

TEST(Upcase, OfTexts) {
    std::u16string text;
    for (char16_t unit = 0x20; unit < 0x600; ++unit)
        text += unit;
    for (size_t begin : {0, 1, 7, 90, 200}) {
        std::u16string upper(text.size() - begin, u'?');
        base::upcase(std::u16string_view(text).substr(begin), upper.data());
        for (size_t i = 0; i < upper.size(); ++i)
            ASSERT_EQ(upper[i], base::upcase(text[begin + i]));
    }
}

}  // namespace
