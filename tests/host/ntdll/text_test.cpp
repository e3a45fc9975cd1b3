// SPDX-License-Identifier: GPL-3.0-only
// Addresses as text (RFC 4291, RFC 5952, the SDK's ip2string.h) and messages with inserts (FormatMessage).
#include <gtest/gtest.h>

#include <string>

#include "abi/nt/ntrtl_text.h"
#include "tests/host/ntdll/fake.hpp"

namespace {

NT_IN6_ADDR words(std::initializer_list<int> list) {
    NT_IN6_ADDR address = {};
    int i = 0;
    for (const int word : list) {
        address.Bytes[i++] = static_cast<UCHAR>(word >> 8);
        address.Bytes[i++] = static_cast<UCHAR>(word);
    }
    return address;
}
std::string text(const NT_IN6_ADDR& address) {
    char buffer[46];
    char* end = RtlIpv6AddressToStringA(&address, buffer);
    EXPECT_EQ(*end, 0);
    return buffer;
}

TEST(Ipv4, AsText) {
    const NT_IN_ADDR address = {{192, 168, 0, 255}};
    char buffer[32];
    EXPECT_EQ(RtlIpv4AddressToStringA(&address, buffer), buffer + 13);
    EXPECT_STREQ(buffer, "192.168.0.255");
    ULONG length = 32;
    EXPECT_EQ(RtlIpv4AddressToStringExA(&address, 0x5000, buffer, &length), STATUS_SUCCESS);
    EXPECT_STREQ(buffer, "192.168.0.255:80");
    EXPECT_EQ(length, 17u);
    length = 16;
    EXPECT_EQ(RtlIpv4AddressToStringExA(&address, 0x5000, buffer, &length), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(length, 17u);
    WCHAR wide[16];
    length = 16;
    EXPECT_EQ(RtlIpv4AddressToStringExW(&address, 0, wide, &length), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(wide), u"192.168.0.255");
}

TEST(Ipv4, FromText) {
    NT_IN_ADDR address;
    PCSTR end;
    const auto value = [&] {
        return static_cast<ULONG>(address.Bytes[0]) << 24 | static_cast<ULONG>(address.Bytes[1]) << 16 |
               static_cast<ULONG>(address.Bytes[2]) << 8 | address.Bytes[3];
    };
    const auto parse = [&](const char* s, bool strict) {
        return RtlIpv4StringToAddressA(s, strict, &end, &address) == STATUS_SUCCESS;
    };
    EXPECT_TRUE(parse("1.2.3.4x", true));
    EXPECT_STREQ(end, "x");
    EXPECT_EQ(value(), 0x01020304u);
    EXPECT_FALSE(parse("1.2.3", true));
    EXPECT_FALSE(parse("1.2.3.256", true));
    EXPECT_FALSE(parse("0x1.2.3.4", true));
    EXPECT_TRUE(parse("0x7f.1", false));
    EXPECT_EQ(value(), 0x7f000001u);
    EXPECT_TRUE(parse("1.2.515", false));
    EXPECT_EQ(value(), 0x01020203u);
    EXPECT_TRUE(parse("017.0.0.010", false));
    EXPECT_EQ(value(), 0x0f000008u);
    EXPECT_TRUE(parse("4294967295", false));
    EXPECT_EQ(value(), 0xffffffffu);
    EXPECT_FALSE(parse("4294967296", false));
    EXPECT_FALSE(parse("", false));
    USHORT port = 0;
    EXPECT_EQ(RtlIpv4StringToAddressExA("1.2.3.4:80", TRUE, &address, &port), STATUS_SUCCESS);
    EXPECT_EQ(port, 0x5000);
    EXPECT_EQ(RtlIpv4StringToAddressExA("1.2.3.4", TRUE, &address, &port), STATUS_SUCCESS);
    EXPECT_EQ(port, 0);
    EXPECT_NE(RtlIpv4StringToAddressExA("1.2.3.4:65536", TRUE, &address, &port), STATUS_SUCCESS);
    EXPECT_NE(RtlIpv4StringToAddressExA("1.2.3.4:80x", TRUE, &address, &port), STATUS_SUCCESS);
}

TEST(Ipv6, AsText) {
    EXPECT_EQ(text(words({})), "::");
    EXPECT_EQ(text(words({0, 0, 0, 0, 0, 0, 0, 1})), "::1");
    EXPECT_EQ(text(words({0x2001, 0xdb8, 0, 0, 1, 0, 0, 1})), "2001:db8::1:0:0:1");
    EXPECT_EQ(text(words({0x2001, 0xdb8, 0, 1, 1, 1, 1, 1})), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(text(words({1, 0, 0, 2, 0, 0, 0, 3})), "1:0:0:2::3");
    EXPECT_EQ(text(words({1, 2, 3, 4, 5, 6, 0, 0})), "1:2:3:4:5:6::");
    EXPECT_EQ(text(words({0xfe80, 0, 0, 0, 0xabcd, 0xef, 1, 2})), "fe80::abcd:ef:1:2");
    EXPECT_EQ(text(words({0, 0, 0, 0, 0, 0xffff, 0xc0a8, 1})), "::ffff:192.168.0.1");
    EXPECT_EQ(text(words({0, 0, 0, 0, 0xffff, 0, 0xc0a8, 1})), "::ffff:0:192.168.0.1");
    EXPECT_EQ(text(words({0, 0, 0, 0, 0, 0, 0x102, 0x304})), "::1.2.3.4");
    EXPECT_EQ(text(words({0xfe80, 0, 0, 0, 0, 0x5efe, 0x102, 0x304})), "fe80::5efe:1.2.3.4");
    char buffer[65];
    ULONG length = 65;
    const NT_IN6_ADDR address = words({0xfe80, 0, 0, 0, 0, 0, 0, 1});
    EXPECT_EQ(RtlIpv6AddressToStringExA(&address, 12, 0x5000, buffer, &length), STATUS_SUCCESS);
    EXPECT_STREQ(buffer, "[fe80::1%12]:80");
    EXPECT_EQ(length, 16u);
    EXPECT_EQ(RtlIpv6AddressToStringExA(&address, 12, 0, buffer, &length), STATUS_SUCCESS);
    EXPECT_STREQ(buffer, "fe80::1%12");
}

TEST(Ipv6, FromText) {
    NT_IN6_ADDR address;
    PCSTR end;
    for (const char* s : {"::", "::1", "1::", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "::ffff:192.168.0.1",
                          "fe80::5efe:1.2.3.4", "1:2:3:4:5:6::"}) {
        ASSERT_EQ(RtlIpv6StringToAddressA(s, &end, &address), STATUS_SUCCESS) << s;
        EXPECT_STREQ(end, "");
        EXPECT_EQ(text(address), s);
    }
    for (const char* s :
         {"", ":", "1", "1:2:3:4:5:6:7", "12345::", ":1", "1:::2", "1:2:3:4:5:6:7:", "::1.2.3"})
        EXPECT_NE(RtlIpv6StringToAddressA(s, &end, &address), STATUS_SUCCESS) << s;
    ULONG scope = 9;
    USHORT port = 9;
    EXPECT_EQ(RtlIpv6StringToAddressExA("[fe80::1%12]:80", &address, &scope, &port), STATUS_SUCCESS);
    EXPECT_EQ(scope, 12u);
    EXPECT_EQ(port, 0x5000);
    EXPECT_EQ(RtlIpv6StringToAddressExA("::1", &address, &scope, &port), STATUS_SUCCESS);
    EXPECT_EQ(scope, 0u);
    EXPECT_EQ(port, 0);
    for (const char* s : {"[::1", "::1]", "[::1]:", "[::1]:99999", "::1%", "::1 "})
        EXPECT_NE(RtlIpv6StringToAddressExA(s, &address, &scope, &port), STATUS_SUCCESS) << s;
}

std::u16string message(const WCHAR* pattern, std::initializer_list<ULONG_PTR> arguments, ULONG width = 0,
                       bool ignore = false, bool ansi = false) {
    WCHAR buffer[128];
    ULONG size = 0;
    const NTSTATUS status =
        RtlFormatMessage(pattern, width, ignore, ansi, TRUE, const_cast<ULONG_PTR*>(arguments.begin()),
                         buffer, sizeof(buffer), &size);
    if (!NT_SUCCESS(status)) return u"failed";
    EXPECT_EQ(buffer[size / sizeof(WCHAR) - 1], 0);
    return {buffer, size / sizeof(WCHAR) - 1};
}
ULONG_PTR argument(const void* text) {
    return reinterpret_cast<ULONG_PTR>(text);
}

TEST(FormatMessage, Inserts) {
    EXPECT_EQ(message(u"%2 and %1", {argument(u"one"), argument(u"two")}), u"two and one");
    EXPECT_EQ(message(u"%1!d! %2!04x! %3!s!|", {static_cast<ULONG_PTR>(-5), 0xab, argument(u"s")}),
              u"-5 00ab s|");
    EXPECT_EQ(message(u"[%1!*.*s!]", {5, 2, argument(u"abc")}), u"[   ab]");
    EXPECT_EQ(message(u"%1!hs! %2!S!", {argument("narrow"), argument("too")}), u"narrow too");
    EXPECT_EQ(message(u"%1", {argument("ansi")}, 0, false, true), u"ansi");
    EXPECT_EQ(message(u"%1!d! %2", {1, argument(u"x")}, 0, true), u"%1!d! %2");
    EXPECT_EQ(message(u"%% %. %!|", {}, 0, true), u"%% %. %!|");
    EXPECT_EQ(message(u"%1!d", {1}), u"failed");
    EXPECT_EQ(message(u"%10", {1, 2, 3, 4, 5, 6, 7, 8, 9, argument(u"ten")}), u"ten");
    EXPECT_EQ(message(u"abc%", {}), u"failed");
}

TEST(FormatMessage, EscapesAndBreaks) {
    EXPECT_EQ(message(u"a%%b%.c%!d% e%n%rf%tg%0h", {}), u"a%b.c!d e\r\n\rf\tg");
    EXPECT_EQ(message(u"a\nb\r\nc", {}), u"a\r\nb\r\nc");
    EXPECT_EQ(message(u"a\r\nb%nc", {}, 0xff), u"a b\r\nc");
    EXPECT_EQ(message(u"one two three", {}, 8), u"one two\r\nthree");
    EXPECT_EQ(message(u"one %1", {argument(u"two three")}, 8), u"one two\r\nthree");
}

TEST(FormatMessage, RoomAndSize) {
    WCHAR buffer[5];
    ULONG size = 99;
    EXPECT_EQ(RtlFormatMessage(u"four", 0, FALSE, FALSE, TRUE, nullptr, buffer, 10, &size), STATUS_SUCCESS);
    EXPECT_EQ(size, 10u);  // the terminator counts
    EXPECT_EQ(RtlFormatMessage(u"fours", 0, FALSE, FALSE, TRUE, nullptr, buffer, 10, &size),
              STATUS_BUFFER_OVERFLOW);
    ULONG_PTR arguments[] = {argument(u"longer")};
    EXPECT_EQ(RtlFormatMessage(u"%1", 0, FALSE, FALSE, TRUE, arguments, buffer, 10, &size),
              STATUS_BUFFER_OVERFLOW);
    EXPECT_EQ(RtlFormatMessage(u"%1", 0, FALSE, FALSE, TRUE, nullptr, buffer, 10, &size),
              STATUS_INVALID_PARAMETER);
}

}  // namespace
