// SPDX-License-Identifier: GPL-3.0-only
// Every system call that a debug kernel has more, once; tests/harness reads what the kernel says to it. The
// last one stops the machine.
#include "tests/rootserver/common/rt.hpp"

namespace {

using rt::Word;

constexpr Word kNobody = 0;

void lost(Word) {
    asm volatile("ud2");
}

}  // namespace

void root_main() {
    for (const char* c = "by the kernel\n"; *c != '\0'; ++c)
        seL4_DebugPutChar(*c);
    rt::print("tags ", seL4_DebugCapIdentify(seL4_CapInitThreadTCB), " ",
              seL4_DebugCapIdentify(seL4_CapInitThreadCNode), " ", seL4_DebugCapIdentify(rt::slot()));
    seL4_DebugNameThread(seL4_CapInitThreadTCB, "root");
    const rt::Thread other = rt::spawn(lost, 0, 200, kNobody);
    seL4_DebugNameThread(other.tcb, "a thread in waiting");
    seL4_DebugDumpScheduler();
    seL4_DebugSnapshot();
    rt::set_priority(seL4_CapInitThreadTCB, 100);
    rt::print("still here");
    seL4_DebugHalt();
    rt::print("FAIL: DebugHalt came back");
}
