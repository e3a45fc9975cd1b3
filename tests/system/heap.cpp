// SPDX-License-Identifier: GPL-3.0-only
// The process heap and private heaps, under one thread and several.
#include "tests/system/test.h"

namespace {

struct Random {
    ULONG state;
    ULONG next() {
        state = state * 1664525 + 1013904223;
        return state >> 8;
    }
};

constexpr unsigned slots = 256;

// Allocates, resizes and frees at random, with every block filled by a pattern that is checked.
bool churn(PVOID heap, ULONG seed, unsigned rounds, ULONG largest) {
    Random random = {seed};
    PVOID blocks[slots] = {};
    ULONG sizes[slots] = {};
    bool good = true;
    const auto check = [&](unsigned i) {
        const auto* bytes = static_cast<const UCHAR*>(blocks[i]);
        for (ULONG k = 0; k < sizes[i]; ++k)
            good = good && bytes[k] == static_cast<UCHAR>(i + k);
    };
    const auto fill = [&](unsigned i, ULONG from) {
        auto* bytes = static_cast<UCHAR*>(blocks[i]);
        for (ULONG k = from; k < sizes[i]; ++k)
            bytes[k] = static_cast<UCHAR>(i + k);
    };
    for (unsigned round = 0; round < rounds; ++round) {
        const unsigned i = random.next() % slots;
        const ULONG size = random.next() % largest;
        if (!blocks[i]) {
            blocks[i] = RtlAllocateHeap(heap, 0, size);
            if (!blocks[i] || reinterpret_cast<ULONG_PTR>(blocks[i]) % 16) return false;
            sizes[i] = size;
            fill(i, 0);
        } else if (random.next() % 3 == 0) {
            check(i);
            PVOID moved = RtlReAllocateHeap(heap, 0, blocks[i], size);
            if (!moved) return false;
            blocks[i] = moved;
            const ULONG kept = sizes[i] < size ? sizes[i] : size;
            sizes[i] = size;
            fill(i, kept);
        } else {
            check(i);
            if (RtlSizeHeap(heap, 0, blocks[i]) != sizes[i] || !RtlFreeHeap(heap, 0, blocks[i])) return false;
            blocks[i] = nullptr;
        }
    }
    for (unsigned i = 0; i < slots; ++i) {
        if (!blocks[i]) continue;
        check(i);
        RtlFreeHeap(heap, 0, blocks[i]);
    }
    return good;
}

NTSTATUS NTAPI churn_thread(PVOID seed) {
    return churn(RtlProcessHeap(), static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(seed)), 4000, 600) ? 0 : 1;
}

}  // namespace

TEST(allocate_zeroed) {
    auto* bytes = static_cast<char*>(RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, 1000));
    REQUIRE(bytes);
    bool zeroed = true;
    for (int i = 0; i < 1000; ++i)
        zeroed = zeroed && bytes[i] == 0;
    CHECK(zeroed);
    CHECK(RtlSizeHeap(RtlProcessHeap(), 0, bytes) == 1000);
    CHECK(RtlFreeHeap(RtlProcessHeap(), 0, bytes));
}

TEST(churn_process_heap) {
    CHECK(churn(RtlProcessHeap(), 1, 10000, 800));
    CHECK(RtlValidateHeap(RtlProcessHeap(), 0, nullptr));
}

TEST(private_heap) {
    PVOID heap = RtlCreateHeap(HEAP_GROWABLE, nullptr, 0, 0, nullptr, nullptr);
    REQUIRE(heap);
    CHECK(churn(heap, 2, 5000, 5000));
    CHECK(RtlValidateHeap(heap, 0, nullptr));
    CHECK(RtlDestroyHeap(heap) == nullptr);
}

TEST(large_blocks) {
    PVOID heap = RtlProcessHeap();
    auto* block = static_cast<char*>(RtlAllocateHeap(heap, 0, 0x200000));
    REQUIRE(block);
    block[0] = 1;
    block[0x1fffff] = 2;
    CHECK(RtlSizeHeap(heap, 0, block) == 0x200000);
    auto* grown = static_cast<char*>(RtlReAllocateHeap(heap, HEAP_ZERO_MEMORY, block, 0x280000));
    REQUIRE(grown);
    CHECK(grown[0] == 1 && grown[0x1fffff] == 2 && grown[0x27ffff] == 0);
    CHECK(RtlFreeHeap(heap, 0, grown));
}

TEST(impossible_sizes_fail) {
    PVOID heap = RtlProcessHeap();
    CHECK(!RtlAllocateHeap(heap, 0, ~0ull));
    CHECK(!RtlAllocateHeap(heap, 0, 0x7fffffffffffull));
    PVOID block = RtlAllocateHeap(heap, 0, 10);
    CHECK(!RtlReAllocateHeap(heap, 0, block, ~0ull - 100));
    CHECK(RtlFreeHeap(heap, 0, block));
}

TEST(bad_pointers_are_refused) {
    PVOID heap = RtlProcessHeap();
    int local;
    CHECK(!RtlFreeHeap(heap, 0, &local));
    auto* block = static_cast<char*>(RtlAllocateHeap(heap, 0, 100));
    CHECK(!RtlFreeHeap(heap, 0, block + 16));
    CHECK(RtlSizeHeap(heap, 0, block + 8) == ~0ull);
    CHECK(RtlFreeHeap(heap, 0, block));
    CHECK(!RtlFreeHeap(heap, 0, block));
    CHECK(RtlFreeHeap(heap, 0, nullptr));
}

TEST(freed_memory_is_used_again) {
    PVOID heap = RtlCreateHeap(HEAP_GROWABLE, nullptr, 0, 0, nullptr, nullptr);
    REQUIRE(heap);
    PVOID first = RtlAllocateHeap(heap, 0, 300);
    RtlFreeHeap(heap, 0, first);
    for (int i = 0; i < 1000; ++i) {
        PVOID block = RtlAllocateHeap(heap, 0, 300);
        CHECK(block == first);
        RtlFreeHeap(heap, 0, block);
    }
    RtlDestroyHeap(heap);
}

TEST(user_values) {
    PVOID heap = RtlProcessHeap();
    PVOID block = RtlAllocateHeap(heap, HEAP_SETTABLE_USER_VALUE, 40);
    REQUIRE(block);
    CHECK(RtlSetUserValueHeap(heap, 0, block, &heap));
    PVOID value = nullptr;
    ULONG flags = 1;
    CHECK(RtlGetUserInfoHeap(heap, 0, block, &value, &flags));
    CHECK(value == &heap && flags == 0);
    CHECK(RtlFreeHeap(heap, 0, block));
}

TEST(several_threads) {
    HANDLE threads[4];
    for (ULONG_PTR i = 0; i < 4; ++i) {
        REQUIRE(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, churn_thread,
                                               reinterpret_cast<PVOID>(i + 10), &threads[i], nullptr)));
    }
    CHECK(NtWaitForMultipleObjects(4, threads, WaitAll, FALSE, nullptr) == STATUS_SUCCESS);
    for (HANDLE thread : threads) {
        THREAD_BASIC_INFORMATION information = {};
        NtQueryInformationThread(thread, ThreadBasicInformation, &information, sizeof(information), nullptr);
        CHECK(information.ExitStatus == 0);
        NtClose(thread);
    }
    CHECK(RtlValidateHeap(RtlProcessHeap(), 0, nullptr));
}
