// SPDX-License-Identifier: GPL-3.0-only
// The serial line's queue: what is written comes whole and in order, and only a line that stands still loses
// any.
#include "executive/hal/serial.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/assert.hpp"
#include "executive/hal/machine.hpp"

namespace {

std::string sent;
std::string typed;
uint8_t interrupts, modem;
bool broken;  // a BREAK, of which the status tells once
bool divisor;
bool takes = true;
unsigned looks;
unsigned woken;
uint64_t now = 1;

constexpr uint16_t kData = 0x3f8;
constexpr uint16_t kInterruptEnable = 0x3f9;
constexpr uint16_t kLineControl = 0x3fb;
constexpr uint16_t kModemControl = 0x3fc;
constexpr uint16_t kLineStatus = 0x3fd;
constexpr uint16_t kScratch = 0x3ff;
constexpr uint64_t kStall = 40'000;  // 4 ms

void send_all() {
    while (hal::serial_send() == hal::SerialLine::Moving) {
    }
}

class Serial : public ::testing::Test {
protected:
    void SetUp() override {
        takes = true;
        hal::serial_initialize();
        hal::serial_queue([] { ++woken; }, [] { return now; });
        send_all();
        sent.clear();
        woken = looks = 0;
    }
    void TearDown() override { hal::serial_straight(); }
    // As the pump finds a line that nobody reads.
    static void stall() {
        takes = false;
        hal::serial_write("waits");
        while (hal::serial_send() != hal::SerialLine::Stalled)
            now += kStall / 2;
    }
};

TEST_F(Serial, IsWrittenLaterAndInOrder) {
    hal::serial_write({"ke: ", "one", "\n"});
    hal::serial_write("two\n");
    EXPECT_EQ(sent, "");
    EXPECT_EQ(woken, 1u);
    EXPECT_FALSE(hal::serial_in_line());
    EXPECT_EQ(hal::serial_send(), hal::SerialLine::Moving);
    EXPECT_EQ(sent, "ke: one\r");
    send_all();
    EXPECT_EQ(sent, "ke: one\r\ntwo\r\n");
    hal::serial_write("three");
    EXPECT_EQ(woken, 2u);
}

TEST_F(Serial, AFullQueueWaitsForALineThatMoves) {
    std::string all;
    for (int i = 0; i < 10'000; ++i) {
        std::string line = "line " + std::to_string(i) + " of many";
        hal::serial_write({line, "\n"});
        all += line + "\r\n";
    }
    hal::serial_flush();
    EXPECT_EQ(sent, all);
}

TEST_F(Serial, AStalledLineCostsALookAndLosesWholeWrites) {
    stall();
    std::string kept = "waits";
    bool full = false;
    unsigned lost = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string line(98, static_cast<char>('a' + i % 26));
        looks = 0;
        hal::serial_write({line, "\n"});
        EXPECT_LE(looks, 1u);
        full = full || looks > 0;
        full ? void(lost += 100) : void(kept += line + "\r\n");
    }
    EXPECT_TRUE(full);
    takes = true;
    send_all();
    EXPECT_EQ(sent, kept);
    hal::serial_write("again\n");
    send_all();
    EXPECT_EQ(sent, kept + "\r\n[" + std::to_string(lost) + " characters lost]\r\nagain\r\n");
}

TEST_F(Serial, WhoCanWaitIsToldTo) {
    constexpr size_t kLine = 200;
    std::string all;
    unsigned refused = 0;
    for (int i = 0; i < 1000; ++i) {
        while (!hal::serial_takes(kLine))
            ++refused;
        std::string line(kLine, static_cast<char>('a' + i % 26));
        hal::serial_write(line);
        all += line;
    }
    send_all();
    EXPECT_EQ(sent, all);
    EXPECT_GT(refused, 0u);
    stall();
    EXPECT_TRUE(hal::serial_takes(100'000));
}

TEST_F(Serial, WhatIsTypedComesInOrderAndAsFarAsItFits) {
    uint8_t bytes[4];
    EXPECT_EQ(interrupts, 0);
    EXPECT_TRUE(hal::serial_listen());
    EXPECT_EQ(interrupts, 5);       // received data available, line status
    EXPECT_EQ(modem & 0x08, 0x08);  // OUT2
    typed = "abcdef";
    EXPECT_EQ(hal::serial_receive(bytes), 4u);
    EXPECT_EQ(std::string(bytes, bytes + 4), "abcd");
    EXPECT_EQ(hal::serial_receive(bytes), 2u);
    EXPECT_EQ(std::string(bytes, bytes + 2), "ef");
    EXPECT_EQ(hal::serial_receive(bytes), 0u);
}

// Whoever looks at the status first takes it away, and that may be who sends.
TEST_F(Serial, ABreakIsToldApartFromAZero) {
    uint8_t bytes[8];
    typed = std::string("a\0b", 3);
    EXPECT_EQ(hal::serial_receive(bytes), 3u);
    EXPECT_EQ(std::string(bytes, bytes + 3), std::string("a\0b", 3));
    typed = std::string("c\0d\0\xff", 5);
    broken = true;
    hal::serial_write("looks at the line");
    send_all();
    EXPECT_FALSE(broken);
    EXPECT_EQ(hal::serial_receive(bytes), 4u);
    EXPECT_EQ(std::string(bytes, bytes + 4), std::string("c\xff"
                                                         "d\0",
                                                         4));
}

TEST_F(Serial, LastWordsComeBehindWhatIsQueued) {
    hal::serial_write("before\n");
    hal::serial_straight();
    hal::serial_write("last");
    EXPECT_EQ(sent, "before\r\nlast");
}

TEST_F(Serial, LastWordsDoNotWaitForALineThatNobodyReads) {
    stall();
    looks = 0;
    hal::serial_straight();
    hal::serial_write(std::string(1000, 'x'));
    EXPECT_LE(looks, 1001u);
}

}  // namespace

namespace base {
void assertion_failed(const char*, const char*, int) {
    std::abort();
}
}  // namespace base

namespace hal {

uint8_t console_in8(uint16_t port) {
    if (port == kScratch) return 0x5a;
    if (port == kData && !typed.empty()) {
        auto first = static_cast<uint8_t>(typed.front());
        typed.erase(0, 1);
        return first;
    }
    if (port != kLineStatus) return 0;
    ++looks;
    const bool told = std::exchange(broken, false);
    return static_cast<uint8_t>((takes ? 0x20 : 0) | (typed.empty() ? 0 : 0x01) | (told ? 0x10 : 0));
}

void console_out8(uint16_t port, uint8_t value) {
    if (port == kInterruptEnable && !divisor) interrupts = value;
    if (port == kLineControl) divisor = value & 0x80;
    if (port == kModemControl) modem = value;
    if (port == kData) sent += static_cast<char>(value);
}

}  // namespace hal
