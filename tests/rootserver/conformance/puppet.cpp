// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

constexpr Word kInvalidOpcode = 6;

}  // namespace

Puppet::Puppet(Word priority, Word vspace) : fault_endpoint_(rt::object(seL4_EndpointObject)) {
    thread_ = rt::make_thread(fault_endpoint_, vspace);
    rt::set_priority(thread_.tcb, priority);
}

Puppet::Puppet(Word cspace, Word cspace_data, Word fault_cptr, Word fault_endpoint)
    : thread_(rt::make_thread(0)), fault_endpoint_(fault_endpoint) {
    if (seL4_TCB_SetSpace(thread_.tcb, fault_cptr, cspace, cspace_data, kSpace, 0) != seL4_NoError) {
        rt::die("a puppet's CSpace");
    }
    rt::set_priority(thread_.tcb, kOwnPriority + 1);
}

Puppet::~Puppet() {
    rt::stop(thread_);
}

seL4_UserContext Puppet::registers() const {
    seL4_UserContext context;
    if (seL4_TCB_ReadRegisters(thread_.tcb, 0, 0, 20, &context) != seL4_NoError)
        rt::die("a puppet's registers");
    return context;
}

Result Puppet::run(const Step& step) {
    seL4_UserContext context{};
    context.rdx = static_cast<Word>(step.number);
    context.rdi = step.cap;
    context.rsi = step.info;
    context.r10 = step.mr[0];
    context.r8 = step.mr[1];
    context.r9 = step.mr[2];
    context.r15 = step.mr[3];
    return run_at(puppet_syscall, context);
}

Result Puppet::run_at(void (*where)(), seL4_UserContext context) {
    context.rip = reinterpret_cast<Word>(where);
    if (context.rflags == 0) context.rflags = 0x202;
    if (seL4_TCB_WriteRegisters(thread_.tcb, 1, 0, 20, &context) != seL4_NoError)
        rt::die("cannot start a puppet");
    return poll();
}

Result Puppet::poll() {
    Result result{};
    result.outcome = Outcome::blocked;
    Word badge = 0;
    const seL4_MessageInfo_t info = seL4_NBRecv(fault_endpoint_, &badge);
    const Word label = seL4_MessageInfo_get_label(info);
    // Nothing there leaves the info word as it was given: zero.
    if (info.words[0] == 0) return result;
    for (int i = 0; i < 20; ++i)
        result.fault_words[i] = seL4_GetMR(i);
    // Receiving again drops the reply capability: the puppet waits until it is given new registers.
    seL4_NBRecv(fault_endpoint_, &badge);
    result.fault = label;
    const bool returned =
        label == seL4_Fault_UserException && result.fault_words[seL4_UserException_Number] == kInvalidOpcode;
    result.outcome = returned ? Outcome::returned : Outcome::faulted;
    const seL4_UserContext context = registers();
    result.info = context.rsi;
    result.badge = context.rdi;
    result.mr[0] = context.r10;
    result.mr[1] = context.r8;
    result.mr[2] = context.r9;
    result.mr[3] = context.r15;
    return result;
}

}  // namespace conformance
