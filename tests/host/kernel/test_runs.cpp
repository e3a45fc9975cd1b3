// SPDX-License-Identifier: GPL-3.0-only
// Runs of pages (abi/sel4/extensions.h): each page as Page.Map, Page.Unmap, CNode.Copy and CNode.Delete would
// have it, and the number says how far it came.
#include <gtest/gtest.h>

#include <vector>

#include "abi/sel4/extensions.h"
#include "kernel/vspace/vspace.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kAddress = 0x40'0000;  // the first page of a table
constexpr Word kReadWrite = 3, kRead = 2;
constexpr Word kUserBits = vspace::kPresent | vspace::kUser;

class Runs : public testing::Test {
protected:
    Runs() : space_(make_space()), frames_(kernel_.make(seL4_X86_4K, 0, kFrames)) {
        EXPECT_EQ(call(kernel_.make(seL4_X86_PDPTObject), seL4_Label_PDPT_Map, {kAddress, 0}, {space_}).label,
                  0u);
        EXPECT_EQ(call(kernel_.make(seL4_X86_PageDirectoryObject), seL4_Label_PageDirectory_Map,
                       {kAddress, 0}, {space_})
                      .label,
                  0u);
        EXPECT_EQ(
            call(kernel_.make(seL4_X86_PageTableObject), seL4_Label_PageTable_Map, {kAddress, 0}, {space_})
                .label,
            0u);
        fake::interrupts = {};
    }
    ~Runs() override { fake::interrupts = {}; }

    fake::Answer call(Word cap, Word label, const std::vector<Word>& words, const std::vector<Word>& caps) {
        return kernel_.call(cap, label, words, caps);
    }
    Word make_space() {
        const Word slot = kernel_.make(seL4_X64_PML4Object);
        EXPECT_EQ(call(seL4_CapInitThreadASIDPool, seL4_Label_ASIDPool_Assign, {}, {slot}).label, 0u);
        return slot;
    }
    // Pairs of frame and slot from kAddress on.
    fake::Answer map(const std::vector<Word>& pairs, Word address = kAddress, Word rights = kReadWrite) {
        std::vector<Word> words = {address, rights, 0};
        words.insert(words.end(), pairs.begin(), pairs.end());
        return call(space_, NEPTUNE_Label_VSpace_MapPages, words, {kRoot});
    }
    fake::Answer unmap(Word mask, const std::vector<Word>& frames) {
        std::vector<Word> words = {mask};
        words.insert(words.end(), frames.begin(), frames.end());
        return call(space_, NEPTUNE_Label_VSpace_UnmapPages, words, {kRoot});
    }
    Word entry(Word page) {
        const auto space = kernel_.slot(space_).cap.as<TableCap>();
        Word* root = arch::from_physical<Word>(space.address);
        const auto slot = vspace::find_entry(root, kAddress + page * 4096, 12);
        return slot.entry ? *slot.entry : 0;
    }
    FrameCap frame_in(Word slot) { return kernel_.slot(slot).cap.as<FrameCap>(); }
    Word physical(Word frame) { return frame_in(frame).address; }
    void expect_done(const fake::Answer& answer, Word count) {
        EXPECT_EQ(answer.label, 0u);
        ASSERT_EQ(answer.length, 1u);
        EXPECT_EQ(answer.mr[0], count);
    }
    void expect_error(const fake::Answer& answer, seL4_Error error, std::vector<Word> words = {}) {
        EXPECT_EQ(answer.label, Word{error});
        EXPECT_EQ(std::vector<Word>(answer.mr, answer.mr + answer.length), words);
    }

    static constexpr Word kFrames = 64;
    Kernel kernel_;
    Word space_, frames_;
};

