// SPDX-License-Identifier: GPL-3.0-only
//
// Faults: a thread that cannot go on sends a message to its fault handler, in its name, and waits for the
// answer.
#pragma once
#include "kernel/api/message.hpp"

namespace kernel {

// Sends what has been noted in tcb.fault to the handler; without a usable one the thread becomes inactive.
void raise_fault(Tcb& tcb);

// The endpoint capability that serves as this thread's fault handler, null if there is no usable one.
const Cap* fault_handler(const Tcb& tcb);

// Writes the fault of `faulted` into the handler's message registers, and returns its info word.
MessageInfo write_fault_message(const Tcb& faulted, Tcb& handler, IpcBuffer* buffer);

// The handler's answer lets the thread go on.
bool fault_reply_restarts(const Tcb& handler, const Tcb& faulted);
// Applies the handler's answer, in its message registers, to the faulted thread, whose fault is over.
void apply_fault_reply(const Tcb& handler, Tcb& faulted);

// Values that user code may give to registers: bad addresses become 0, and only harmless flags pass.
inline Word sanitise_address(Word address) {
    const auto top = static_cast<std::int64_t>(address) >> 47;
    return top == 0 || top == -1 ? address : 0;
}
inline Word sanitise_flags(Word flags) {
    constexpr Word kAlwaysOne = 1 << 1, kZero = 1 << 3 | 1 << 5, kTrap = 1 << 8, kInterrupts = 1 << 9;
    return (((flags | kAlwaysOne) & ~kZero) | kInterrupts) & ~kTrap & 0xfff;
}

// The words of a lookup failure: its type, then what the type has. Returns how many.
inline Word lookup_failure_words(const LookupFailure& failure, Word (&words)[4]) {
    words[0] = failure.type;
    words[1] = failure.bits_left;
    switch (failure.type) {
        case seL4_MissingCapability:
            return 2;
        case seL4_DepthMismatch:
            words[2] = failure.bits_found;
            return 3;
        case seL4_GuardMismatch:
            words[2] = failure.guard_found;
            words[3] = failure.bits_found;
            return 4;
        default:
            return 1;
    }
}

}  // namespace kernel
