// SPDX-License-Identifier: GPL-3.0-only
// The argument checks of paging structures, ASID pools, I/O ports and interrupts, and what happens when those
// run out.
#include "harness.hpp"

namespace conformance {
namespace {

constexpr Word kBeyond = Word{1} << 47;  // the first address that is not a user's

struct Level {
    Word type;
    Word map;  // its Unmap follows
    const char* truncated;
    const char* vspace;
    const char* address;
    const char* occupied;
    const char* copy;
};

constexpr Level kLevels[] = {
    {seL4_X86_PDPTObject, seL4_Label_PDPT_Map, "map PDPT: one word", "map PDPT: VSpace is a CNode",
     "map PDPT: address", "map PDPT: occupied", "unmap PDPT: not through a copy"},
    {seL4_X86_PageDirectoryObject, seL4_Label_PageDirectory_Map, "map PD: one word",
     "map PD: VSpace is a CNode", "map PD: address", "map PD: occupied", "unmap PD: not through a copy"},
    {seL4_X86_PageTableObject, seL4_Label_PageTable_Map, "map PT: one word", "map PT: VSpace is a CNode",
     "map PT: address", "map PT: occupied too", "unmap PT: not through a copy either"},
};

void check_tables() {
    const Word vspace = rt::object(seL4_X64_PML4Object);
    seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace);
    constexpr Word kAddress = 0x4000000000;
    for (const Level& level : kLevels) {
        const Word table = rt::object(level.type), second = rt::object(level.type);
        expect_error(level.truncated, invoke(table, level.map, {kAddress}, {vspace}), seL4_TruncatedMessage);
        expect_error(level.vspace, invoke(table, level.map, {kAddress, 0}, {kRoot}), seL4_InvalidCapability,
                     {1});
        expect_error(level.address, invoke(table, level.map, {kBeyond, 0}, {vspace}), seL4_InvalidArgument,
                     {0});
        invoke(table, level.map, {kAddress, 0}, {vspace});
        expect_error(level.occupied, invoke(second, level.map, {kAddress, 0}, {vspace}), seL4_DeleteFirst);
        const Word copy = rt::copy(table);
        expect_error(level.copy, invoke(copy, level.map + 1, {}), seL4_RevokeFirst);
        rt::remove(copy);
    }
    const Word frame = rt::object(seL4_X86_4K);
    expect_success("get address", invoke(frame, seL4_Label_Page_GetAddress, {}));
}

// Hundreds of address spaces, until a pool has no ASID left.
void check_full_pool(Word pool) {
    constexpr Word kCount = 512, kBatch = 256;
    const Word memory = rt::untyped(22);
    const Word node = rt::object(seL4_CapTableObject, 10);
    for (Word done = 0; done < kCount + kBatch; done += kBatch)
        seL4_Untyped_Retype(memory, seL4_X64_PML4Object, 0, node, 0, 0, done, kBatch);
    const Word slot = rt::slot();
    Word assigned = 0;
    Answer answer{};
    // One after the other they pass through a slot of the root CNode.
    for (Word i = 0; i <= kCount; ++i) {
        seL4_CNode_Move(kRoot, slot, 64, node, i, 10);
        answer = invoke(pool, seL4_Label_ASIDPool_Assign, {}, {slot});
        if (answer.label != seL4_NoError) break;
        ++assigned;
        seL4_CNode_Move(node, i, 10, kRoot, slot, 64);
    }
    expect_equal("assign: a pool has 512 ASIDs", assigned, kCount);
    expect_error("assign: a full pool", answer, seL4_DeleteFirst);
    rt::revoke(memory);
}

void check_pools() {
    const Word make = seL4_Label_ASIDControl_MakePool;
    const auto make_pool = [&](Word memory, Word slot) {
        return invoke(seL4_CapASIDControl, make, {slot, 64}, {memory, kRoot});
    };
    const Word memory = rt::untyped(12);
    expect_error("make pool: depth 65", invoke(seL4_CapASIDControl, make, {rt::slot(), 65}, {memory, kRoot}),
                 seL4_RangeError, {1, 64});
    expect_error_begins("make pool: no such slot",
                        invoke(seL4_CapASIDControl, make, {Word{1} << 63, 64}, {memory, kRoot}),
                        seL4_FailedLookup, {0, seL4_GuardMismatch});
    Word pools[8], memories[8], made = 0;
    Answer answer{};
    while (made < 8) {
        memories[made] = rt::untyped(12);
        pools[made] = rt::slot();
        answer = make_pool(memories[made], pools[made]);
        if (answer.label != seL4_NoError) break;
        ++made;
    }
    expect_error("make pool: there are eight", answer, seL4_DeleteFirst);
    expect("make pool: some", made > 0 && made < 8);
    if (made > 0) check_full_pool(pools[0]);
    for (Word i = 0; i < made; ++i)
        rt::revoke(memories[i]);
}

struct PortCall {
    Word label;
    Word bytes;
    bool write;
    const char* truncated;
    const char* outside;
    const char* good;
};

constexpr PortCall kPortCalls[] = {
    {seL4_Label_IOPort_In8, 1, false, "in 8: no word", "in 8: outside", "in 8"},
    {seL4_Label_IOPort_In16, 2, false, "in 16: no word", "in 16: half outside", "in 16"},
    {seL4_Label_IOPort_In32, 4, false, "in 32: no word", "in 32: half outside", "in 32"},
    {seL4_Label_IOPort_Out8, 1, true, "out 8: one word", "out 8: outside", "out 8"},
    {seL4_Label_IOPort_Out16, 2, true, "out 16: one word", "out 16: half outside", "out 16"},
    {seL4_Label_IOPort_Out32, 4, true, "out 32: one word", "out 32: half outside", "out 32"},
};

void check_ports() {
    // The configuration mechanism of PCI and the port after it: harmless to read and write.
    constexpr Word kFirst = 0xcf8, kLast = 0xcfb;
    const Word ports = rt::io_ports(kFirst, kLast);
    for (const PortCall& call : kPortCalls) {
        const Answer truncated =
            call.write ? invoke(ports, call.label, {kFirst}) : invoke(ports, call.label, {});
        expect_error(call.truncated, truncated, seL4_TruncatedMessage);
        expect_error(call.outside, invoke(ports, call.label, {kLast + 2 - call.bytes, 0}),
                     seL4_IllegalOperation);
        expect_success(call.good, invoke(ports, call.label, {kFirst, 0}));
    }
    const Word issue = seL4_Label_IOPortControl_Issue;
    expect_error("issue ports: depth 65",
                 invoke(seL4_CapIOPortControl, issue, {0x300, 0x301, rt::slot(), 65}, {kRoot}),
                 seL4_RangeError, {1, 64});
    expect_error_begins("issue ports: no such slot",
                        invoke(seL4_CapIOPortControl, issue, {0x300, 0x301, Word{1} << 63, 64}, {kRoot}),
                        seL4_FailedLookup, {0, seL4_GuardMismatch});
}

struct IrqCall {
    Word label;
    const char* truncated;
    const char* lookup;
    const char* full;
    const char* again;
};

constexpr IrqCall kIrqCalls[] = {
    {seL4_Label_IRQControl_GetIOAPIC, "IOAPIC: six words", "IOAPIC: no such slot", "IOAPIC: slot in use",
     "IOAPIC: vector in use"},
    {seL4_Label_IRQControl_GetMSI, "MSI: six words", "MSI: no such slot", "MSI: slot in use",
     "MSI: vector in use"},
};

void check_interrupts() {
    constexpr Word kVector = 90, kPin = 20, kControl = seL4_CapIRQControl;
    for (const IrqCall& call : kIrqCalls) {
        // As pin: controller 0, pin 20, edge, high; as message: bus 0, device 20, function 0, handle 0.
        const auto get = [&](Word slot) {
            return invoke(kControl, call.label, {slot, 64, 0, kPin, 0, 0, kVector}, {kRoot});
        };
        const Word slot = rt::slot();
        expect_error(call.truncated, invoke(kControl, call.label, {slot, 64, 0, kPin, 0, 0}, {kRoot}),
                     seL4_TruncatedMessage);
        expect_error_begins(call.lookup, get(Word{1} << 63), seL4_FailedLookup, {0, seL4_GuardMismatch});
        expect_error(call.full, get(kRoot), seL4_DeleteFirst);
        get(slot);
        expect_error(call.again, get(rt::slot()), seL4_RevokeFirst);
        rt::remove(slot);
    }
    expect_error("PIC: two words", invoke(kControl, seL4_Label_IRQControl_Get, {1, rt::slot()}, {kRoot}),
                 seL4_TruncatedMessage);
}

}  // namespace

void resource_suite() {
    check_tables();
    check_pools();
    check_ports();
    check_interrupts();
}

}  // namespace conformance
