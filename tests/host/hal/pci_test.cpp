// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "tests/host/hal/fake_pci.hpp"

namespace {

constexpr hal::PciFunction kPlace{0, 16, 0};
constexpr uint32_t kBusMaster = 4;
constexpr uint32_t kNoInterrupt = 0x400;

class Pci : public testing::Test {
protected:
    ~Pci() override { fakes::pci().clear(); }
    fakes::PciFunction& function = fakes::pci()[16 << 3];

    void start() {
        hal::pci_start(kPlace);
        ASSERT_EQ(function.word(4) & 7, 7u);
    }
    // Steps until it is done; milliseconds that it took.
    uint32_t stop(unsigned most_steps = 30) {
        hal::PciStop stop(kPlace);
        uint32_t milliseconds = 0;
        while (most_steps-- > 0) {
            uint32_t wait = stop.step();
            EXPECT_FALSE(function.word(4) & kBusMaster);
            if (wait == 0) return milliseconds;
            milliseconds += wait;
        }
        ADD_FAILURE() << "it is never done";
        return milliseconds;
    }
};

TEST_F(Pci, WhereNothingIs) {
    constexpr hal::PciFunction kNowhere{3, 2, 1};
    EXPECT_FALSE(hal::pci_present(kNowhere));
    EXPECT_TRUE(hal::pci_present(kPlace));
    EXPECT_EQ(hal::PciStop(kNowhere).step(), 0u);
}

TEST_F(Pci, BaseAddresses) {
    function.range(0, 0xfebf'0000, 0x1000);
    function.range(1, 0xc001, 0x40);
    function.set(0x10 + 4, 0xc001, 0xffc0);  // the upper half of a port's register need not be there
    function.range(2, 0xf000'000c, 0x10'0000);
    function.set(0x10 + 12, 0x0000'0012, ~0u);
    uint32_t command = function.word(4);
    auto memory = hal::pci_range(kPlace, 0);
    ASSERT_TRUE(memory);
    EXPECT_FALSE(memory->port);
    EXPECT_EQ(memory->start, 0xfebf'0000u);
    EXPECT_EQ(memory->length, 0x1000u);
    auto port = hal::pci_range(kPlace, 1);
    ASSERT_TRUE(port);
    EXPECT_TRUE(port->port);
    EXPECT_EQ(port->start, 0xc000u);
    EXPECT_EQ(port->length, 0x40u);
    auto wide = hal::pci_range(kPlace, 2);
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->start, 0x12'f000'0000u);
    EXPECT_EQ(wide->length, 0x10'0000u);
    EXPECT_FALSE(hal::pci_range(kPlace, 3)) << "the upper half of the one before";
    EXPECT_FALSE(hal::pci_range(kPlace, 4));
    EXPECT_FALSE(hal::pci_range(kPlace, 6));
    EXPECT_EQ(function.word(0x10), 0xfebf'0000u) << "they are as they were";
    EXPECT_EQ(function.word(4), command);
    EXPECT_EQ(hal::pci_interrupt_line(kPlace), 11);
    function.set(0x3c, 0x0000'000b);
    EXPECT_FALSE(hal::pci_interrupt_line(kPlace)) << "it has no pin";
}

TEST_F(Pci, OneThatCannotBeReset) {
    function.capability(0x40, 5, 1u << 16);
    start();
    EXPECT_GE(stop(), 300u) << "what it was told before fails meanwhile";
    EXPECT_EQ(function.word(4) & kNoInterrupt, kNoInterrupt);
    EXPECT_FALSE(function.word(0x40) >> 16 & 1) << "its messages";
    EXPECT_EQ(function.resets, 0u);
    start();
    EXPECT_FALSE(function.word(4) & kNoInterrupt);
}

TEST_F(Pci, ExpressIsResetWhenNothingIsPending) {
    function.range(0, 0xfebf'0000, 0x1000);
    function.capability(0x40, 0x11, 1u << 31);
    function.capability(0x60, 0x10);
    function.set(0x64, 1u << 28);
    function.set(0x68, 1u << 21, 0xffff);
    unsigned looks = 0;
    function.resets_at = [](unsigned offset, uint32_t value) { return offset == 0x68 && (value & 0x8000); };
    start();
    hal::PciStop stop(kPlace);
    for (; looks < 4; ++looks)
        EXPECT_EQ(stop.step(), 10u);
    EXPECT_EQ(function.resets, 0u) << "a transaction is pending";
    function.set(0x68, 0, 0xffff);
    EXPECT_EQ(stop.step(), 100u);
    EXPECT_EQ(function.resets, 1u);
    EXPECT_EQ(function.word(0x10), 0u) << "the reset lost it";
    EXPECT_EQ(stop.step(), 0u);
    EXPECT_EQ(function.word(0x10), 0xfebf'0000u);
    EXPECT_EQ(function.word(0x3c) & 0xff, 11u);
    EXPECT_EQ(function.word(4) & 7, 0u);
    EXPECT_EQ(stop.step(), 0u);
}

TEST_F(Pci, ExpressWhoseTransactionsNeverEnd) {
    function.capability(0x60, 0x10);
    function.set(0x64, 1u << 28);
    function.set(0x68, 1u << 21, 0xffff);
    function.resets_at = [](unsigned offset, uint32_t value) { return offset == 0x68 && (value & 0x8000); };
    start();
    EXPECT_LE(stop(), 250u);
    EXPECT_EQ(function.resets, 1u);
}

TEST_F(Pci, ConventionalWithAdvancedFeatures) {
    function.capability(0x48, 0x13, 3u << 24 | 6u << 16);
    function.set(0x4c, 0, 1);
    function.resets_at = [](unsigned offset, uint32_t value) { return offset == 0x4c && (value & 1); };
    start();
    stop();
    EXPECT_EQ(function.resets, 1u);
}

TEST_F(Pci, ByItsPowerStates) {
    function.capability(0x80, 1);
    function.set(0x84, 0, 3);
    bool down = false;
    function.resets_at = [&down](unsigned offset, uint32_t value) {
        if (offset != 0x84) return false;
        bool woken = down && (value & 3) == 0;
        down = (value & 3) == 3;
        return woken;
    };
    start();
    EXPECT_LT(stop(), 100u);
    EXPECT_EQ(function.resets, 1u);
    EXPECT_FALSE(down);
    function.set(0x84, 8, 3);
    start();
    EXPECT_GE(stop(), 300u) << "one that keeps its state";
    EXPECT_EQ(function.resets, 1u);
}

// Lists that go round, or to where there is nothing.
TEST_F(Pci, NonsenseOfCapabilities) {
    function.capability(0x40, 5);
    function.set(0x40, 0x4005, 0xffff'0000);
    start();
    stop();
    function.set(0x40, 0x0005 | 0x1000, 0xffff'0000);  // into the header
    start();
    stop();
    function.set(0x40, ~0u);
    start();
    stop();
    fakes::pci().clear();
    EXPECT_EQ(hal::PciStop(kPlace).step(), 0u);
}

}  // namespace
