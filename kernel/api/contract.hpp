// SPDX-License-Identifier: GPL-3.0-only
//
// For the contract build (config/contract): names on the console what no seL4 kernel is bound to serve, so
// that a test over the whole system can show that nothing relies on this kernel being ours. In other builds
// all of it vanishes.
#pragma once
#include "config/config.hpp"
#include "kernel/api/invocation.hpp"

namespace kernel::contract {

void report_label(const Invocation& call);
void report_number(const Tcb& caller, std::int64_t number);

// A label that the type of the capability does not have. Messages through endpoints carry any label.
inline void check_invocation(const Invocation& call) {
    if constexpr (config::kReportContract) report_label(call);
}

// A system call number that is none of the eight, by a thread of the root server itself: user programs may
// try what they like, their system calls are faults for the root server to serve.
inline void check_syscall(const Tcb& caller, std::int64_t number) {
    if constexpr (config::kReportContract) report_number(caller, number);
}

}  // namespace kernel::contract
