// SPDX-License-Identifier: GPL-3.0-only
//
// Numbers that a seed decides (xorshift64*): the same seed gives the same row on every machine.
#pragma once

#include "abi/nt/ntdef.h"

namespace torture {

class Random {
public:
    explicit Random(ULONG64 seed) : state_(mixed(seed) | 1) {}

    ULONG64 next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1d;
    }

    // Seeds that differ in one bit give rows that have nothing in common.
    static ULONG64 mixed(ULONG64 seed) {
        seed += 0x9e3779b97f4a7c15;
        seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
        seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
        return seed ^ (seed >> 31);
    }

private:
    ULONG64 state_;
};

}  // namespace torture
