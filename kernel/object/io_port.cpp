// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/io_port.hpp"

namespace kernel {

namespace {

Word claimed[65536 / 64];

// The bits of word `index` that [first, last] covers.
Word mask_of(Word index, Word first, Word last) {
    Word mask = ~Word{0};
    if (index == first / 64) mask &= ~Word{0} << (first % 64);
    if (index == last / 64) mask &= ~Word{0} >> (63 - last % 64);
    return mask;
}

}  // namespace

bool io_ports_are_free(Word first, Word last) {
    for (Word i = first / 64; i <= last / 64; i++) {
        if (claimed[i] & mask_of(i, first, last)) return false;
    }
    return true;
}

void claim_io_ports(Word first, Word last) {
    for (Word i = first / 64; i <= last / 64; i++)
        claimed[i] |= mask_of(i, first, last);
}

void release_io_ports(const IoPortCap& cap) {
    for (Word i = cap.first / 64; i <= cap.last / 64; i++)
        claimed[i] &= ~mask_of(i, cap.first, cap.last);
}

}  // namespace kernel
