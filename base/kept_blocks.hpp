// SPDX-License-Identifier: GPL-3.0-only
//
// Blocks of memory that come and go: of each size two that were given back are kept for who takes the next.
#pragma once

#include <stddef.h>

#include <utility>

namespace base {

template <size_t kSizes>
class KeptBlocks {
public:
    // Null: none is kept.
    [[gnu::always_inline]] void* take(size_t size) {
        if (first_[size]) [[likely]]
            return std::exchange(first_[size], nullptr);
        return std::exchange(second_[size], nullptr);
    }
    // False: there are two, and the block is still the caller's.
    [[gnu::always_inline]] bool keep(void* memory, size_t size) {
        if (!first_[size]) [[likely]] {
            first_[size] = memory;
            return true;
        }
        if (second_[size]) return false;
        second_[size] = memory;
        return true;
    }

private:
    void* first_[kSizes] = {};
    void* second_[kSizes] = {};
};

}  // namespace base
