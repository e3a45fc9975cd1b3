// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

volatile bool kept[2];

// Fills xmm15 and the x87 stack with its own number and looks again after others have run.
void user(Word which) {
    const Word pattern = 0x1111 * (which + 1);
    asm volatile("movq %0, %%xmm15; pushq %0; fildq (%%rsp); popq %%rax" : : "r"(pattern) : "rax", "xmm15");
    bool good = true;
    for (int i = 0; i < 20; ++i) {
        seL4_Yield();
        Word seen;
        asm volatile("movq %%xmm15, %0" : "=r"(seen));
        good = good && seen == pattern;
    }
    Word top;
    asm volatile("pushq %%rax; fistpq (%%rsp); popq %0" : "=r"(top) : : "memory");
    kept[which] = good && top == pattern;
}

void check_state() {
    const rt::Thread a = rt::spawn(user, 0, kOwnPriority);
    const rt::Thread b = rt::spawn(user, 1, kOwnPriority);
    for (int i = 0; i < 60; ++i)
        seL4_Yield();
    expect("fpu: two threads keep their registers", kept[0] && kept[1]);
    rt::stop(a);
    rt::stop(b);
}

[[gnu::naked]] void use_sse() {
    asm volatile("xorps %xmm0, %xmm0; ud2");
}

[[gnu::naked]] void use_avx() {
    asm volatile("vxorps %ymm0, %ymm0, %ymm0; ud2");
}

void check_disabled() {
    constexpr Word kDeviceNotAvailable = 7;
    Puppet puppet;
    expect("fpu: works", puppet.run_at(use_sse).outcome == Outcome::returned);
    invoke(puppet.tcb(), seL4_Label_TCB_SetFlags, {0, 1});
    const Result result = puppet.run_at(use_sse);
    expect("fpu: disabled by the flag",
           result.outcome == Outcome::faulted &&
               result.fault_words[seL4_UserException_Number] == kDeviceNotAvailable);
    invoke(puppet.tcb(), seL4_Label_TCB_SetFlags, {1, 0});
    expect("fpu: enabled again", puppet.run_at(use_sse).outcome == Outcome::returned);
    const Result avx = puppet.run_at(use_avx);
    expect_equal("fpu: AVX is off", avx.fault_words[0], reinterpret_cast<Word>(use_avx));
}

}  // namespace

void fpu_suite() {
    check_state();
    check_disabled();
}

}  // namespace conformance
