// SPDX-License-Identifier: GPL-3.0-only
// Which page tables the CPU uses, and what it must forget when they change.
//
// A VSpace is known here by its root word, the value that CR3 takes. On CPUs with process-context identifiers
// what the CPU remembers is tagged with the VSpace's ASID (0: the kernel's own tables), and the top bit says
// that loading the word keeps it; so a change must be told for every VSpace, loaded or not. Elsewhere the
// word is the address of the PML4 alone: loading another one forgets all but the kernel's global pages, and
// only changes of the loaded VSpace matter.
#pragma once
#include "arch/cpu.hpp"
#include "arch/features.hpp"

namespace arch {

inline constexpr Word kKeepTranslations = Word{1} << 63;
inline constexpr Word kTranslationTag = 0xfff;

inline Word make_root_word(Word physical, Word asid) {
    return features.tagged_translations ? physical | asid | kKeepTranslations : physical;
}

// PML4 with nothing but the kernel in it: for the idle thread, threads without a VSpace, and a VSpace about
// to vanish.
Word kernel_root();

// The page tables user code runs on: CR3, or, where the kernel is hidden from those, what CR3 becomes on the
// way out.
extern Word loaded_root asm("arch_loaded_root");

inline void load_root(Word root) {
    if (root == loaded_root) return;
    loaded_root = root;
    if (!features.hide_kernel) [[likely]]
        write_cr3(root);
}

// The functions below come after the change: until then the CPU may remember the old state anew.

// A page of this VSpace is another, or has other rights, or is gone. A `large` one the CPU may keep in
// pieces: only invlpg is sure to find them all.
inline void forget_page(Word root, Word address, bool large) {
    if (root & kKeepTranslations) [[unlikely]] {
        large ? invalidate_tag(root & kTranslationTag) : invalidate_address(root & kTranslationTag, address);
    } else if (root == loaded_root) {
        invlpg(address);
    }
}

// Any part of this VSpace may have changed. Where the kernel is hidden without tags, the way out forgets
// everything each time.
inline void forget_space(Word root) {
    if (root & kKeepTranslations) [[unlikely]] {
        invalidate_tag(root & kTranslationTag);
    } else if (root == loaded_root && !features.hide_kernel) {
        write_cr3(root);
    }
}

// This VSpace is no more, and its ASID may be another's tomorrow.
inline void forget_root(Word root) {
    if (root == loaded_root) load_root(kernel_root());
    if (root & kKeepTranslations) [[unlikely]]
        invalidate_tag(root & kTranslationTag);
}

}  // namespace arch
