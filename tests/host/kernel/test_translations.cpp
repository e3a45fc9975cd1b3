// SPDX-License-Identifier: GPL-3.0-only
// Random changes of address spaces on each kind of CPU: no access may ever come to where the tables no longer
// lead.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "abi/sel4/extensions.h"
#include "arch/translations.hpp"
#include "kernel/api/entry.hpp"
#include "tests/host/kernel/fake_machine.hpp"
#include "tests/host/kernel/fake_tlb.hpp"

namespace {

using namespace kernel;
using fake::Kernel;
using fake::tlb;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kSpaces = 3, kTables = 12, kFrames = 6;

struct Cpu {
    const char* name;
    bool tags, hides;
};

// Pages that share tables and pages that do not.
std::vector<Word> all_addresses() {
    std::vector<Word> addresses;
    for (Word i = 0; i < 8; i++)
        addresses.push_back((i & 1) << 12 | (i >> 1 & 1) << 21 | (i >> 2) << 30);
    return addresses;
}

class World {
public:
    World(Cpu cpu, unsigned seed) : hides_(cpu.hides), random_(seed) {
        arch::features.tagged_translations = cpu.tags;
        arch::features.hide_kernel = cpu.hides;
        arch::loaded_root = 0;
        tlb.reset(cpu.tags, addresses_);
        kernel_.emplace();
        make_objects();
    }
    ~World() { arch::features.tagged_translations = arch::features.hide_kernel = false; }

    // One system call of the running thread, then some accesses of whoever runs now. False: one went astray.
    bool step() {
        if (hides_) tlb.write_cr3(arch::kernel_root());
        change();
        if (hides_) tlb.write_cr3(arch::loaded_root);
        for (unsigned i = 0; i < 4; i++) {
            const Word address = addresses_[below(addresses_.size())];
            const Word truth = tlb.truth(address);
            if (tlb.access(address) != truth) return false;
            if (truth) hits_++;
        }
        return true;
    }
    // Accesses that came to a page.
    Word hits() const { return hits_; }

private:
    Word below(Word limit) { return random_() % limit; }
    Kernel& kernel() { return *kernel_; }
    seL4_Word call(Word cap, Word label, std::initializer_list<Word> words = {},
                   std::initializer_list<Word> caps = {}) {
        return kernel().call(cap, label, words, caps).label;
    }
    Word any(const std::vector<Word>& slots) { return slots[below(slots.size())]; }
    Word address(Word bits) { return addresses_[below(addresses_.size())] >> bits << bits; }

    void make_objects() {
        large_.push_back(kernel().make(seL4_X86_LargePageObject));
        for (Word i = 0; i < 2; i++)
            large_.push_back(copy_of(large_[0]));
        pool_memory_ = kernel().make(seL4_UntypedObject, 12);
        pool_ = kernel().free_slot();
        for (Word i = 0; i < kSpaces; i++) {
            space_memory_.push_back(kernel().make(seL4_UntypedObject, 12));
            spaces_.push_back(kernel().free_slot());
            threads_.push_back(kernel().make_thread(255));
            make_space(i);
            call(threads_.back(), seL4_Label_TCB_Resume);
        }
        for (Word i = 0; i < kTables; i++) {
            pdpts_.push_back(kernel().make(seL4_X86_PDPTObject));
            directories_.push_back(kernel().make(seL4_X86_PageDirectoryObject));
            tables_.push_back(kernel().make(seL4_X86_PageTableObject));
        }
        for (Word i = 0; i < kFrames; i++) {
            frames_.push_back(kernel().make(seL4_X86_4K));
            frames_.push_back(copy_of(frames_.back()));
            copies_.push_back(kernel().free_slot());
        }
    }
    Word copy_of(Word slot) {
        const Word copy = kernel().free_slot();
        call(kRoot, seL4_Label_CNode_Copy, {copy, 64, slot, 64, 15}, {kRoot});
        return copy;
    }

    // A space of that number in place of the old one, if any; mostly it gets the ASID of one that has gone.
    void make_space(Word i) {
        call(kRoot, seL4_Label_CNode_Revoke, {space_memory_[i], 64});
        call(space_memory_[i], seL4_Label_Untyped_Retype, {seL4_X64_PML4Object, 0, 0, 0, spaces_[i], 1},
             {kRoot});
        const Word pool = below(3) ? Word{seL4_CapInitThreadASIDPool} : pool_;
        call(pool, seL4_Label_ASIDPool_Assign, {}, {spaces_[i]});
    }
    void make_pool() {
        call(kRoot, seL4_Label_CNode_Revoke, {pool_memory_, 64});
        call(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {pool_, 64}, {pool_memory_, kRoot});
    }

