// SPDX-License-Identifier: GPL-3.0-only
#include "harness.hpp"

namespace conformance {
namespace {

constexpr Word kLabel = seL4_Label_Untyped_Retype;

struct Request {
    Word type = seL4_EndpointObject;
    Word size_bits = 0;
    Word node_index = 0;
    Word node_depth = 0;
    Word offset = 0;
    Word count = 1;
};

Answer retype(Word untyped, const Request& r, Word root = kRoot) {
    return invoke(untyped, kLabel, {r.type, r.size_bits, r.node_index, r.node_depth, r.offset, r.count},
                  {root});
}

void check_arguments() {
    const Word memory = rt::untyped(14);
    const Word free = rt::slot();
    expect_error("retype: five words", invoke(memory, kLabel, {2, 0, 0, 0, free}, {kRoot}),
                 seL4_TruncatedMessage);
    expect_error("retype: no root", invoke(memory, kLabel, {2, 0, 0, 0, free, 1}), seL4_TruncatedMessage);
    expect_error("retype: unknown label", invoke(memory, seL4_Label_TCB_Suspend, {}), seL4_IllegalOperation);
    expect_error("retype: type 12", retype(memory, {.type = 12, .offset = free}), seL4_InvalidArgument, {0});
    expect_error("retype: size 64",
                 retype(memory, {.type = seL4_UntypedObject, .size_bits = 64, .offset = free}),
                 seL4_RangeError, {0, 47});
    expect_error("retype: size 48",
                 retype(memory, {.type = seL4_UntypedObject, .size_bits = 48, .offset = free}),
                 seL4_RangeError, {0, 47});
    expect_error("retype: CNode of 2^43 slots",
                 retype(memory, {.type = seL4_CapTableObject, .size_bits = 43, .offset = free}),
                 seL4_RangeError, {0, 47});
    expect_error("retype: CNode of one slot",
                 retype(memory, {.type = seL4_CapTableObject, .size_bits = 0, .offset = free}),
                 seL4_InvalidArgument, {1});
    expect_error("retype: untyped of 8 bytes",
                 retype(memory, {.type = seL4_UntypedObject, .size_bits = 3, .offset = free}),
                 seL4_InvalidArgument, {1});
    const Word slots = rt::info->empty.end;
    expect_error("retype: offset beyond the CNode", retype(memory, {.offset = slots}), seL4_RangeError,
                 {0, slots - 1});
    expect_error("retype: none", retype(memory, {.offset = free, .count = 0}), seL4_RangeError, {1, 256});
    expect_error("retype: 257", retype(memory, {.offset = free, .count = 257}), seL4_RangeError, {1, 256});
    expect_error("retype: window over the end", retype(memory, {.offset = slots - 3, .count = 4}),
                 seL4_RangeError, {1, 3});
    expect_error("retype: slot in use", retype(memory, {.offset = kRoot}), seL4_DeleteFirst);
    expect_error_begins("retype: node is no CNode",
                        retype(memory, {.node_index = memory, .node_depth = 64, .offset = 0}),
                        seL4_FailedLookup, {0});
    expect_error_begins("retype: root is no CNode", retype(memory, {.offset = free}, memory),
                        seL4_FailedLookup, {0});
    expect_error("retype: too large",
                 retype(memory, {.type = seL4_UntypedObject, .size_bits = 15, .offset = free}),
                 seL4_NotEnoughMemory, {Word{1} << 14});
    expect("retype: failures leave the slot empty", is_empty(free));
}

void check_node() {
    const Word memory = rt::untyped(14);
    const Word node = rt::slot();
    expect_success("retype: a CNode",
                   retype(memory, {.type = seL4_CapTableObject, .size_bits = 2, .offset = node}));
    expect_success("retype: into a CNode found by depth",
                   retype(memory, {.node_index = node, .node_depth = 64, .offset = 1, .count = 3}));
    expect_error("retype: that CNode's size counts",
                 retype(memory, {.node_index = node, .node_depth = 64, .offset = 4}), seL4_RangeError,
                 {0, 3});
    expect_success("retype: into a CNode given as root", retype(memory, {.offset = 0}, node));
    expect_error("retype: which is full now", retype(memory, {.offset = 0}, node), seL4_DeleteFirst);
}

void check_watermark() {
    const Word memory = rt::untyped(12);
    const Word first = rt::slot();
    const Word second = rt::slot();
    const Word third = rt::slot();
    expect_code("watermark: endpoint", rt::retype(memory, seL4_EndpointObject, 0, first));
    expect_code("watermark: TCB behind it", rt::retype(memory, seL4_TCBObject, 0, second));
    expect_error("watermark: the rest is gone",
                 retype(memory, {.type = seL4_EndpointObject, .offset = third}), seL4_NotEnoughMemory, {0});
    rt::remove(first);
    expect_error("watermark: one child keeps it", retype(memory, {.offset = first}), seL4_NotEnoughMemory,
                 {0});
    rt::remove(second);
    expect_code("watermark: without children all is free", rt::retype(memory, seL4_X86_4K, 0, first));
    rt::revoke(memory);
    expect("watermark: revoke deletes the children", is_empty(first));
    expect_code("watermark: and frees them", rt::retype(memory, seL4_UntypedObject, 12, first));
}

void check_copies() {
    const Word memory = rt::untyped(12);
    const Word twin = rt::slot();
    const Word child = rt::slot();
    expect_code("untyped: copy without children",
                seL4_CNode_Copy(kRoot, twin, 64, kRoot, memory, 64, seL4_AllRights));
    expect_error("untyped: the source of a copy is full", retype(memory, {.offset = child}),
                 seL4_NotEnoughMemory, {0});
    expect_code("untyped: the copy allocates", rt::retype(twin, seL4_EndpointObject, 0, child));
    const Word other = rt::slot();
    expect_error("untyped: no copy with children",
                 invoke(kRoot, seL4_Label_CNode_Copy, {other, 64, twin, 64, 15}, {kRoot}), seL4_RevokeFirst);
    rt::revoke(memory);
    expect("untyped: the copy is a child", is_empty(twin) && is_empty(child));
}

void check_zeroing() {
    const Word memory = rt::untyped(12);
    const Word frame = rt::slot();
    const Word at = rt::addresses(4096);
    auto* words = reinterpret_cast<volatile Word*>(at);
    rt::retype(memory, seL4_X86_4K, 0, frame);
    rt::map(frame, at);
    words[0] = 1;
    words[511] = 2;
    rt::remove(frame);
    rt::retype(memory, seL4_X86_4K, 0, frame);
    rt::map(frame, at);
    Word sum = 0;
    for (int i = 0; i < 512; ++i)
        sum |= words[i];
    expect_equal("untyped: memory used again is zero", sum, 0);
}

void check_placement() {
    const Word memory = rt::untyped(14);
    const Word first = rt::slot();
    const Word second = rt::slot();
    rt::retype(memory, seL4_X86_4K, 0, first, 2);
    const Word low = seL4_X86_Page_GetAddress(first).paddr;
    expect_equal("untyped: objects are contiguous", seL4_X86_Page_GetAddress(second).paddr, low + 4096);
    expect_equal("untyped: and aligned", low % 4096, 0);
}

void check_device() {
    const seL4_BootInfo& info = *rt::info;
    for (Word i = 0; i < info.untyped.end - info.untyped.start; ++i) {
        const seL4_UntypedDesc& piece = info.untypedList[i];
        if (!piece.isDevice || piece.sizeBits < 13) continue;
        const Word memory = info.untyped.start + i;
        const Word target = rt::slot();
        expect_error("device untyped: no TCB", retype(memory, {.type = seL4_TCBObject, .offset = target}),
                     seL4_InvalidArgument, {1});
        expect_code("device untyped: a frame", rt::retype(memory, seL4_X86_4K, 0, target));
        expect_equal("device untyped: at its address", seL4_X86_Page_GetAddress(target).paddr, piece.paddr);
        expect_error("device frame: no IPC buffer",
                     invoke(kSelf, seL4_Label_TCB_SetIPCBuffer, {0x1000}, {target}), seL4_IllegalOperation);
        rt::remove(target);
        return;
    }
    expect("a device untyped exists", false);
}

}  // namespace

void untyped_suite() {
    check_arguments();
    check_node();
    check_watermark();
    check_copies();
    check_zeroing();
    check_placement();
    check_device();
}

}  // namespace conformance
