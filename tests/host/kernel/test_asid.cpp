// SPDX-License-Identifier: GPL-3.0-only
// ASIDs and their pools, and what outlives them.
#include <gtest/gtest.h>

#include "kernel/vspace/vspace.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kAddress = 0x40'0000;

class Asids : public testing::Test {
protected:
    void expect_error(const fake::Answer& answer, seL4_Error code) { EXPECT_EQ(answer.label, Word{code}); }
    void destroy(Word slot) {
        expect_error(kernel_.call(kRoot, seL4_Label_CNode_Delete, {slot, 64}), seL4_NoError);
    }
    Word make_pool(Word memory) {
        const Word slot = kernel_.free_slot();
        expect_error(
            kernel_.call(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {slot, 64}, {memory, kRoot}),
            seL4_NoError);
        return slot;
    }
    Word make_space(Word pool) {
        const Word slot = kernel_.make(seL4_X64_PML4Object);
        expect_error(kernel_.call(pool, seL4_Label_ASIDPool_Assign, {}, {slot}), seL4_NoError);
        return slot;
    }
    Word asid_of(Word slot) { return kernel_.slot(slot).cap.as<TableCap>().asid; }

    Kernel kernel_;
};

TEST_F(Asids, APoolTakesAllOfItsMemory) {
    const Word memory = kernel_.make(seL4_UntypedObject, 12);
    make_pool(memory);
    const auto answer = kernel_.call(memory, seL4_Label_Untyped_Retype,
                                     {seL4_EndpointObject, 0, 0, 0, kernel_.free_slot(), 1}, {kRoot});
    expect_error(answer, seL4_NotEnoughMemory);
    EXPECT_EQ(answer.mr[0], 0u);
    expect_error(kernel_.call(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {kernel_.free_slot(), 64},
                              {memory, kRoot}),
                 seL4_RevokeFirst);
}

TEST_F(Asids, APoolBeginsEmptyWhateverTheMemoryHeld) {
    const Word memory = kernel_.make(seL4_UntypedObject, 12);
    const Word address = kernel_.slot(memory).cap.as<UntypedCap>().address;
    __builtin_memset(arch::from_physical(address), 0xff, 4096);
    EXPECT_EQ(asid_of(make_space(make_pool(memory))), 512u);
    EXPECT_EQ(vspace::find_root(513), nullptr);
}

TEST_F(Asids, AFullPoolAnswersDeleteFirst) {
    const Word pool = make_pool(kernel_.make(seL4_UntypedObject, 12));
    for (Word*& root : vspace::find_pool(1)->roots)
        root = vspace::find_root(1);
    const Word space = kernel_.make(seL4_X64_PML4Object);
    expect_error(kernel_.call(pool, seL4_Label_ASIDPool_Assign, {}, {space}), seL4_DeleteFirst);
    for (Word*& root : vspace::find_pool(1)->roots)
        root = nullptr;
}

TEST_F(Asids, ThereAreEightPools) {
    for (int i = 1; i < 8; i++)
        make_pool(kernel_.make(seL4_UntypedObject, 12));
    expect_error(kernel_.call(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {kernel_.free_slot(), 64},
                              {kernel_.make(seL4_UntypedObject, 12), kRoot}),
                 seL4_DeleteFirst);
}

// The ASID it was given belongs to another VSpace by the time it goes.
TEST_F(Asids, ASpaceThatLostItsPoolLeavesTheNextOneAlone) {
    const Word old_pool = make_pool(kernel_.make(seL4_UntypedObject, 12));
    const Word old_space = make_space(old_pool);
    destroy(old_pool);
    const Word space = make_space(make_pool(kernel_.make(seL4_UntypedObject, 12)));
    ASSERT_EQ(asid_of(old_space), asid_of(space));
    destroy(old_space);
    EXPECT_EQ(vspace::find_root(asid_of(space)),
              arch::from_physical<Word>(kernel_.slot(space).cap.as<TableCap>().address));
}

TEST_F(Asids, ASpaceMayGoAfterItsPool) {
    const Word pool = make_pool(kernel_.make(seL4_UntypedObject, 12));
    const Word space = make_space(pool);
    destroy(pool);
    destroy(space);
    EXPECT_EQ(vspace::find_pool(1), nullptr);
}

TEST_F(Asids, ACopyKeepsTheSpace) {
    const Word space = make_space(seL4_CapInitThreadASIDPool), copy = kernel_.free_slot();
    kernel_.call(kRoot, seL4_Label_CNode_Copy, {copy, 64, space, 64, 15}, {kRoot});
    const Word asid = asid_of(space);
    destroy(space);
    EXPECT_NE(vspace::find_root(asid), nullptr);
    destroy(copy);
    EXPECT_EQ(vspace::find_root(asid), nullptr);
}

// Of two VSpaces one goes: the other and its threads do not notice.
TEST_F(Asids, AnotherSpaceStays) {
    const Word first = make_space(seL4_CapInitThreadASIDPool),
               second = make_space(seL4_CapInitThreadASIDPool);
    destroy(first);
    EXPECT_EQ(vspace::find_root(asid_of(second)),
              arch::from_physical<Word>(kernel_.slot(second).cap.as<TableCap>().address));
    EXPECT_EQ(asid_of(make_space(seL4_CapInitThreadASIDPool)), 2u);
}

TEST_F(Asids, TablesAndFramesOutliveTheirSpace) {
    const Word space = make_space(seL4_CapInitThreadASIDPool);
    const Word pdpt = kernel_.make(seL4_X86_PDPTObject),
               directory = kernel_.make(seL4_X86_PageDirectoryObject);
    const Word large = kernel_.make(seL4_X86_LargePageObject);
    expect_error(kernel_.call(pdpt, seL4_Label_PDPT_Map, {kAddress, 0}, {space}), seL4_NoError);
    expect_error(kernel_.call(directory, seL4_Label_PageDirectory_Map, {kAddress, 0}, {space}), seL4_NoError);
    expect_error(kernel_.call(large, seL4_Label_Page_Map, {kAddress, 3, 0}, {space}), seL4_NoError);
    destroy(space);
    expect_error(kernel_.call(large, seL4_Label_Page_Unmap), seL4_NoError);
    expect_error(kernel_.call(directory, seL4_Label_PageDirectory_Unmap), seL4_NoError);
    destroy(pdpt);
}

}  // namespace
