// SPDX-License-Identifier: GPL-3.0-only
// Normalisation: the examples of UAX #15 and what the standard promises of every text.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "abi/nt/ntnormalize.h"
#include "tests/host/ntdll/fake.hpp"

namespace {

std::u16string in(ULONG form, const std::u16string& text) {
    WCHAR buffer[256];
    LONG size = 256;
    const NTSTATUS status =
        RtlNormalizeString(form, text.data(), static_cast<LONG>(text.size()), buffer, &size);
    return status == STATUS_SUCCESS ? std::u16string(buffer, static_cast<size_t>(size)) : u"failed";
}
bool is(ULONG form, const std::u16string& text) {
    BOOLEAN result = FALSE;
    EXPECT_EQ(RtlIsNormalizedString(form, text.data(), static_cast<LONG>(text.size()), &result),
              STATUS_SUCCESS);
    return result;
}

struct Case {
    const WCHAR *source, *c, *d, *kc, *kd;
};

TEST(Normalization, ExamplesOfTheStandard) {
    const Case cases[] = {
        {u"\x212b", u"\xc5", u"A\x30a", u"\xc5", u"A\x30a"},
        {u"\x2126", u"\x3a9", u"\x3a9", u"\x3a9", u"\x3a9"},
        {u"\xf4", u"\xf4", u"o\x302", u"\xf4", u"o\x302"},
        {u"\x1e69", u"\x1e69", u"s\x323\x307", u"\x1e69", u"s\x323\x307"},
        {u"\x1e0b\x323", u"\x1e0d\x307", u"d\x323\x307", u"\x1e0d\x307", u"d\x323\x307"},
        {u"\xfb01", u"\xfb01", u"\xfb01", u"fi", u"fi"},
        {u"2\x2075", u"2\x2075", u"2\x2075", u"25", u"25"},
        {u"\x1e9b\x323", u"\x1e9b\x323", u"\x17f\x323\x307", u"\x1e69", u"s\x323\x307"},
        {u"\xd4db", u"\xd4db", u"\x1111\x1171\x11b6", u"\xd4db", u"\x1111\x1171\x11b6"},
        {u"\x1111\x1171\x11b6", u"\xd4db", u"\x1111\x1171\x11b6", u"\xd4db", u"\x1111\x1171\x11b6"},
        // Excluded from composition; supplementary; blocked by a mark of the same class.
        {u"\x958", u"\x915\x93c", u"\x915\x93c", u"\x915\x93c", u"\x915\x93c"},
        {u"\xd834\xdd5e", u"\xd834\xdd57\xd834\xdd65", u"\xd834\xdd57\xd834\xdd65",
         u"\xd834\xdd57\xd834\xdd65", u"\xd834\xdd57\xd834\xdd65"},
        {u"a\x300\x301", u"\xe0\x301", u"a\x300\x301", u"\xe0\x301", u"a\x300\x301"},
        {u"\x1100\x1161\x11a7", u"\xac00\x11a7", u"\x1100\x1161\x11a7", u"\xac00\x11a7",
         u"\x1100\x1161\x11a7"},
        {u"plain", u"plain", u"plain", u"plain", u"plain"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(in(NormalizationC, each.source), each.c);
        EXPECT_EQ(in(NormalizationD, each.source), each.d);
        EXPECT_EQ(in(NormalizationKC, each.source), each.kc);
        EXPECT_EQ(in(NormalizationKD, each.source), each.kd);
        EXPECT_EQ(is(NormalizationC, each.source), std::u16string(each.source) == each.c);
        EXPECT_EQ(is(NormalizationKD, each.source), std::u16string(each.source) == each.kd);
    }
}

TEST(Normalization, WhatTheStandardPromises) {
    std::mt19937 random(5);
    const WCHAR letters[] =
        u"ae\xe9\x1e69\x300\x301\x323\x327\x345\x1100\x1161\x11a8\xac00\x3b1\x1fc3\xfdfa\x915\x93c";
    for (int i = 0; i < 3000; ++i) {
        std::u16string text;
        for (unsigned k = random() % 8 + 1; k; --k)
            text += letters[random() % (sizeof(letters) / sizeof(WCHAR) - 1)];
        const std::u16string c = in(NormalizationC, text), d = in(NormalizationD, text);
        ASSERT_TRUE(is(NormalizationC, c) && is(NormalizationD, d));
        ASSERT_EQ(in(NormalizationC, d), c);
        ASSERT_EQ(in(NormalizationD, c), d);
        ASSERT_EQ(in(NormalizationKC, c), in(NormalizationKC, in(NormalizationKD, text)));
    }
}

TEST(Normalization, RoomAndErrors) {
    WCHAR buffer[8];
    LONG size = 0;
    EXPECT_EQ(RtlNormalizeString(NormalizationD, u"\xe9", 1, nullptr, &size), STATUS_SUCCESS);
    EXPECT_EQ(size, 2);
    size = 1;
    EXPECT_EQ(RtlNormalizeString(NormalizationD, u"\xe9", 1, buffer, &size), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 2);
    size = 8;
    EXPECT_EQ(RtlNormalizeString(NormalizationD, u"\xe9", -1, buffer, &size), STATUS_SUCCESS);
    EXPECT_EQ(size, 3);
    EXPECT_EQ(buffer[2], 0);
    const WCHAR half[] = {'a', 'b', 0xd800, 'c'};
    size = 8;
    EXPECT_EQ(RtlNormalizeString(NormalizationC, half, 4, buffer, &size), STATUS_NO_UNICODE_TRANSLATION);
    EXPECT_EQ(size, 2);
    size = 8;
    EXPECT_EQ(RtlNormalizeString(99, u"a", 1, buffer, &size), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(RtlNormalizeString(NormalizationC, nullptr, 1, buffer, &size), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlNormalizeString(NormalizationC, u"a", -2, buffer, &size), STATUS_INVALID_PARAMETER);
}

}  // namespace
