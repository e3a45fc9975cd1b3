// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/kernel/fake_tlb.hpp"

#include <cstdlib>
#include <utility>

#include "arch/cpu.hpp"
#include "arch/memory.hpp"
#include "arch/translations.hpp"

namespace fake {

Tlb tlb;

namespace {

constexpr unsigned kTop = 39, kSmall = 12, kIndexBits = 9;
constexpr Word kAddress = 0x000f'ffff'ffff'f000, kRights = 0x1f, kLarge = 0x80, kPresent = 1;

Word below(unsigned bits) {
    return (Word{1} << bits) - 1;
}

Word entry_of(Word table, Word address, unsigned bits) {
    return arch::from_physical<Word>(table)[(address >> bits) & 511];
}

bool is_last(Word entry, unsigned bits) {
    return bits == kSmall || (entry & kLarge);
}

Word value_of(Word entry, unsigned bits, Word address) {
    if (!(entry & kPresent)) return 0;
    const Word base = entry & kAddress & ~below(bits);
    return base | (address & below(bits) & ~below(kSmall)) | (entry & kRights);
}

}  // namespace

void Tlb::reset(bool tags, std::vector<Word> addresses) {
    tags_ = tags;
    root_ = kKernelTables;
    tag_ = 0;
    addresses_ = std::move(addresses);
    pages_.clear();
    tables_.clear();
}

void Tlb::write_cr3(Word value) {
    // Reserved bits.
    if (!tags_ && (value & ~kAddress)) std::abort();
    const Word tag = value & arch::kTranslationTag;
    if (!(value & arch::kKeepTranslations)) {
        std::erase_if(pages_, [tag](const auto& page) { return page.first.first == tag; });
        std::erase_if(tables_, [tag](const auto& table) { return std::get<0>(table.first) == tag; });
    }
    root_ = value & kAddress;
    tag_ = tag;
    look_ahead();
}

void Tlb::invlpg(Word address) {
    std::erase_if(pages_, [&](const auto& page) {
        return page.first.first == tag_ &&
               (page.first.second << kSmall) >> page.second.bits == address >> page.second.bits;
    });
    std::erase_if(tables_, [&](const auto& table) { return std::get<0>(table.first) == tag_; });
    look_ahead();
}

void Tlb::invalidate_address(Word tag, Word address) {
    pages_.erase({tag, address >> kSmall});
    for (unsigned bits = kTop; bits > kSmall; bits -= kIndexBits)
        tables_.erase({tag, bits, address >> bits});
    look_ahead();
}

void Tlb::invalidate_tag(Word tag) {
    std::erase_if(pages_, [tag](const auto& page) { return page.first.first == tag; });
    std::erase_if(tables_, [tag](const auto& table) { return std::get<0>(table.first) == tag; });
    look_ahead();
}

// From the top, or from wherever it remembers a table.
Tlb::Step Tlb::walk(Word address) {
    Word table = root_;
    for (unsigned bits = kTop;; bits -= kIndexBits) {
        const auto known = tables_.find({tag_, bits, address >> bits});
        const bool use = known != tables_.end() && random_() % 4 != 0;
        const Word entry = use ? known->second : entry_of(table, address, bits);
        if (!(entry & kPresent) || is_last(entry, bits)) return {entry, bits};
        tables_[{tag_, bits, address >> bits}] = entry;
        table = entry & kAddress;
    }
}

Word Tlb::access(Word address) {
    const auto known = pages_.find({tag_, address >> kSmall});
    if (known != pages_.end()) return known->second.value;
    const Step step = walk(address);
    const Word value = value_of(step.entry, step.bits, address);
    if (value) pages_[{tag_, address >> kSmall}] = {value, step.bits};
    return value;
}

Word Tlb::truth(Word address) const {
    Word table = root_;
    for (unsigned bits = kTop;; bits -= kIndexBits) {
        const Word entry = entry_of(table, address, bits);
        if (!(entry & kPresent) || is_last(entry, bits)) return value_of(entry, bits, address);
        table = entry & kAddress;
    }
}

void Tlb::look_ahead() {
    for (const Word address : addresses_) {
        if (random_() % 4 == 0) access(address);
    }
}

}  // namespace fake

namespace arch {

Word loaded_root;

Word kernel_root() {
    return make_root_word(fake::kKernelTables, 0);
}
void write_cr3(Word value) {
    fake::tlb.write_cr3(value);
}
void invlpg(Word address) {
    fake::tlb.invlpg(address);
}
void invalidate_address(Word tag, Word address) {
    fake::tlb.invalidate_address(tag, address);
}
void invalidate_tag(Word tag) {
    fake::tlb.invalidate_tag(tag);
}

}  // namespace arch