TEST_F(Runs, MapFramesAndCopiesOneBehindTheOther) {
    const Word copy = kernel_.free_slot();
    expect_done(map({frames_, 0, frames_ + 1, copy, frames_ + 2, 0}), 3);
    for (Word i = 0; i < 3; i++)
        EXPECT_EQ(entry(i), physical(frames_ + i) | kUserBits | vspace::kWritable);
    EXPECT_EQ(frame_in(frames_ + 1).asid, 0u);
    EXPECT_EQ(Word{frame_in(copy).page} << 12, kAddress + 4096);
    EXPECT_EQ(kernel_.slot(frames_ + 1).next(), &kernel_.slot(copy));
    // Again, and what has no frame stays as it is.
    expect_done(map({frames_, 0, 0, 0, 0, 77, frames_ + 3, 0}), 4);
    EXPECT_EQ(Word{frame_in(copy).page} << 12, kAddress + 4096);
    EXPECT_EQ(entry(2) & ~Word{0xfff}, physical(frames_ + 2));
    EXPECT_EQ(entry(3) & ~Word{0xfff}, physical(frames_ + 3));
    // Again with less.
    expect_done(map({frames_, 0}, kAddress, kRead), 1);
    EXPECT_EQ(entry(0), physical(frames_) | kUserBits);
}

TEST_F(Runs, AsManyAsAMessageHolds) {
    std::vector<Word> pairs, frames;
    for (Word i = 0; i < NEPTUNE_MapPages_Most; i++) {
        pairs.insert(pairs.end(), {frames_ + i, 0});
        frames.push_back(frames_ + i);
    }
    expect_done(map(pairs), NEPTUNE_MapPages_Most);
    expect_done(unmap(0, frames), NEPTUNE_MapPages_Most);
    for (Word i = 0; i < NEPTUNE_MapPages_Most; i++)
        EXPECT_EQ(entry(i), 0u);
    frames.resize(NEPTUNE_UnmapPages_Most + 1, frames_);
    expect_error(unmap(0, frames), seL4_RangeError, {1, NEPTUNE_UnmapPages_Most});
    frames.pop_back();
    expect_done(unmap(0, frames), NEPTUNE_UnmapPages_Most);
}

TEST_F(Runs, UnmapTakesAwayTheCapabilitiesThatTheMaskNames) {
    const Word copies[] = {kernel_.free_slot(), kernel_.free_slot()};
    expect_done(map({frames_, copies[0], frames_ + 1, 0, frames_ + 2, copies[1]}), 3);
    expect_done(unmap(0b101, {copies[0], frames_ + 1, copies[1]}), 3);
    for (Word i = 0; i < 3; i++)
        EXPECT_EQ(entry(i), 0u);
    EXPECT_TRUE(kernel_.slot(copies[0]).is_empty());
    EXPECT_TRUE(kernel_.slot(copies[1]).is_empty());
    EXPECT_EQ(frame_in(frames_ + 1).asid, 0u);
    EXPECT_NE(kernel_.slot(frames_).next(), &kernel_.slot(copies[0]));
    // What is not mapped may be named.
    expect_done(unmap(0, {frames_ + 1}), 1);
}

