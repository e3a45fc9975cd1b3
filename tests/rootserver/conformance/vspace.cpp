// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

constexpr Word kReadWrite = 3;
constexpr Word kRead = 2;

Answer map(Word frame, Word address, Word rights = kReadWrite, Word attributes = 0, Word vspace = kSpace) {
    return invoke(frame, seL4_Label_Page_Map, {address, rights, attributes}, {vspace});
}

Word new_vspace() {
    const Word vspace = rt::object(seL4_X64_PML4Object);
    seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace);
    return vspace;
}

void check_levels() {
    const Word vspace = new_vspace();
    const Word frame = rt::object(seL4_X86_4K);
    const Word pdpt = rt::object(seL4_X86_PDPTObject);
    const Word directory = rt::object(seL4_X86_PageDirectoryObject);
    const Word table = rt::object(seL4_X86_PageTableObject);
    constexpr Word kAddress = 0x1234567000;
    const auto map_table = [&](Word cap, Word label) { return invoke(cap, label, {kAddress, 0}, {vspace}); };
    const auto missing = [&](const char* name, const Answer& answer, Word bits) {
        expect_error(name, answer, seL4_FailedLookup, {0, seL4_MissingCapability, bits});
    };
    missing("map: no PDPT", map(frame, kAddress, kReadWrite, 0, vspace), 39);
    missing("map PD: no PDPT", map_table(directory, seL4_Label_PageDirectory_Map), 39);
    missing("map PT: no PDPT", map_table(table, seL4_Label_PageTable_Map), 39);
    expect_success("map PDPT", map_table(pdpt, seL4_Label_PDPT_Map));
    expect_error("map PDPT: twice", map_table(pdpt, seL4_Label_PDPT_Map), seL4_InvalidCapability, {0});
    missing("map: no PD", map(frame, kAddress, kReadWrite, 0, vspace), 30);
    missing("map PT: no PD", map_table(table, seL4_Label_PageTable_Map), 30);
    expect_success("map PD", map_table(directory, seL4_Label_PageDirectory_Map));
    missing("map: no PT", map(frame, kAddress, kReadWrite, 0, vspace), 21);
    expect_success("map PT", map_table(table, seL4_Label_PageTable_Map));
    const Word second = rt::object(seL4_X86_PageTableObject);
    expect_error("map PT: occupied", map_table(second, seL4_Label_PageTable_Map), seL4_DeleteFirst);
    expect_success("map", map(frame, kAddress, kReadWrite, 0, vspace));
    const Word copy = rt::copy(table);
    expect_error("unmap PT: not through a copy", invoke(copy, seL4_Label_PageTable_Unmap, {}),
                 seL4_RevokeFirst);
    rt::remove(copy);
    expect_success("unmap PT", invoke(table, seL4_Label_PageTable_Unmap, {}));
    expect_success("unmap: a frame whose table is gone", invoke(frame, seL4_Label_Page_Unmap, {}));
    expect_success("unmap PD", invoke(directory, seL4_Label_PageDirectory_Unmap, {}));
    expect_success("unmap PDPT", invoke(pdpt, seL4_Label_PDPT_Unmap, {}));
}

void check_arguments() {
    const Word frame = rt::object(seL4_X86_4K);
    const Word at = rt::addresses(4096);
    expect_error("map: two words", invoke(frame, seL4_Label_Page_Map, {at, 3}, {kSpace}),
                 seL4_TruncatedMessage);
    expect_error("map: no VSpace", invoke(frame, seL4_Label_Page_Map, {at, 3, 0}), seL4_TruncatedMessage);
    expect_error("map: VSpace is a CNode", map(frame, at, kReadWrite, 0, kRoot), seL4_InvalidCapability, {1});
    const Word unassigned = rt::object(seL4_X64_PML4Object);
    expect_error("map: VSpace without ASID", map(frame, at, kReadWrite, 0, unassigned),
                 seL4_InvalidCapability, {1});
    expect_error("map: misaligned", map(frame, at + 8), seL4_AlignmentError);
    expect_error("map: the last user page", map(frame, 0x7ffffffff000), seL4_InvalidArgument, {0});
    expect_error("map: kernel addresses", map(frame, 0xffff800000000000), seL4_InvalidArgument, {0});
    expect_error("page: unknown label", invoke(frame, seL4_Label_TCB_Suspend, {}), seL4_IllegalOperation);
    rt::map(frame, at);
    expect_error("map: elsewhere while mapped", map(frame, at + 4096), seL4_InvalidArgument, {0});
    expect_error("map: in another VSpace while mapped", map(frame, at, kReadWrite, 0, new_vspace()),
                 seL4_InvalidCapability, {1});
    expect_success("map: again at the same place", map(frame, at, kReadWrite));
    expect_success("unmap", invoke(frame, seL4_Label_Page_Unmap, {}));
    expect_success("unmap: not mapped", invoke(frame, seL4_Label_Page_Unmap, {}));
}

// What a puppet sees when it adds one to the word: a fault code, or none.
Word touch(Puppet& puppet, Word address) {
    seL4_UserContext context{};
    context.rdi = address;
    const Result result = puppet.run_at(puppet_spin, context);
    return result.fault == seL4_Fault_VMFault ? result.fault_words[seL4_VMFault_FSR] : 0;
}

