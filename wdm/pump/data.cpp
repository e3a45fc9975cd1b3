// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/data.hpp"

#include "wdm/platform/platform.hpp"

namespace pump {
namespace {

// Sizes are powers of two, 4 KiB to 64 KiB.
constexpr ULONG kLeastBits = 12;
constexpr ULONG kSizes = 5;
constexpr ULONG kMostOfEach = 2;

struct Kept {
    ULONG count;
    UCHAR* blocks[kMostOfEach];
};

constinit platform::Lock lock;
constinit Kept kept[kSizes]{};

constexpr SIZE_T kLeast = SIZE_T{1} << kLeastBits;
constexpr SIZE_T kLargest = kLeast << (kSizes - 1);

bool of_such(SIZE_T length) {
    return length >= kLeast && length <= kLargest;
}

ULONG size_of(SIZE_T length) {
    return length == kLeast ? 0 : 64 - kLeastBits - static_cast<ULONG>(__builtin_clzll(length - 1));
}

}  // namespace

UCHAR* take_data(SIZE_T length) {
    if (!of_such(length)) return static_cast<UCHAR*>(platform::allocate(length));
    ULONG size = size_of(length);
    {
        platform::Guard guard(lock);
        if (kept[size].count != 0) return kept[size].blocks[--kept[size].count];
    }
    return static_cast<UCHAR*>(platform::allocate(kLeast << size));
}

void give_data(UCHAR* data, SIZE_T length) {
    if (of_such(length)) {
        platform::Guard guard(lock);
        Kept& same = kept[size_of(length)];
        if (same.count != kMostOfEach) {
            same.blocks[same.count++] = data;
            return;
        }
    }
    platform::release(data);
}

}  // namespace pump
