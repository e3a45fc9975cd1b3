// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/boot/ranges.hpp"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

#include "kernel/boot/untyped_list.hpp"

namespace {

using boot::Range;
using boot::RangeList;
using boot::UntypedList;
using boot::UntypedPiece;

constexpr std::size_t kUnits = 512;
using Model = std::bitset<kUnits>;

void expect_same(const RangeList& list, const Model& model) {
    Model seen;
    std::uint64_t last_end = 0;
    bool first = true;
    for (const Range& range : list.ranges()) {
        ASSERT_LT(range.begin, range.end);
        if (!first) {
            ASSERT_GT(range.begin, last_end) << "ranges that touch are one";
        }
        first = false;
        last_end = range.end;
        for (std::uint64_t i = range.begin; i < range.end; ++i)
            seen.set(i);
    }
    ASSERT_EQ(seen, model);
}

TEST(Ranges, AgreeWithAModel) {
    std::mt19937 random(3);
    for (int run = 0; run < 200; ++run) {
        RangeList list;
        Model model;
        for (int step = 0; step < 100; ++step) {
            const std::uint64_t begin = random() % kUnits;
            const std::uint64_t end = std::min<std::uint64_t>(kUnits, begin + random() % 20);
            const bool adding = random() % 2 == 0;
            for (std::uint64_t i = begin; i < end; ++i)
                model.set(i, adding);
            adding ? list.add({begin, end}) : list.remove({begin, end});
            expect_same(list, model);
        }
    }
}

TEST(Ranges, TakeTheLowestAlignedPlace) {
    RangeList list;
    list.add({3, 10});
    list.add({16, 64});
    EXPECT_EQ(list.take(4, 4), 4u);
    EXPECT_EQ(list.take(8, 8), 16u);
    EXPECT_EQ(list.take(8, 8, 40), 40u);
    EXPECT_EQ(list.take(64, 1), RangeList::kNone);
}

TEST(Ranges, KeepTheLargestWhenFull) {
    RangeList list;
    for (std::uint64_t i = 0; i < 1000; ++i)
        list.add({i * 100, i * 100 + (i == 500 ? 90 : 10)});
    EXPECT_LE(list.ranges().size(), RangeList::kCapacity);
    bool largest = false;
    for (const Range& range : list.ranges())
        largest = largest || range.size() == 90;
    EXPECT_TRUE(largest);
}

std::vector<UntypedPiece> pieces(const UntypedList& list) {
    std::vector<UntypedPiece> result;
    list.for_each([&](UntypedPiece piece) { result.push_back(piece); });
    return result;
}

TEST(Untypeds, CoverEverythingInAlignedPieces) {
    RangeList device;
    RangeList ram;
    device.add({0, 0x100000});
    device.add({0xfee01000, 0xfffffff8});
    ram.add({0x123000, 0x8000000});
    std::uint64_t ram_bytes = 0;
    bool ram_seen = false;
    for (const UntypedPiece& piece : pieces(UntypedList(device, ram, 245))) {
        EXPECT_EQ(piece.address % (std::uint64_t{1} << piece.size_bits), 0u);
        EXPECT_FALSE(piece.device && ram_seen) << "devices come first";
        ram_seen = ram_seen || !piece.device;
        if (!piece.device) ram_bytes += std::uint64_t{1} << piece.size_bits;
    }
    EXPECT_EQ(ram_bytes, 0x8000000u - 0x123000u);
}

TEST(Untypeds, AlignToTheKernelsWindow) {
    RangeList device;
    const RangeList ram{};
    constexpr std::uint64_t kWindow = std::uint64_t{1} << 39;
    device.add({kWindow - 0x1000, std::uint64_t{1} << 47});
    const auto all = pieces(UntypedList(device, ram, 245));
    ASSERT_EQ(all.size(), 9u);
    EXPECT_EQ(all[0].size_bits, 12);
    std::uint64_t at = kWindow;
    for (unsigned i = 1; i < 9; i++) {
        EXPECT_EQ(all[i].address, at);
        EXPECT_EQ(all[i].size_bits, 47 - i);
        at += std::uint64_t{1} << all[i].size_bits;
    }
    EXPECT_EQ(at, std::uint64_t{1} << 47);
}

TEST(Untypeds, KeepRamOnAMachineOfManyPieces) {
    std::mt19937 random(5);
    RangeList device;
    RangeList ram;
    std::uint64_t at = 0x100000;
    std::uint64_t total = 0;
    for (int i = 0; i < 120; ++i) {
        const std::uint64_t size = (1 + random() % 5000) * 4096ull;
        ram.add({at, at + size});
        total += size;
        at += size;
        const std::uint64_t hole = (1 + random() % 300) * 4096ull;
        device.add({at, at + hole});
        at += hole;
    }
    device.add({at, std::uint64_t{1} << 47});
    std::uint64_t kept = 0;
    const auto all = pieces(UntypedList(device, ram, 245));
    for (const UntypedPiece& piece : all)
        kept += piece.device ? 0 : std::uint64_t{1} << piece.size_bits;
    EXPECT_LE(all.size(), 245u);
    EXPECT_GT(kept, total / 2);
}

}  // namespace