void check_rights() {
    Puppet puppet;
    const Word frame = rt::object(seL4_X86_4K);
    const Word at = rt::addresses(4096);
    rt::map(frame, at);
    seL4_X86_Page_Unmap(frame);
    map(frame, at, kRead);
    expect_equal("rights: a read-only page is not written", touch(puppet, at), 7);
    seL4_X86_Page_Unmap(frame);
    map(frame, at, 0);
    expect_equal("rights: a page without Read is the kernel's", touch(puppet, at), 7);
    seL4_X86_Page_Unmap(frame);
    expect_equal("rights: an unmapped page is not there", touch(puppet, at), 6);
    const Word weak = rt::mint(frame, seL4_CanRead, 0);
    map(weak, at, kReadWrite);
    expect_equal("rights: the capability's rights limit", touch(puppet, at), 7);
    rt::remove(weak);
    expect_equal("rights: deleting the capability unmaps", touch(puppet, at), 6);
}

void check_sharing() {
    const Word frame = rt::object(seL4_X86_4K);
    const Word copy = rt::copy(frame);
    const Word at = rt::addresses(8192);
    rt::map(frame, at);
    rt::map(copy, at + 4096);
    auto* first = reinterpret_cast<volatile Word*>(at);
    auto* second = reinterpret_cast<volatile Word*>(at + 4096);
    *first = 0x1234;
    expect_equal("sharing: two mappings of one frame", *second, 0x1234);
    const Word other = rt::object(seL4_X86_4K);
    seL4_X86_Page_Unmap(copy);
    rt::map(copy, at + 4096);
    expect_success("map: over another frame replaces it", map(other, at + 4096));
    expect_success("unmap: the displaced one is nothing", invoke(copy, seL4_Label_Page_Unmap, {}));
    expect_success("unmap: the new one", invoke(other, seL4_Label_Page_Unmap, {}));
    rt::revoke(frame);
    expect("sharing: revoking the original deletes the copy", is_empty(copy));
}

void check_large_pages() {
    const Word large = rt::object(seL4_X86_LargePageObject);
    const Word at = rt::addresses(2 << 21);
    expect_code("large page", rt::map(large, at));
    auto* words = reinterpret_cast<volatile Word*>(at);
    words[(1 << 21) / 8 - 1] = 77;
    expect_equal("large page: holds data", words[(1 << 21) / 8 - 1], 77);
    expect_error("large page: misaligned", map(rt::object(seL4_X86_LargePageObject), at + 4096),
                 seL4_AlignmentError);
    const Word small = rt::object(seL4_X86_4K);
    expect_error_begins("large page: no 4K page inside", map(small, at), seL4_FailedLookup, {0});
    const Word table = rt::object(seL4_X86_PageTableObject);
    expect_error("large page: no table over it", invoke(table, seL4_Label_PageTable_Map, {at, 0}, {kSpace}),
                 seL4_DeleteFirst);
    expect_code("large page: unmap", seL4_X86_Page_Unmap(large));
    expect_code("small page in its place", rt::map(small, at));
    expect_error("large page: not over a table", map(large, at), seL4_DeleteFirst);
}

void check_asid() {
    const Word pml4 = rt::object(seL4_X64_PML4Object);
    const Word pool = seL4_CapInitThreadASIDPool;
    expect_error("ASID: no VSpace", invoke(pool, seL4_Label_ASIDPool_Assign, {}), seL4_TruncatedMessage);
    expect_error("ASID: a CNode", invoke(pool, seL4_Label_ASIDPool_Assign, {}, {kRoot}),
                 seL4_InvalidCapability, {1});
    expect_success("ASID: assign", invoke(pool, seL4_Label_ASIDPool_Assign, {}, {pml4}));
    expect_error("ASID: twice", invoke(pool, seL4_Label_ASIDPool_Assign, {}, {pml4}), seL4_InvalidCapability,
                 {1});
    const Word target = rt::slot();
    const auto make = [&](Word untyped) {
        return invoke(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {target, 64}, {untyped, kRoot});
    };
    expect_error(
        "pool: one capability",
        invoke(seL4_CapASIDControl, seL4_Label_ASIDControl_MakePool, {target, 64}, {rt::untyped(12)}),
        seL4_TruncatedMessage);
    expect_error("pool: untyped of the wrong size", make(rt::untyped(13)), seL4_InvalidCapability, {1});
    const Word used = rt::untyped(12);
    rt::retype(used, seL4_EndpointObject, 0, rt::slot());
    expect_error("pool: untyped in use", make(used), seL4_RevokeFirst);
    expect_success("pool: make", make(rt::untyped(12)));
    const Word second = rt::object(seL4_X64_PML4Object);
    expect_success("pool: assign from the new one", invoke(target, seL4_Label_ASIDPool_Assign, {}, {second}));
    rt::remove(target);
}

void check_lost_vspace() {
    const Word vspace = rt::clone_vspace();
    Puppet puppet(kOwnPriority + 1, vspace);
    expect("VSpace: a thread runs in another one", puppet.run_at(puppet_return).outcome == Outcome::returned);
    rt::revoke(vspace);
    rt::remove(vspace);
    const Result result = puppet.run_at(puppet_return);
    expect("VSpace: without one it faults", result.fault == seL4_Fault_VMFault);
}

void check_attributes() {
    const Word frame = rt::object(seL4_X86_4K);
    const Word at = rt::addresses(4096);
    rt::map(frame, at);
    seL4_X86_Page_Unmap(frame);
    for (Word attribute = 0; attribute <= 4; ++attribute) {
        expect_success("attributes", map(frame, at, kReadWrite, attribute));
        *reinterpret_cast<volatile Word*>(at) = attribute;
        seL4_X86_Page_Unmap(frame);
    }
}

}  // namespace

void vspace_suite() {
    check_levels();
    check_arguments();
    check_rights();
    check_sharing();
    check_large_pages();
    check_asid();
    check_lost_vspace();
    check_attributes();
}

}  // namespace conformance
