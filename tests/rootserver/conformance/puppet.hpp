// SPDX-License-Identifier: GPL-3.0-only
// A thread that a suite leads by its registers: it makes one system call exactly as told and then faults on
// purpose, which tells the suite that the call has returned. It runs at a priority above the suite's, so when
// run() comes back it has returned, faulted or blocked.
#pragma once
#include "harness.hpp"

extern "C" {
void puppet_syscall();
void puppet_return();
void puppet_int3();
void puppet_int_200();
void puppet_spin();
void puppet_single_step();
void puppet_single_step_syscall();
}

namespace conformance {

enum class Outcome { returned, faulted, blocked };

struct Result {
    Outcome outcome;
    Word info;   // rsi after the call
    Word badge;  // rdi
    Word mr[4];
    Word fault;  // label of the fault message
    Word fault_words[20];

    Word label() const { return info >> 12; }
    Word length() const { return info & 0x7f; }
    Word extra_caps() const { return (info >> 7) & 3; }
    Word unwrapped() const { return (info >> 9) & 7; }
};

struct Step {
    seL4_Int64 number;
    Word cap;
    Word info = 0;
    Word mr[4] = {};
};

constexpr Word message(Word label, Word length, Word extra_caps = 0) {
    return (label << 12) | (extra_caps << 7) | length;
}

class Puppet {
public:
    // In the root server's spaces. With `cspace`, in that one, with the guard, its fault handler at
    // `fault_cptr` there.
    explicit Puppet(Word priority = kOwnPriority + 1, Word vspace = kSpace);
    Puppet(Word cspace, Word cspace_data, Word fault_cptr, Word fault_endpoint);
    ~Puppet();
    Puppet(const Puppet&) = delete;
    Puppet& operator=(const Puppet&) = delete;

    Result run(const Step& step);
    // Starts it with these registers.
    Result run_at(void (*where)(), seL4_UserContext registers = {});
    // Whether the last step has come to an end meanwhile.
    Result poll();

    Word tcb() const { return thread_.tcb; }
    Word fault_endpoint() const { return fault_endpoint_; }
    Word stack_top() const { return thread_.stack_top; }
    seL4_IPCBuffer* buffer() const { return thread_.buffer; }
    seL4_UserContext registers() const;

private:
    rt::Thread thread_;
    Word fault_endpoint_;
};

}  // namespace conformance
