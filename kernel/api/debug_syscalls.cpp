// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/debug_syscalls.hpp"

#include "kernel/api/lookup.hpp"
#include "kernel/api/message.hpp"
#include "kernel/console.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

void identify_cap(Tcb& caller) {
    const Resolved found = resolve(caller, caller.arch.context.rdi);
    caller.arch.context.rdi = found.slot ? static_cast<Word>(found.slot->cap.tag()) : 0;
}

// As in seL4, whoever cannot even name a thread is stopped, and everything else too.
void name_thread(const Tcb& caller) {
    const Resolved found = resolve(caller, caller.arch.context.rdi);
    if (!found.slot || !found.slot->cap.is(CapTag::tcb)) console::fail("DebugNameThread: no thread");
    const IpcBuffer* buffer = ipc_buffer(caller, false);
    if (!buffer) console::fail("DebugNameThread: no IPC buffer");
    const auto* name = reinterpret_cast<const char*>(buffer->msg);
    Word length = 0;
    while (length < sizeof buffer->msg && name[length])
        length++;
    if (length == sizeof buffer->msg) console::fail("DebugNameThread: the name has no end");
    Tcb& tcb = *tcb_of(found.slot->cap.as<TcbCap>());
    __builtin_memset(tcb.name, 0, sizeof tcb.name);
    __builtin_memcpy(tcb.name, name, length < sizeof tcb.name ? length : sizeof tcb.name - 1);
}

const char* name_of(const Tcb& tcb) {
    return tcb.name[0] ? tcb.name : "(no name)";
}

void show(const char* what, const Tcb& tcb) {
    const arch::UserContext& context = tcb.arch.context;
    console::say(what, name_of(tcb), ", priority ", Word{tcb.priority}, ", ip ",
                 console::Hex{&tcb == kernel_current ? context.rip : context.fault_ip});
}

void dump_scheduler() {
    console::say("scheduler: domain ", Word{sched::state.domain});
    show("running: ", *kernel_current);
    for (Word priority = sched::kPriorities; priority-- > 0;) {
        const Tcb* tcb = sched::state.ready[sched::state.domain].queues[priority].head;
        for (; tcb; tcb = tcb->ready_next)
            show("ready: ", *tcb);
    }
}

}  // namespace

bool debug_syscall(Tcb& caller, std::int64_t number) {
    switch (number) {
        case seL4_SysDebugPutChar:
            console::put_char(static_cast<char>(caller.arch.context.rdi));
            return true;
        case seL4_SysDebugDumpScheduler:
            dump_scheduler();
            return true;
        case seL4_SysDebugHalt:
            console::fail("halted by DebugHalt");
        case seL4_SysDebugCapIdentify:
            identify_cap(caller);
            return true;
        case seL4_SysDebugSnapshot:
            console::say("DebugSnapshot: this kernel makes none");
            return true;
        case seL4_SysDebugNameThread:
            name_thread(caller);
            return true;
        default:
            return false;
    }
}

void report_unhandled_fault(const Tcb& tcb) {
    console::say("no handler for fault ", static_cast<Word>(tcb.fault.type), " of ", name_of(tcb), ": ip ",
                 console::Hex{tcb.arch.context.fault_ip}, ", ", console::Hex{tcb.fault.a}, " ",
                 console::Hex{tcb.fault.b});
}

}  // namespace kernel
