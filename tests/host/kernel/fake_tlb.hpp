// SPDX-License-Identifier: GPL-3.0-only
// What a CPU remembers of page tables: pages, and tables on the way to them, each under the tag that was
// loaded. It remembers all that the manuals allow, forgets only what they promise, and looks ahead whenever
// it gets a chance.
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace fake {

using Word = std::uint64_t;

// An empty page of the fake memory: the kernel's own tables map nothing that tests look at.
inline constexpr Word kKernelTables = 4096;

class Tlb {
public:
    // `addresses` are what the CPU may look at ahead of time.
    void reset(bool tags, std::vector<Word> addresses);

    // --- the instructions ---
    void write_cr3(Word value);
    void invlpg(Word address);
    void invalidate_address(Word tag, Word address);
    void invalidate_tag(Word tag);

    // Where user code comes to at an address, as physical page and rights, 0 for nowhere: by what is
    // remembered, and by the tables as they are.
    Word access(Word address);
    Word truth(Word address) const;

private:
    struct Page {
        Word value;
        unsigned bits;  // its size in the tables
    };
    struct Step {
        Word entry;
        unsigned bits;
    };

    Step walk(Word address);
    void look_ahead();

    bool tags_ = false;
    Word root_ = kKernelTables, tag_ = 0;
    std::vector<Word> addresses_;
    std::minstd_rand random_;
    std::map<std::pair<Word, Word>, Page> pages_;              // tag, 4 KiB page number
    std::map<std::tuple<Word, unsigned, Word>, Word> tables_;  // tag, level, address above it: the entry
};

extern Tlb tlb;

}  // namespace fake
