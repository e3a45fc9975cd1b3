// SPDX-License-Identifier: GPL-3.0-only
#include "arch/switch.hpp"
#include "kernel/object/cap_rules.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel::vspace {

namespace {

constexpr Word kEntryBits = 9;

Word* entry_at(Word* table, Word address, Word bits) {
    return &table[(address >> bits) & 511];
}

bool is_table(Word entry) {
    return (entry & kPresent) && !(entry & kLarge);
}

}  // namespace

EntrySlot find_entry(Word* root, Word address, Word bits) {
    Word level = 39;
    Word* table = root;
    while (level > bits) {
        const Word entry = *entry_at(table, address, level);
        if (!is_table(entry)) return {.bits_left = level};
        table = arch::from_physical<Word>(entry & kAddressMask);
        level -= kEntryBits;
    }
    return {.entry = entry_at(table, address, level)};
}

void forget_page(const Word* root, Word address, FrameSize size) {
    arch::forget_page(root_word(root), address, size != FrameSize::small);
}

void unmap_table(const Cap& cap) {
    const auto table = cap.as<TableCap>();
    if (table.asid == 0) return;
    Word* root = find_root(table.asid);
    if (!root) return;
    const EntrySlot slot = find_entry(root, Word{table.page} << 12, table_bits(cap.tag()));
    if (!slot.entry || !is_table(*slot.entry) || (*slot.entry & kAddressMask) != table.address) return;
    *slot.entry = 0;
    // Everything below it is gone at once.
    arch::forget_space(root_word(root));
}

void unmap_frame(const FrameCap& cap) {
    if (cap.asid == 0) return;
    Word* root = find_root(cap.asid);
    if (!root) return;
    const Word address = Word{cap.page} << 12;
    const auto size = static_cast<FrameSize>(cap.size);
    const EntrySlot slot = find_entry(root, address, frame_bits(size));
    if (!slot.entry) return;
    const Word entry = *slot.entry;
    if (!(entry & kPresent) || (size != FrameSize::small && !(entry & kLarge))) return;
    const Word mask = kAddressMask & ~((Word{1} << frame_bits(size)) - 1);
    if ((entry & mask) != cap.address) return;
    *slot.entry = 0;
    forget_page(root, address, size);
}

}  // namespace kernel::vspace