TEST_F(Runs, TheFirstPageTellsWhyItCannotBeDone) {
    const Word endpoint = kernel_.make(seL4_EndpointObject);
    const Word empty = kernel_.free_slot(), other = make_space();
    const Word unassigned = kernel_.make(seL4_X64_PML4Object);
    const Word large = kernel_.make(seL4_X86_LargePageObject);
    expect_error(call(space_, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_}, {kRoot}),
                 seL4_TruncatedMessage);
    expect_error(call(space_, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_, 0, frames_}, {kRoot}),
                 seL4_TruncatedMessage);
    expect_error(call(space_, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_, 0}, {}),
                 seL4_TruncatedMessage);
    expect_error(map({endpoint, 0}), seL4_InvalidCapability, {1});
    expect_error(map({large, 0}), seL4_InvalidCapability, {1});
    expect_error(map({empty, 0}), seL4_InvalidCapability, {1});
    EXPECT_EQ(map({Word{1} << 40, 0}).label, Word{seL4_FailedLookup});
    expect_error(map({frames_, endpoint}), seL4_DeleteFirst);
    expect_error(map({frames_, 0}, kAddress + 1), seL4_AlignmentError);
    expect_error(map({frames_, 0}, arch::kUserTop & ~Word{0xfff}), seL4_InvalidArgument, {0});
    expect_error(map({frames_, 0}, kAddress + (Word{1} << 21)), seL4_FailedLookup,
                 {0, seL4_MissingCapability, 21});
    expect_error(map({frames_, empty}, kAddress + (Word{1} << 21)), seL4_FailedLookup,
                 {0, seL4_MissingCapability, 21});
    EXPECT_TRUE(kernel_.slot(empty).is_empty());
    expect_done(map({frames_, 0}), 1);
    expect_error(map({frames_, 0}, kAddress + 4096), seL4_InvalidArgument, {0});
    expect_error(call(other, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_, 0}, {kRoot}),
                 seL4_InvalidCapability, {1});
    expect_error(call(other, NEPTUNE_Label_VSpace_UnmapPages, {0, frames_}, {kRoot}), seL4_InvalidCapability,
                 {1});
    expect_error(unmap(1, {endpoint}), seL4_InvalidCapability, {1});
    EXPECT_FALSE(kernel_.slot(endpoint).is_empty());
    expect_error(unmap(0, {}), seL4_TruncatedMessage);
    expect_error(call(unassigned, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_, 0}, {kRoot}),
                 seL4_InvalidCapability, {0});
    expect_error(call(space_, NEPTUNE_Label_VSpace_UnmapPages + 1, {0, frames_}, {kRoot}),
                 seL4_IllegalOperation);
    EXPECT_EQ(entry(1), 0u);
}

TEST_F(Runs, ALaterPageEndsTheRun) {
    const Word copy = kernel_.free_slot();
    // The same frame a second time would be at two places.
    expect_done(map({frames_, 0, frames_ + 1, copy, frames_, 0, frames_ + 2, 0}), 2);
    EXPECT_EQ(entry(2), 0u);
    EXPECT_EQ(entry(3), 0u);
    expect_done(unmap(0b111, {copy, copy, frames_}), 1);
    EXPECT_FALSE(kernel_.slot(frames_).is_empty());
    // The table ends, or the addresses of users.
    EXPECT_EQ(map({frames_ + 3, 0, frames_ + 4, 0}, kAddress + 511 * 4096).mr[0], 1u);
}

TEST_F(Runs, AnInterruptEndsTheRunAndIsHandled) {
    fake::interrupts.every = 1;
    std::vector<Word> pairs, frames;
    for (Word i = 0; i < 8; i++) {
        pairs.insert(pairs.end(), {frames_ + i, 0});
        frames.push_back(frames_ + i);
    }
    expect_done(map(pairs), 1);
    EXPECT_EQ(fake::interrupts.handled, 1u);
    EXPECT_EQ(entry(1), 0u);
    expect_done(unmap(0, frames), 1);
    EXPECT_EQ(fake::interrupts.handled, 2u);
    EXPECT_EQ(entry(0), 0u);
}

TEST_F(Runs, ADeadVSpaceHasNone) {
    expect_done(map({frames_, 0}), 1);
    const Word memory = kernel_.make(seL4_UntypedObject, 12), pool = kernel_.free_slot();
    const Word space = kernel_.make(seL4_X64_PML4Object);
    ASSERT_EQ(call(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {pool, 64}, {memory, kRoot}).label,
              0u);
    ASSERT_EQ(call(pool, seL4_Label_ASIDPool_Assign, {}, {space}).label, 0u);
    ASSERT_EQ(call(kRoot, seL4_Label_CNode_Delete, {pool, 64}, {}).label, 0u);
    expect_error(call(space, NEPTUNE_Label_VSpace_MapPages, {kAddress, 3, 0, frames_ + 1, 0}, {kRoot}),
                 seL4_InvalidCapability, {0});
    expect_error(call(space, NEPTUNE_Label_VSpace_UnmapPages, {0, frames_ + 1}, {kRoot}),
                 seL4_InvalidCapability, {0});
}

}  // namespace
