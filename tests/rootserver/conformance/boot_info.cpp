// SPDX-License-Identifier: GPL-3.0-only
#include "harness.hpp"

extern "C" const char __executable_start[];

namespace conformance {
namespace {

constexpr Word kPage = 4096;

void check_fields(const seL4_BootInfo& info) {
    expect_equal("boot: one node", info.numNodes, 1);
    expect_equal("boot: node 0", info.nodeID, 0);
    expect_equal("boot: no I/O page table levels", info.numIOPTLevels, ~Word{0});
    expect_equal("boot: domain 0", info.initThreadDomain, 0);
    expect_equal("boot: empty slots reach the end", info.empty.end, Word{1} << info.initThreadCNodeSizeBits);
    expect("boot: first dynamic slot", info.userImagePaging.start == seL4_NumInitialCaps);
    const auto buffer = reinterpret_cast<Word>(info.ipcBuffer);
    expect_equal("boot: BootInfo follows the IPC buffer", reinterpret_cast<Word>(&info), buffer + kPage);
    const Word begin = reinterpret_cast<Word>(__executable_start) & ~(kPage - 1);
    expect_equal("boot: one frame for each image page", info.userImageFrames.end - info.userImageFrames.start,
                 (buffer - begin) / kPage);
    expect_equal("boot: pages of extra information", info.extraBIPages.end - info.extraBIPages.start,
                 (info.extraLen + kPage - 1) / kPage);
}

void check_extra(const seL4_BootInfo& info) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&info) + kPage;
    bool has_rsdp = false;
    bool has_tsc = false;
    Word at = 0;
    while (at + sizeof(seL4_BootInfoHeader) <= info.extraLen) {
        const auto* header = reinterpret_cast<const seL4_BootInfoHeader*>(bytes + at);
        if (header->len < sizeof *header) break;
        const unsigned char* body = bytes + at + sizeof *header;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP) {
            has_rsdp = header->len == 16 + 36 && __builtin_memcmp(body, "RSD PTR ", 8) == 0;
        }
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ) {
            std::uint32_t mhz;
            __builtin_memcpy(&mhz, body, sizeof mhz);
            has_tsc = header->len == 20 && mhz > 10 && mhz < 20000;
        }
        at += header->len;
    }
    expect_equal("boot: extra blocks fill extraLen", at, info.extraLen);
    expect("boot: ACPI root pointer", has_rsdp);
    expect("boot: TSC frequency", has_tsc);
}

void check_untypeds(const seL4_BootInfo& info) {
    const Word count = info.untyped.end - info.untyped.start;
    bool aligned = true;
    bool ordered = true;
    bool devices_first = true;
    for (Word i = 0; i < count; ++i) {
        const seL4_UntypedDesc& piece = info.untypedList[i];
        const Word size = Word{1} << piece.sizeBits;
        aligned = aligned && piece.sizeBits >= 4 && piece.sizeBits <= 47;
        // From 2^39 on, pieces are aligned to an address that is 0 there (the contract's quirk).
        aligned = aligned && ((piece.paddr - (Word{1} << 39)) & (size - 1)) == 0;
        if (i == 0) continue;
        const seL4_UntypedDesc& before = info.untypedList[i - 1];
        if (before.isDevice < piece.isDevice) devices_first = false;
        if (before.isDevice && piece.isDevice && piece.paddr < before.paddr + (Word{1} << before.sizeBits)) {
            ordered = false;
        }
    }
    expect("boot: untypeds are listed", count > 2);
    expect("boot: untypeds are aligned powers of two", aligned);
    expect("boot: device untypeds come first", devices_first);
    expect("boot: device untypeds ascend", ordered);
    expect("boot: the first MiB is a device untyped", info.untypedList[0].paddr == 0 &&
                                                          info.untypedList[0].sizeBits == 20 &&
                                                          info.untypedList[0].isDevice == 1);
}

void check_null_slots() {
    for (const Word slot : {Word{0}, Word{seL4_CapIOSpace}, Word{12}, Word{13}, Word{14}, Word{15}}) {
        expect_error("boot: reserved slot is empty", invoke(slot, 1, {}), seL4_InvalidCapability, {0});
    }
}

}  // namespace

void boot_info_suite() {
    check_fields(*rt::info);
    check_extra(*rt::info);
    check_untypeds(*rt::info);
    check_null_slots();
}

}  // namespace conformance