    // Takes a table from wherever it is; what lay below it there is gone.
    void move_table(Word bits, Word where, Word space) {
        const Word table = any(bits == 39 ? pdpts_ : bits == 30 ? directories_ : tables_);
        const Word map = bits == 39   ? seL4_Label_PDPT_Map
                         : bits == 30 ? seL4_Label_PageDirectory_Map
                                      : seL4_Label_PageTable_Map;
        call(table, map + 1);
        call(table, map, {where, 0}, {space});
    }
    // Maps a page, with the tables it takes; or other rights for it, or another page in its place.
    void map_page(Word page, Word bits) {
        const Word where = address(bits), space = any(spaces_);
        if (below(2)) call(page, seL4_Label_Page_Unmap);
        for (unsigned tries = 0; tries < 4; tries++) {
            const auto answer = kernel().call(page, seL4_Label_Page_Map, {where, 1 + below(3), 0}, {space});
            if (answer.label != seL4_FailedLookup) return;
            move_table(answer.mr[2], where, space);
        }
    }

    // Runs are several pages, each with a frame of its own or a copy that the run makes or takes away.
    void map_run() {
        std::vector<Word> words = {address(12), 1 + below(3), 0};
        for (Word i = below(3) + 1; i > 0; i--) {
            const bool copies = below(2);
            words.push_back(any(copies ? frames_ : either()));
            words.push_back(copies ? any(copies_) : 0);
        }
        kernel().call(any(spaces_), NEPTUNE_Label_VSpace_MapPages, words, {kRoot});
    }
    void unmap_run() {
        std::vector<Word> words = {0};
        for (Word i = below(4) + 1; i > 0; i--) {
            const bool copy = below(2);
            if (copy && below(2)) words[0] |= Word{1} << (words.size() - 1);
            words.push_back(any(copy ? copies_ : frames_));
        }
        kernel().call(any(spaces_), NEPTUNE_Label_VSpace_UnmapPages, words, {kRoot});
    }
    const std::vector<Word>& either() { return below(2) ? frames_ : copies_; }

    void change() {
        switch (below(120)) {
            case 0:
                return make_space(below(kSpaces));
            case 1:
                return below(20) ? void() : make_pool();
            case 2 ... 5:
                call(any(threads_), seL4_Label_TCB_SetSpace, {0, 0, 0}, {kRoot, any(spaces_)});
                return;
            case 6:
                return move_table(39 - 9 * below(3), address(12), any(spaces_));
            case 7 ... 9:
                return map_page(any(large_), 21);
            case 10 ... 12:
                call(any(large_), seL4_Label_Page_Unmap);
                return;
            case 13 ... 19:
                call(any(frames_), seL4_Label_Page_Unmap);
                return;
            case 20 ... 49:
                return map_page(any(frames_), 12);
            case 50 ... 69:
                return map_run();
            case 70 ... 79:
                return unmap_run();
            default:
                kernel().syscall(seL4_SysYield, 0, 0);
        }
    }

    const bool hides_;
    std::minstd_rand random_;
    const std::vector<Word> addresses_ = all_addresses();
    std::optional<Kernel> kernel_;
    std::vector<Word> space_memory_, spaces_, threads_, pdpts_, directories_, tables_, frames_, copies_,
        large_;
    Word pool_memory_ = 0, pool_ = 0;
    Word hits_ = 0;
};

class Translations : public testing::TestWithParam<Cpu> {};

TEST_P(Translations, AreNeverStale) {
    for (unsigned seed = 1; seed <= 20; seed++) {
        World world(GetParam(), seed);
        for (unsigned i = 0; i < 2000; i++)
            ASSERT_TRUE(world.step()) << "seed " << seed << ", step " << i;
        EXPECT_GT(world.hits(), 100u);
    }
}

INSTANTIATE_TEST_SUITE_P(Cpus, Translations,
                         testing::Values(Cpu{"plain", false, false}, Cpu{"hiding", false, true},
                                         Cpu{"tagged", true, false}, Cpu{"taggedhiding", true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
