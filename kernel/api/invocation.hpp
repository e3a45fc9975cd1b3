// SPDX-License-Identifier: GPL-3.0-only
//
// One invocation of a capability, as the system call layer hands it to the decoder of the object's type. A
// decoder checks every argument in the contract's order, then calls begin() and acts; from there on only
// preemption can stop it.
#pragma once
#include "kernel/api/lookup.hpp"
#include "kernel/api/message.hpp"

namespace kernel {

struct Invocation {
    Tcb& caller;
    Cte& slot;  // where the invoked capability is
    Cap cap;    // what it was when the call came in
    Word label;
    Word length;  // message words there really are
    const IpcBuffer* buffer;
    bool is_call;
    ExtraCaps extra = {};

    // REQUIRES: index < length.
    Word argument(Word index) const {
        return index < kMessageRegisters ? message_registers(caller.arch.context)[index] : buffer->msg[index];
    }

    // The point of no return: the caller will make this call again should it be preempted.
    void begin() const { caller.state = ThreadState::restart; }

    // Completes a Call with result words; nothing happens for a Send.
    void answer(Word word) const;
};

Status decode_untyped(const Invocation& call);
Status decode_cnode(const Invocation& call);
Status decode_tcb(const Invocation& call);
Status decode_domain(const Invocation& call);
Status decode_irq_control(const Invocation& call);
Status decode_irq_handler(const Invocation& call);
Status decode_frame(const Invocation& call);
Status decode_table(const Invocation& call);
Status decode_vspace(const Invocation& call);
Status decode_asid_control(const Invocation& call);
Status decode_asid_pool(const Invocation& call);
Status decode_io_port_control(const Invocation& call);
Status decode_io_port(const Invocation& call);

}  // namespace kernel
