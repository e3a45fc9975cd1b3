// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/tcb.hpp"

#include "kernel/object/endpoint.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

void initialise_tcb(Tcb& tcb, std::uint8_t domain) {
    arch::initialise_thread(tcb.arch);
    tcb.time_slice = Tcb::kTimeSlice;
    tcb.domain = domain;
}

void ensure_master_reply(Tcb& tcb) {
    if (!tcb.reply.is_empty()) return;
    insert_root_cap(tcb.reply, ReplyCap{.address = arch::to_physical(&tcb), .master = 1, .grant = 1});
}

void suspend(Tcb& tcb) {
    cancel(tcb);
    // While it ran, its restart address stayed that of its last kernel entry.
    if (tcb.state == ThreadState::running) tcb.arch.context.fault_ip = tcb.arch.context.rip;
    sched::set_state(tcb, ThreadState::inactive);
    sched::dequeue(tcb);
}

void resume(Tcb& tcb) {
    if (!sched::is_stopped(tcb)) return;
    cancel(tcb);
    ensure_master_reply(tcb);
    sched::set_state(tcb, ThreadState::restart);
    sched::enqueue(tcb);
    sched::wake(tcb);
}

}  // namespace kernel
