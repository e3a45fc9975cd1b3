// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "executive/cm/seed.hpp"

namespace {

std::string narrow(std::u16string_view text) {
    return std::string(text.begin(), text.end());
}

class Recorder final : public cm::SeedSink {
public:
    base::Result<void> open_key(std::u16string_view path) override {
        log.push_back("key " + narrow(path));
        return {};
    }
    base::Result<void> delete_key(std::u16string_view path) override {
        log.push_back("delete key " + narrow(path));
        return {};
    }
    base::Result<void> set_value(std::u16string_view name, uint32_t type,
                                 std::span<const uint8_t> data) override {
        std::string text = "value " + narrow(name) + " " + std::to_string(type) + ":";
        for (uint8_t byte : data)
            text += " " + std::to_string(byte);
        log.push_back(text);
        return {};
    }
    base::Result<void> delete_value(std::u16string_view name) override {
        log.push_back("delete value " + narrow(name));
        return {};
    }
    void bad_line(uint32_t line, std::string_view) override { bad.push_back(line); }

    std::vector<std::string> log;
    std::vector<uint32_t> bad;
};

TEST(Seed, EveryForm) {
    Recorder r;
    EXPECT_EQ(cm::parse_seed("\xef\xbb\xbfWindows Registry Editor Version 5.00\r\n"
                             "; comment\r\n"
                             "\r\n"
                             "[HKEY_LOCAL_MACHINE\\Software\\A]\r\n"
                             "@=\"d\"\r\n"
                             "\"q\\\"\\\\\"=\"x\"\r\n"
                             "\"n\" = dword:0000002a\r\n"
                             "\"w\"=qword:1\r\n"
                             "\"b\"=hex:01,fF,\\\r\n  03\r\n"
                             "\"t\"=hex(7):61,00,00,00\r\n"
                             "\"m\"=multi:\"a\" , \"b\"\r\n"
                             "\"e\"=expand:\"\"\r\n"
                             "\"g\"=-\r\n"
                             "[-\\Registry\\User\\Old]\r\n",
                             r),
              0u);
    std::vector<std::string> expected = {
        "key \\Registry\\Machine\\Software\\A",
        "value  1: 100 0 0 0",
        "value q\"\\ 1: 120 0 0 0",
        "value n 4: 42 0 0 0",
        "value w 11: 1 0 0 0 0 0 0 0",
        "value b 3: 1 255 3",
        "value t 7: 97 0 0 0",
        "value m 7: 97 0 0 0 98 0 0 0 0 0",
        "value e 2: 0 0",
        "delete value g",
        "delete key \\Registry\\User\\Old",
    };
    EXPECT_EQ(r.log, expected);
}

TEST(Seed, BadLinesAreNamedAndLeftOut) {
    Recorder r;
    EXPECT_EQ(cm::parse_seed("\"orphan\"=\"x\"\n"         // 1
                             "[HKLM\\A\n"                 // 2
                             "[NOWHERE\\A]\n"             // 3
                             "[HKLM\\A]\n"                // 4
                             "\"x\"=dword:xyz\n"          // 5
                             "\"x\"=dword:123456789\n"    // 6
                             "\"x=\"open\n"               // 7
                             "\"x\"=hex:1234\n"           // 8
                             "\"x\"=hex(zz):00\n"         // 9
                             "\"x\" \"y\"\n"              // 10
                             "\"x\"=multi:\"a\" \"b\"\n"  // 11
                             "\"x\"=\"a\"b\n"             // 12
                             "\"good\"=dword:1\n"         // 13
                             "plain\n",                   // 14
                             r),
              12u);
    EXPECT_EQ(r.bad, (std::vector<uint32_t>{1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14}));
    EXPECT_EQ(r.log.size(), 2u);
}

TEST(Seed, NoiseNeverBreaksIt) {
    std::mt19937 random(1);
    const std::string alphabet = "[]HKLM\\\"=-:,;hexdwordmulti0123()\n\r\t @\xff\xc3";
    for (int round = 0; round < 2000; ++round) {
        std::string text = "[HKLM\\A]\n";
        for (int i = 0; i < 120; ++i)
            text += alphabet[random() % alphabet.size()];
        Recorder r;
        EXPECT_EQ(cm::parse_seed(text, r), r.bad.size());
    }
}

}  // namespace
