// SPDX-License-Identifier: GPL-3.0-only
//
// The page numbers in MDLs: what a driver that does DMA finds behind the header (MmGetMdlPfnArray).
#include <vector>

#include "tests/host/wdm/wdm.hpp"
#include "wdm/mm/mdl.hpp"

extern "C" {
VOID IoFreeMdl(PMDL mdl);
VOID IoBuildPartialMdl(PMDL source, PMDL target, PVOID address, ULONG length);
VOID MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, ULONG operation);
}

namespace {

const ULONG_PTR* numbers(const MDL* mdl) {
    return reinterpret_cast<const ULONG_PTR*>(mdl + 1);
}

// Here a page's number is its address / 4096 (platform/host).
struct Mdls : testing::Test {
    std::vector<UCHAR> memory = std::vector<UCHAR>((33u << 20) + 2 * kPageSize);
    UCHAR* page = reinterpret_cast<UCHAR*>((reinterpret_cast<ULONG64>(memory.data()) + kPageSize - 1) &
                                           ~ULONG64{kPageSize - 1});
    void SetUp() override { MmGetPhysicalAddress(page); }  // it does DMA

    void expect_numbers(const MDL* mdl, ULONG64 address, ULONG length) {
        EXPECT_EQ(mdl->ByteOffset, address % kPageSize);
        EXPECT_EQ(mdl->ByteCount, length);
        ULONG64 first = address / kPageSize, last = (address + length - 1) / kPageSize;
        unsigned wrong = 0;
        for (ULONG64 i = first; i <= last; i++)
            wrong += numbers(mdl)[i - first] != i;
        EXPECT_EQ(wrong, 0u) << "of " << length << " bytes at offset " << address % kPageSize;
    }
};

TEST_F(Mdls, CarryTheNumbersOfTheirPages) {
    for (ULONG offset : {0u, 1u, 4095u}) {
        for (ULONG length : {1u, 4096u, 4097u, 1u << 20, 16u << 20, 32u << 20}) {
            PMDL mdl = IoAllocateMdl(page + offset, length, FALSE, FALSE, nullptr);
            ASSERT_NE(mdl, nullptr);
            MmProbeAndLockPages(mdl, 0, 0);
            expect_numbers(mdl, reinterpret_cast<ULONG64>(page) + offset, length);
            IoFreeMdl(mdl);
        }
    }
}

TEST_F(Mdls, OfAPartAreThoseOfTheWhole) {
    constexpr ULONG kLength = 20u << 20;
    PMDL whole = IoAllocateMdl(page + 100, kLength, FALSE, FALSE, nullptr);
    PMDL part = IoAllocateMdl(page + 100, kLength, FALSE, FALSE, nullptr);
    MmProbeAndLockPages(whole, 0, 0);
    struct Piece {
        ULONG at, length;
    };
    for (Piece piece : {Piece{0, 1}, Piece{0, kLength}, Piece{3996, 1}, Piece{3995, 2}, Piece{5000, 0},
                        Piece{18u << 20, 4096}, Piece{kLength - 1, 1}}) {
        UCHAR* address = page + 100 + piece.at;
        IoBuildPartialMdl(whole, part, address, piece.length);
        ULONG length = piece.length != 0 ? piece.length : kLength - piece.at;
        expect_numbers(part, reinterpret_cast<ULONG64>(address), length);
        EXPECT_NE(part->MdlFlags & MDL_PARTIAL, 0);
        EXPECT_NE(part->MdlFlags & MDL_PAGES_LOCKED, 0);
    }
    IoFreeMdl(part);
    IoFreeMdl(whole);
}

// A chain describes one buffer in pieces, each with its own numbers.
TEST_F(Mdls, OfAChain) {
    PIRP irp = IoAllocateIrp(1, FALSE);
    for (ULONG i = 0; i < 3; i++) {
        PMDL mdl = IoAllocateMdl(page + i * 10'000, 10'000, i > 0, FALSE, irp);
        MmProbeAndLockPages(mdl, 0, 0);
    }
    ULONG count = 0;
    for (PMDL mdl = irp->MdlAddress; mdl != nullptr; count++) {
        expect_numbers(mdl, reinterpret_cast<ULONG64>(page) + count * 10'000, 10'000);
        PMDL next = mdl->Next;
        IoFreeMdl(mdl);
        mdl = next;
    }
    EXPECT_EQ(count, 3u);
    irp->MdlAddress = nullptr;
    IoFreeIrp(irp);
}

}  // namespace
