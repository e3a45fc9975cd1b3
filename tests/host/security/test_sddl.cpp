// SPDX-License-Identifier: GPL-3.0-only
//
// SDDL: what [MS-DTYP] 2.5.1 and the driver kit's manual say of it.
#include <gtest/gtest.h>

#include <string>

#include "base/descriptor.hpp"
#include "base/sddl.hpp"

namespace {

using namespace base;

constexpr SECURITY_INFORMATION kAll = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                      DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;

std::u16string again(std::u16string_view text) {
    auto bytes = parse_sddl(text);
    if (!bytes) return u"refused";
    EXPECT_TRUE(check_descriptor(bytes->span()));
    auto back = sddl_text(bytes->span(), kAll);
    return back ? std::u16string(back->view()) : u"not written";
}

TEST(Sddl, what_is_written_is_what_was_read) {
    constexpr std::u16string_view kTexts[] = {
        u"D:P(A;;GA;;;SY)",
        u"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)",
        u"O:BAG:SYD:(A;;FA;;;SY)(D;CIOI;0x1234567;;;S-1-5-21-1-2-3-500)",
        u"O:S-1-5-80-1-2-3-4-5D:P",
        u"D:NO_ACCESS_CONTROL",
        u"D:AI(A;CIOIIOID;KR;;;WD)",
        u"S:(ML;;NWNR;;;HI)",
        u"S:P(AU;SAFA;GA;;;WD)",
        u"D:(OA;;RPWP;bf967aba-0de6-11d0-a285-00aa003049e2;;AU)(OD;;CC;;bf967aba-0de6-11d0-a285-00aa003049e2;"
        u"OW)",
        u"G:S-1-0x123456789abc-1",
        u"",
    };
    for (std::u16string_view text : kTexts)
        EXPECT_EQ(again(text), std::u16string(text));
}

TEST(Sddl, the_same_said_otherwise) {
    EXPECT_EQ(again(u"d:p(a;;ga;;;sy)"), u"D:P(A;;GA;;;SY)");
    EXPECT_EQ(again(u"D:(A;;0x1f01ff;;;S-1-1-0)"), u"D:(A;;FA;;;WD)");
    EXPECT_EQ(again(u"S:(ML;;NW;;;ME)D:(A;;268435456;;;S-1-5-18)O:SY"), u"O:SYD:(A;;GA;;;SY)S:(ML;;NW;;;ME)");
    EXPECT_EQ(again(u"D:(A;;FRFW;;;WD)"), u"D:(A;;0x12019f;;;WD)");
}

TEST(Sddl, masks_and_people_are_those_of_the_documents) {
    auto bytes = parse_sddl(u"D:(A;;FR;;;BU)(A;;KA;;;LS)(A;;RCSDWDWO;;;S-1-5-11)");
    ASSERT_TRUE(bytes);
    AceReader reader(parts_of(bytes->span()).dacl);
    Ace ace;
    ASSERT_TRUE(reader.next(ace));
    EXPECT_EQ(ace.mask(), 0x120089u);
    EXPECT_TRUE(ace.sid() == Sid(5, {32, 545}));
    ASSERT_TRUE(reader.next(ace));
    EXPECT_EQ(ace.mask(), 0xf003fu);
    EXPECT_TRUE(ace.sid() == Sid(5, {19}));
    ASSERT_TRUE(reader.next(ace));
    EXPECT_EQ(ace.mask(), 0xf0000u);
    EXPECT_TRUE(ace.sid() == kAuthenticatedUsers);
    EXPECT_FALSE(reader.next(ace));
}

TEST(Sddl, a_null_list_and_an_empty_one) {
    Parts null = parts_of(parse_sddl(u"D:NO_ACCESS_CONTROL").value().span());
    EXPECT_TRUE(null.has_dacl);
    auto bytes = parse_sddl(u"D:").value();
    Parts empty = parts_of(bytes.span());
    EXPECT_TRUE(empty.has_dacl);
    EXPECT_FALSE(empty.dacl.empty());
    EXPECT_EQ(ace_count(empty.dacl), 0u);
}

TEST(Sddl, bad_strings_are_refused) {
    constexpr std::u16string_view kBad[] = {
        u"D",
        u"X:BA",
        u"D:P(A;;GA;;;SY",
        u"D:P(A;;GA;;SY)",
        u"D:P(A;;GA;;;SY;)",
        u"D:P(A;;GA;;;)",
        u"D:P(A;;GA;;;XX)",
        u"D:P(A;;GA;;;LA)",
        u"D:P(A;;QQ;;;SY)",
        u"D:P(A;;0x;;;SY)",
        u"D:P(A;;0x123456789;;;SY)",
        u"D:P(A;QQ;GA;;;SY)",
        u"D:P(Z;;GA;;;SY)",
        u"D:P(AU;;GA;;;SY)",
        u"S:(A;;GA;;;SY)",
        u"D:P(A;;GA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)",
        u"D:(OA;;GA;bf967aba-0de6-11d0-a285-00aa003049e;;SY)",
        u"D:(OA;;GA;bf967aba-0de6-11d0-a285-00aa003049eg;;SY)",
        u"D:D:",
        u"O:SYO:SY",
        u"O:S-1",
        u"O:S-1-",
        u"O:S-2-5-18",
        u"O:S-1-5-",
        u"O:S-1-5-4294967296",
        u"O:S-1-281474976710656-1",
        u"O:S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
        u"D:P (A;;GA;;;SY)",
        u"D:NO_ACCESS_CONTROL(A;;GA;;;SY)",
        u"D:(XA;;GA;;;WD;(a==1))",
        u"hello",
    };
    for (std::u16string_view text : kBad)
        EXPECT_FALSE(parse_sddl(text)) << std::string(text.begin(), text.end());
}

TEST(Sddl, a_list_too_long_for_one) {
    std::u16string text = u"D:";
    for (int i = 0; i < 4000; ++i)
        text += u"(A;;GA;;;SY)";
    EXPECT_FALSE(parse_sddl(text));
}

// A driver may say anything: however long and however deep, it is refused, and on a stack of any size.
TEST(Sddl, absurd_strings_are_refused) {
    constexpr size_t kMany = 1'000'000;
    const auto times = [](std::u16string_view part) {
        std::u16string all;
        while (all.size() < kMany)
            all += part;
        return all;
    };
    const std::u16string absurd[] = {
        times(u"("),
        times(u")"),
        u"D:" + times(u"("),
        u"D:(XA;;GA;;;WD;" + times(u"(") + times(u")") + u")",
        u"D:" + times(u"()"),
        u"D:(A;;" + times(u"GA") + u";;;SY)" + times(u"x"),
        u"O:S-1-5" + times(u"-1"),
        u"O:S-1-" + times(u"9"),
        times(u"O:SY"),
        times(u"D:(A;;GA;;;SY)"),
        times(u";"),
        times(std::u16string_view(u"\0", 1)),
        u"D:(OA;;GA;" + times(u"bf967aba-") + u";;SY)",
    };
    for (const std::u16string& text : absurd)
        EXPECT_FALSE(parse_sddl(text)) << std::string(text.begin(), text.begin() + 16);
    // What is said a million times over is still said.
    const std::u16string patient[] = {u"D:" + times(u"P"), u"D:" + times(u"AI"),
                                      u"D:(A;" + times(u"OI") + u";GA;;;SY)",
                                      u"D:(A;;0x" + times(u"0") + u"1;;;SY)"};
    for (const std::u16string& text : patient)
        EXPECT_TRUE(parse_sddl(text)) << std::string(text.begin(), text.begin() + 16);
}

}  // namespace
