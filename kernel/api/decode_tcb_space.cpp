// SPDX-License-Identifier: GPL-3.0-only
//
// TCB.Configure, SetSpace, SetIPCBuffer: the capabilities a thread runs with. Replacing one deletes the old
// one, which may take long and be preempted; the call then comes again and finds that much done.
#include "arch/switch.hpp"
#include "kernel/api/decode_tcb.hpp"
#include "kernel/object/cap_rules.hpp"
#include "kernel/object/finalise.hpp"
#include "kernel/sched/sched.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

namespace {

struct SlotSource {
    Cap cap;      // as the thread will hold it
    Cte* source;  // null: the slot of the thread becomes empty
};

struct Space {
    Word fault_handler;
    SlotSource cspace;
    SlotSource vspace;
};

struct Buffer {
    Word address;
    SlotSource frame;
};

Result<Buffer> buffer_argument(Word address, Cte& slot) {
    if (address == 0) return Buffer{};
    const Cap cap = TRY(derive(slot, slot.cap));
    if (!cap.is(CapTag::frame) || cap.as<FrameCap>().device) return Error::illegal_operation();
    if (address & low_bits(seL4_IPCBufferSizeBits)) return Error::plain(seL4_AlignmentError);
    return Buffer{address, {cap, &slot}};
}

// A root with its data applied; data 0 leaves it as it is.
Result<Cap> root_argument(Cte& slot, Word data) {
    return derive(slot, data == 0 ? slot.cap : update_data(slot.cap, false, data));
}

Result<Space> space_argument(const Invocation& call, Tcb& target, Cte& cspace, Cte& vspace) {
    if (is_long_running_delete(target.cspace) || is_long_running_delete(target.vspace))
        return Error::illegal_operation();
    const Cap root = TRY(root_argument(cspace, call.argument(1)));
    if (!root.is(CapTag::cnode)) return Error::illegal_operation();
    const Cap tables = TRY(root_argument(vspace, call.argument(2)));
    if (!tables.is(CapTag::pml4) || tables.as<TableCap>().asid == 0) return Error::illegal_operation();
    return Space{call.argument(0), {root, &cspace}, {tables, &vspace}};
}

// Puts a capability into a slot of the thread. Deleting the old one may have deleted the source, or the
// thread itself.
Status install(const Invocation& call, const SlotSource& from, Cte& slot) {
    TRY(delete_cap(slot, true));
    if (!from.source) return {};
    if (same_object(from.cap, from.source->cap) && same_object(call.cap, call.slot.cap))
        insert_derived_cap(from.cap, *from.source, slot);
    return {};
}

Status install_space(const Invocation& call, Tcb& target, const Space& space) {
    target.fault_handler = space.fault_handler;
    TRY(install(call, space.cspace, target.cspace));
    TRY(install(call, space.vspace, target.vspace));
    if (&target == kernel_current) vspace::load(vspace::root_for(target));
    return {};
}

Status install_buffer(const Invocation& call, Tcb& target, const Buffer& buffer) {
    TRY(delete_cap(target.buffer, true));
    target.buffer_address = buffer.address;
    TRY(install(call, buffer.frame, target.buffer));
    if (&target == kernel_current) sched::reschedule();
    return {};
}

}  // namespace

Status configure_tcb(const Invocation& call) {
    if (call.length < 4 || call.extra.count < 3) return Error::truncated();
    Tcb& target = *tcb_of(call.cap.as<TcbCap>());
    const Buffer buffer = TRY(buffer_argument(call.argument(3), *call.extra.slots[2]));
    const Space space = TRY(space_argument(call, target, *call.extra.slots[0], *call.extra.slots[1]));
    call.begin();
    TRY(install_space(call, target, space));
    return install_buffer(call, target, buffer);
}

Status set_ipc_buffer(const Invocation& call) {
    if (call.length < 1 || call.extra.count < 1) return Error::truncated();
    const Buffer buffer = TRY(buffer_argument(call.argument(0), *call.extra.slots[0]));
    call.begin();
    return install_buffer(call, *tcb_of(call.cap.as<TcbCap>()), buffer);
}

Status set_space(const Invocation& call) {
    if (call.length < 3 || call.extra.count < 2) return Error::truncated();
    Tcb& target = *tcb_of(call.cap.as<TcbCap>());
    const Space space = TRY(space_argument(call, target, *call.extra.slots[0], *call.extra.slots[1]));
    call.begin();
    return install_space(call, target, space);
}

}  // namespace kernel
