// SPDX-License-Identifier: GPL-3.0-only
// INVPCID. Out of line: its operand lies in memory, and no caller on a CPU without it shall pay for that.
#include "arch/translations.hpp"

namespace arch {

Word loaded_root;

namespace {

enum class Invalidate : Word { address = 0, tag = 1, everything = 2 };

void invpcid(Invalidate what, Word tag, Word address) {
    const struct {
        Word tag;
        Word address;
    } descriptor{tag, address};
    asm volatile("invpcid %1, %0" : : "r"(static_cast<Word>(what)), "m"(descriptor) : "memory");
}

}  // namespace

void invalidate_address(Word tag, Word address) {
    invpcid(Invalidate::address, tag, address);
}
void invalidate_tag(Word tag) {
    invpcid(Invalidate::tag, tag, 0);
}
void invalidate_everything() {
    invpcid(Invalidate::everything, 0, 0);
}

}  // namespace arch
