// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/io_port.hpp"

namespace kernel {

namespace {

Word claimed[65536 / 64];

// Calls with each word that [first, last] touches and the bits of it that it covers, until that says no.
template <typename Visit>
bool for_each_word(Word first, Word last, Visit visit) {
    const Word begin = first / 64, end = last / 64;
    const Word from_first = ~Word{0} << (first % 64), to_last = ~Word{0} >> (63 - last % 64);
    if (begin == end) return visit(claimed[begin], from_first & to_last);
    if (!visit(claimed[begin], from_first)) return false;
    for (Word i = begin + 1; i < end; i++) {
        if (!visit(claimed[i], ~Word{0})) return false;
    }
    return visit(claimed[end], to_last);
}

}  // namespace

bool io_ports_are_free(Word first, Word last) {
    return for_each_word(first, last, [](Word word, Word mask) { return (word & mask) == 0; });
}

void claim_io_ports(Word first, Word last) {
    for_each_word(first, last, [](Word& word, Word mask) {
        word |= mask;
        return true;
    });
}

void release_io_ports(const IoPortCap& cap) {
    for_each_word(cap.first, cap.last, [](Word& word, Word mask) {
        word &= ~mask;
        return true;
    });
}

}  // namespace kernel
