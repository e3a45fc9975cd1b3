// SPDX-License-Identifier: GPL-3.0-only
// Machine code that nobody would write: random bytes, with more than their share of the instructions that
// concern a kernel.
#pragma once
#include "tests/rootserver/common/rt.hpp"

namespace crashme {

using rt::Word;

class Random {
public:
    explicit Random(Word seed) : state_(seed | 1) {}
    Word next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    Word below(Word limit) { return next() % limit; }

private:
    Word state_;
};

// Fills `size` bytes.
void write_code(Random& random, unsigned char* code, Word size);

}  // namespace crashme
