// SPDX-License-Identifier: GPL-3.0-only
// Domain names: examples of RFC 3492 and RFC 3491, and what the names of today's internet are.
#include <gtest/gtest.h>

#include <string>

#include "abi/nt/ntidn.h"
#include "tests/host/ntdll/fake.hpp"

namespace {

using Convert = NTSTATUS(NTAPI*)(ULONG, PCWSTR, LONG, PWSTR, PLONG);

std::u16string convert(Convert function, const std::u16string& name, ULONG flags = 0) {
    WCHAR buffer[300];
    LONG size = 300;
    const NTSTATUS status = function(flags, name.data(), static_cast<LONG>(name.size()), buffer, &size);
    if (status == STATUS_INVALID_IDN_NORMALIZATION) return u"invalid";
    return status == STATUS_SUCCESS ? std::u16string(buffer, static_cast<size_t>(size)) : u"failed";
}

TEST(Idn, ToAsciiAndBack) {
    const struct {
        const WCHAR *unicode, *ascii;
    } names[] = {
        {u"b\xfc"
         u"cher",
         u"xn--bcher-kva"},
        {u"\x4f8b\x3048.\x30c6\x30b9\x30c8", u"xn--r8jz45g.xn--zckzah"},
        {u"\x2603.net", u"xn--n3h.net"},
        {u"\x645\x62b\x627\x644", u"xn--mgbh0fb"},
        {u"www.example.com", u"www.example.com"},
        {u"example.com.", u"example.com."},
        // RFC 3492, 7.1: (A) and (L).
        {u"\x644\x64a\x647\x645\x627\x628\x62a\x643\x644\x645\x648\x634\x639\x631\x628\x64a\x61f",
         u"xn--egbpdaj6bu4bxfgehfvwxn"},
        {u"3\x5e74"
         u"b\x7d44\x91d1\x516b\x5148\x751f",
         u"xn--3b-ww4c5e180e575a65lsy2b"},
    };
    for (const auto& name : names) {
        EXPECT_EQ(convert(RtlIdnToAscii, name.unicode), name.ascii);
        EXPECT_EQ(convert(RtlIdnToUnicode, name.ascii), name.unicode);
    }
}

TEST(Idn, NameprepMapsFirst) {
    EXPECT_EQ(convert(RtlIdnToAscii, u"M\xdcNCHEN"), u"xn--mnchen-3ya");
    EXPECT_EQ(convert(RtlIdnToAscii,
                      u"fa\xdf\x3002"
                      u"de"),
              u"fass.de");
    EXPECT_EQ(convert(RtlIdnToNameprepUnicode,
                      u"M\xdcN\xad"
                      u"CHEN"),
              u"m\xfcnchen");
    EXPECT_EQ(convert(RtlIdnToAscii, u"\x1e9b\x323"), u"xn--1ig");
}

TEST(Idn, RefusesWhatIsNoName) {
    for (const WCHAR* name : {u"", u"a..b", u".a", u"\xe000",
                              u"\x627"
                              u"a\xe9",
                              u"xn--\xfc", u"a\x2028\xe9"})
        EXPECT_EQ(convert(RtlIdnToAscii, name), u"invalid");
    EXPECT_EQ(convert(RtlIdnToAscii, std::u16string(63, 'a')), std::u16string(63, 'a'));
    EXPECT_EQ(convert(RtlIdnToAscii, std::u16string(64, 'a')), u"invalid");
    EXPECT_EQ(convert(RtlIdnToAscii, u"a_b"), u"a_b");
    EXPECT_EQ(convert(RtlIdnToAscii, u"a_b", IDN_USE_STD3_ASCII_RULES), u"invalid");
    EXPECT_EQ(convert(RtlIdnToAscii, u"-ab", IDN_USE_STD3_ASCII_RULES), u"invalid");
    // U+0221 was unassigned in Unicode 3.2.
    EXPECT_EQ(convert(RtlIdnToAscii, u"\x221"), u"invalid");
    EXPECT_EQ(convert(RtlIdnToAscii, u"\x221", IDN_ALLOW_UNASSIGNED), u"xn--6la");
    for (const WCHAR* name : {u"xn--99999999", u"xn--a", u"xn--bcher-kv\xfc"})
        EXPECT_EQ(convert(RtlIdnToUnicode, name), u"invalid");
    EXPECT_EQ(convert(RtlIdnToAscii, u"a", 4), u"failed");
}

TEST(Idn, RoomAndTerminator) {
    WCHAR buffer[8];
    LONG size = 0;
    EXPECT_EQ(RtlIdnToAscii(0, u"abc", -1, nullptr, &size), STATUS_SUCCESS);
    EXPECT_EQ(size, 4);
    size = 3;
    EXPECT_EQ(RtlIdnToAscii(0, u"abc", -1, buffer, &size), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 4);
    EXPECT_EQ(RtlIdnToAscii(0, u"abc", -1, buffer, &size), STATUS_SUCCESS);
    EXPECT_EQ(buffer[3], 0);
}

}  // namespace
