// SPDX-License-Identifier: GPL-3.0-only
//
// Blocks of memory of one size that come and go: a few that were given back are kept for who takes the next.
#pragma once

#include <stddef.h>

#include <new>

namespace base {

// REQUIRES: the blocks hold a pointer at least.
template <size_t kMost>
class KeptBlocks {
public:
    // Null: none is kept.
    void* take() {
        Block* block = first_;
        if (block) [[likely]] {
            first_ = block->next;
            --count_;
        }
        return block;
    }
    // False: there are enough, and the block is still the caller's.
    bool keep(void* memory) {
        if (count_ == kMost) [[unlikely]]
            return false;
        first_ = new (memory) Block{first_};
        ++count_;
        return true;
    }

private:
    struct Block {
        Block* next;
    };
    Block* first_ = nullptr;
    size_t count_ = 0;
};

}  // namespace base
