// SPDX-License-Identifier: GPL-3.0-only
// Scanning, character classes, targets of known size. The right values are the C run-time's documentation's.
#include <gtest/gtest.h>

#include <string>

#include "ntdll/crt/classify.hpp"
#include "ntdll/crt/scan.hpp"
#include "ntdll/crt/secure.hpp"
#include "tests/host/ntdll/fake.hpp"

namespace {

int scan(const char* text, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int count = crt::scan(text, format, arguments);
    va_end(arguments);
    return count;
}
int wide_scan(const WCHAR* text, const WCHAR* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int count = crt::scan(text, format, arguments);
    va_end(arguments);
    return count;
}
int print(char* to, SIZE_T size, SIZE_T count, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int result = crt::format_secure(to, size, count, format, arguments);
    va_end(arguments);
    return result;
}

TEST(Scan, Numbers) {
    int a = 0, b = 0, c = 0, d = 0;
    EXPECT_EQ(scan(" 12 -34,0x1F 017", "%d%d,%i %i", &a, &b, &c, &d), 4);
    EXPECT_EQ(a, 12);
    EXPECT_EQ(b, -34);
    EXPECT_EQ(c, 31);
    EXPECT_EQ(d, 15);
    EXPECT_EQ(scan("123456", "%3d%2d", &a, &b), 2);
    EXPECT_EQ(a, 123);
    EXPECT_EQ(b, 45);
    EXPECT_EQ(scan("ff 0xEE", "%x %X", &a, &b), 2);
    EXPECT_EQ(a, 0xff);
    EXPECT_EQ(b, 0xee);
    LONGLONG large = 0;
    SHORT small = 0;
    EXPECT_EQ(scan("1099511627776 70000", "%I64d %hd", &large, &small), 2);
    EXPECT_EQ(large, 1ll << 40);
    EXPECT_EQ(small, 4464);
}

TEST(Scan, EndsWhereTheTextDiffers) {
    int a = 7, b = 7, n = 0;
    EXPECT_EQ(scan("", "%d", &a), -1);
    EXPECT_EQ(scan("   ", "%d", &a), -1);
    EXPECT_EQ(scan("x", "%d", &a), 0);
    EXPECT_EQ(scan("1;2", "%d,%d", &a, &b), 1);
    EXPECT_EQ(b, 7);
    EXPECT_EQ(scan("1 2", "%*d %d%n", &a, &n), 1);
    EXPECT_EQ(a, 2);
    EXPECT_EQ(n, 3);
    EXPECT_EQ(scan("50%", "%d%%%n", &a, &n), 1);
    EXPECT_EQ(n, 3);
}

TEST(Scan, Text) {
    char word[16] = {}, set[16] = {}, rest[16] = {};
    EXPECT_EQ(scan("hello abc123]x", "%s %[a-c]%[^]]", word, set, rest), 3);
    EXPECT_STREQ(word, "hello");
    EXPECT_STREQ(set, "abc");
    EXPECT_STREQ(rest, "123");
    EXPECT_EQ(scan("abcdef", "%3s", word), 1);
    EXPECT_STREQ(word, "abc");
    EXPECT_EQ(scan(" ab", "%2c", rest), 1);
    EXPECT_EQ(std::string(rest, 2), " a");
    WCHAR wide[16] = {};
    EXPECT_EQ(scan("w x", "%S %ls", wide, wide + 8), 2);
    EXPECT_EQ(wide[0], 'w');
    EXPECT_EQ(wide[8], 'x');
    EXPECT_EQ(wide_scan(u"one two", u"%s %hs", wide, word), 2);
    EXPECT_EQ(std::u16string(wide), u"one");
    EXPECT_STREQ(word, "two");
}

// ctype.h: _UPPER 1, _LOWER 2, _DIGIT 4, _SPACE 8, _PUNCT 0x10, _CONTROL 0x20, _BLANK 0x40, _HEX 0x80, _ALPHA
// 0x100.
TEST(Classify, BitsOfTheCLocale) {
    EXPECT_EQ(crt::ascii_class('A'), 0x181);
    EXPECT_EQ(crt::ascii_class('g'), 0x102);
    EXPECT_EQ(crt::ascii_class('7'), 0x84);
    EXPECT_EQ(crt::ascii_class(' '), 0x48);
    EXPECT_EQ(crt::ascii_class('\n'), 0x28);
    EXPECT_EQ(crt::ascii_class('~'), 0x10);
    EXPECT_EQ(crt::ascii_class(0x7f), 0x20);
    EXPECT_EQ(crt::is(-1, 0xffff), 0);
    EXPECT_EQ(crt::is(0xe9, 0xffff), 0);
    EXPECT_EQ(crt::wide_class(0xe9), 0x102);
    EXPECT_EQ(crt::wide_class(0x3b1), 0);
    EXPECT_EQ(crt::compare_folded(u"\xc4", u"\xe4"), 0xc4 - 0xe4);
    EXPECT_EQ(crt::compare_folded("HeLLo", "hEllO"), 0);
}

// _snprintf_s: what does not fit is cut with _TRUNCATE or a count below the size, and else empties the
// target.
TEST(Secure, Formatting) {
    char to[6] = "xxxxx";
    EXPECT_EQ(print(to, 6, 5, "%d", 12345), 5);
    EXPECT_STREQ(to, "12345");
    EXPECT_EQ(print(to, 6, 3, "%d", 12345), -1);
    EXPECT_STREQ(to, "123");
    EXPECT_EQ(print(to, 6, crt::truncate, "%d", 1234567), -1);
    EXPECT_STREQ(to, "12345");
    EXPECT_EQ(print(to, 6, 100, "%d", 1234567), -1);
    EXPECT_STREQ(to, "");
    EXPECT_EQ(print(nullptr, 0, 0, "x"), -1);
}

TEST(Secure, CopyingAndAppending) {
    char to[6] = "xxxxx";
    EXPECT_EQ(crt::append_secure(to, 6, 0, "abc", 100), 0);
    EXPECT_STREQ(to, "abc");
    EXPECT_EQ(crt::append_secure(to, 6, 3, "de", 100), 0);
    EXPECT_STREQ(to, "abcde");
    EXPECT_EQ(crt::append_secure(to, 6, 5, "f", 100), 34);  // ERANGE
    EXPECT_STREQ(to, "");
    EXPECT_EQ(crt::append_secure(to, 6, 0, "abcdefgh", crt::truncate), 80);  // STRUNCATE
    EXPECT_STREQ(to, "abcde");
    EXPECT_EQ(crt::append_secure(to, 6, 0, "abcdefgh", 3), 0);
    EXPECT_STREQ(to, "abc");
    EXPECT_EQ(crt::append_secure<char>(to, 6, 0, nullptr, 100), 22);  // EINVAL
    EXPECT_STREQ(to, "");
    EXPECT_EQ(crt::append_secure<char>(nullptr, 6, 0, "a", 100), 22);
}

}  // namespace
