// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "ntdll/heap/heap.hpp"
#include "tests/host/ntdll/fake.hpp"

namespace {

class HeapTest : public testing::Test {
protected:
    void SetUp() override {
        heap_ = RtlCreateHeap(HEAP_GROWABLE, nullptr, 0, 0, nullptr, nullptr);
        ASSERT_TRUE(heap_);
    }
    void TearDown() override {
        fake::allocations_left = -1;
        EXPECT_EQ(RtlDestroyHeap(heap_), nullptr);
    }
    void expect_valid() { EXPECT_TRUE(RtlValidateHeap(heap_, 0, nullptr)); }
    PVOID heap_;
};

TEST_F(HeapTest, BlocksAreAlignedAndKnowTheirSize) {
    for (SIZE_T size : {0, 1, 15, 16, 17, 100, 1000, 1024, 5000, 70000, 0x7efff, 0x7f000, 0x100000}) {
        PVOID block = RtlAllocateHeap(heap_, 0, size);
        ASSERT_TRUE(block) << size;
        EXPECT_EQ(reinterpret_cast<ULONG_PTR>(block) % 16, 0u);
        EXPECT_EQ(RtlSizeHeap(heap_, 0, block), size);
        memset(block, 0xcc, size);
        expect_valid();
        EXPECT_TRUE(RtlFreeHeap(heap_, 0, block));
    }
    expect_valid();
}

TEST_F(HeapTest, RandomUseKeepsContents) {
    std::mt19937 random(7);
    struct Block {
        UCHAR* data;
        SIZE_T size;
        UCHAR fill;
    };
    std::vector<Block> blocks;
    for (int round = 0; round < 20000; ++round) {
        const bool big = random() % 200 == 0;
        const SIZE_T size = random() % (big ? 700000 : random() % 4 ? 200 : 4000);
        if (blocks.size() < 300 && random() % 2) {
            auto* data = static_cast<UCHAR*>(RtlAllocateHeap(heap_, 0, size));
            ASSERT_TRUE(data);
            const UCHAR fill = static_cast<UCHAR>(random());
            memset(data, fill, size);
            blocks.push_back({data, size, fill});
        } else if (!blocks.empty()) {
            Block& block = blocks[random() % blocks.size()];
            for (SIZE_T i = 0; i < block.size; i += 1 + block.size / 64)
                ASSERT_EQ(block.data[i], block.fill);
            if (random() % 3 == 0) {
                auto* moved = static_cast<UCHAR*>(RtlReAllocateHeap(heap_, 0, block.data, size));
                ASSERT_TRUE(moved);
                for (SIZE_T i = 0; i < std::min(size, block.size); ++i)
                    ASSERT_EQ(moved[i], block.fill);
                memset(moved, block.fill, size);
                block = {moved, size, block.fill};
            } else {
                ASSERT_TRUE(RtlFreeHeap(heap_, 0, block.data));
                block = blocks.back();
                blocks.pop_back();
            }
        }
        if (round % 1000 == 0) expect_valid();
    }
    for (Block& block : blocks)
        EXPECT_TRUE(RtlFreeHeap(heap_, 0, block.data));
    expect_valid();
    EXPECT_GT(RtlCompactHeap(heap_, 0), 0x8000u);
}

TEST_F(HeapTest, NeighboursMergeWhenFreed) {
    PVOID a = RtlAllocateHeap(heap_, 0, 1000);
    PVOID b = RtlAllocateHeap(heap_, 0, 1000);
    PVOID c = RtlAllocateHeap(heap_, 0, 1000);
    RtlFreeHeap(heap_, 0, a);
    RtlFreeHeap(heap_, 0, c);
    RtlFreeHeap(heap_, 0, b);
    expect_valid();
    EXPECT_EQ(RtlAllocateHeap(heap_, 0, 3000), a);
}

TEST_F(HeapTest, GrowsInPlaceIntoFreeSpace) {
    PVOID a = RtlAllocateHeap(heap_, 0, 100);
    PVOID b = RtlAllocateHeap(heap_, 0, 100);
    EXPECT_EQ(RtlReAllocateHeap(heap_, HEAP_REALLOC_IN_PLACE_ONLY, a, 5000), nullptr);
    RtlFreeHeap(heap_, 0, b);
    EXPECT_EQ(RtlReAllocateHeap(heap_, HEAP_REALLOC_IN_PLACE_ONLY, a, 5000), a);
    EXPECT_EQ(RtlSizeHeap(heap_, 0, a), 5000u);
    expect_valid();
}

TEST_F(HeapTest, ZeroedMemoryIsZeroed) {
    PVOID dirty = RtlAllocateHeap(heap_, 0, 500);
    memset(dirty, 0xff, 500);
    RtlFreeHeap(heap_, 0, dirty);
    auto* block = static_cast<char*>(RtlAllocateHeap(heap_, HEAP_ZERO_MEMORY, 500));
    for (int i = 0; i < 500; ++i)
        ASSERT_EQ(block[i], 0);
    memset(block, 0xff, 500);
    auto* grown = static_cast<char*>(RtlReAllocateHeap(heap_, HEAP_ZERO_MEMORY, block, 900));
    for (int i = 500; i < 900; ++i)
        ASSERT_EQ(grown[i], 0);
}

TEST_F(HeapTest, OverwrittenHeaderIsFoundNotFollowed) {
    auto* a = static_cast<char*>(RtlAllocateHeap(heap_, 0, 64));
    auto* b = static_cast<char*>(RtlAllocateHeap(heap_, 0, 64));
    memset(a + 64, 0x41, 16);
    EXPECT_FALSE(RtlValidateHeap(heap_, 0, nullptr));
    EXPECT_FALSE(RtlFreeHeap(heap_, 0, b));
    EXPECT_THROW(RtlFreeHeap(heap_, 0, a), fake::Raised);
}

TEST_F(HeapTest, ForeignPointersAreRefused) {
    alignas(16) char local[64] = {};
    EXPECT_FALSE(RtlFreeHeap(heap_, 0, local + 16));
    auto* a = static_cast<char*>(RtlAllocateHeap(heap_, 0, 64));
    EXPECT_FALSE(RtlFreeHeap(heap_, 0, a + 8));
    EXPECT_FALSE(RtlFreeHeap(heap_, 0, a + 16));
    EXPECT_TRUE(RtlFreeHeap(heap_, 0, a));
    EXPECT_FALSE(RtlFreeHeap(heap_, 0, a));
    EXPECT_FALSE(RtlFreeHeap(local, 0, a));
    EXPECT_EQ(RtlAllocateHeap(nullptr, 0, 4), nullptr);
}

TEST_F(HeapTest, RunningOutIsAnAnswer) {
    fake::allocations_left = 0;
    EXPECT_EQ(RtlAllocateHeap(heap_, 0, 0x200000), nullptr);
    std::vector<PVOID> blocks;
    while (PVOID block = RtlAllocateHeap(heap_, 0, 4000))
        blocks.push_back(block);
    EXPECT_EQ(blocks.size(), 2u);  // of the 16 KiB that it began with
    EXPECT_THROW(RtlAllocateHeap(heap_, HEAP_GENERATE_EXCEPTIONS, 4000), fake::Raised);
    for (PVOID block : blocks)
        EXPECT_TRUE(RtlFreeHeap(heap_, 0, block));
    expect_valid();
    fake::allocations_left = -1;
    EXPECT_TRUE(RtlAllocateHeap(heap_, 0, 4000));
}

TEST_F(HeapTest, FreeTailIsGivenBack) {
    const SIZE_T before = fake::committed();
    std::vector<PVOID> blocks;
    for (int i = 0; i < 100; ++i)
        blocks.push_back(RtlAllocateHeap(heap_, 0, 8000));
    EXPECT_GT(fake::committed(), before + 600000);
    for (PVOID block : blocks)
        RtlFreeHeap(heap_, 0, block);
    EXPECT_LT(fake::committed(), before + 0x40000);
    expect_valid();
    EXPECT_TRUE(RtlAllocateHeap(heap_, 0, 500000));
    expect_valid();
}

TEST_F(HeapTest, WalkSeesEveryBlock) {
    PVOID a = RtlAllocateHeap(heap_, 0, 100);
    PVOID large = RtlAllocateHeap(heap_, 0, 0x100000);
    RTL_HEAP_WALK_ENTRY entry = {};
    bool saw_a = false, saw_large = false;
    int count = 0;
    while (NT_SUCCESS(RtlWalkHeap(heap_, &entry)) && ++count < 100) {
        if (entry.DataAddress == a) saw_a = entry.DataSize == 100 && (entry.Flags & RTL_HEAP_BUSY);
        if (entry.DataAddress == large) saw_large = entry.DataSize == 0x100000;
    }
    EXPECT_TRUE(saw_a && saw_large);
    EXPECT_LT(count, 100);
}

TEST_F(HeapTest, UserValuesSurviveReallocation) {
    PVOID block = RtlAllocateHeap(heap_, HEAP_SETTABLE_USER_VALUE | 0x200, 50);
    ASSERT_TRUE(RtlSetUserValueHeap(heap_, 0, block, &block));
    block = RtlReAllocateHeap(heap_, 0, block, 60);
    PVOID value = nullptr;
    ULONG flags = 0;
    ASSERT_TRUE(RtlGetUserInfoHeap(heap_, 0, block, &value, &flags));
    EXPECT_EQ(value, static_cast<PVOID>(&block));
    EXPECT_EQ(flags, 0x200u);
    PVOID plain = RtlAllocateHeap(heap_, 0, 50);
    EXPECT_FALSE(RtlSetUserValueHeap(heap_, 0, plain, &block));
}

// HeapCreate: a maximum of 0 means that the heap can grow.
TEST(HeapKinds, WithoutAReserveItGrows) {
    PVOID open = RtlCreateHeap(0, nullptr, 0, 0x10000, nullptr, nullptr);
    PVOID bounded = RtlCreateHeap(0, nullptr, 0x100000, 0, nullptr, nullptr);
    ASSERT_NE(open, nullptr);
    ASSERT_NE(bounded, nullptr);
    unsigned given = 0;
    while (given < 64 && RtlAllocateHeap(open, 0, 0x40000))
        ++given;
    EXPECT_EQ(given, 64u);
    EXPECT_NE(RtlAllocateHeap(open, 0, 0x200000), nullptr);
    given = 0;
    while (given < 64 && RtlAllocateHeap(bounded, 0, 0x40000))
        ++given;
    EXPECT_LE(given, 4u);
    RtlDestroyHeap(open);
    RtlDestroyHeap(bounded);
}

TEST(Heaps, TheProcessKnowsItsHeaps) {
    const ULONG before = RtlGetProcessHeaps(0, nullptr);
    PVOID heap = RtlCreateHeap(HEAP_GROWABLE, nullptr, 0, 0, nullptr, nullptr);
    PVOID list[16];
    EXPECT_EQ(RtlGetProcessHeaps(16, list), before + 1);
    EXPECT_EQ(list[before], heap);
    RtlDestroyHeap(heap);
    EXPECT_EQ(RtlGetProcessHeaps(0, nullptr), before);
    EXPECT_EQ(RtlDestroyHeap(rtl::process_heap()), rtl::process_heap());
}

}  // namespace
