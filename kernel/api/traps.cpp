// SPDX-License-Identifier: GPL-3.0-only
//
// The doors for what user code does without a system call: faults.
#include "kernel/api/calls.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

void raise(Tcb& tcb) {
    if (deliver_fault(tcb)) return;
    raise_fault(tcb);
    sched::schedule();
}

}  // namespace

}  // namespace kernel

void kernel_vm_fault(std::uint64_t address, std::uint64_t fsr, bool prefetch) {
    kernel::Tcb& tcb = *kernel_current;
    tcb.fault.type = seL4_Fault_VMFault;
    tcb.fault.a = address;
    tcb.fault.b = fsr;
    tcb.fault.prefetch = prefetch;
    kernel::raise(tcb);
}

void kernel_user_exception(std::uint64_t vector, std::uint64_t error) {
    kernel::Tcb& tcb = *kernel_current;
    tcb.fault.type = seL4_Fault_UserException;
    tcb.fault.a = vector;
    tcb.fault.b = error;
    kernel::raise(tcb);
}

void kernel_unknown_trap(std::uint64_t number) {
    kernel::Tcb& tcb = *kernel_current;
    tcb.fault.type = seL4_Fault_UnknownSyscall;
    tcb.fault.a = number;
    kernel::raise(tcb);
}
