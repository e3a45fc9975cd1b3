// SPDX-License-Identifier: GPL-3.0-only
// Invocations of kernel objects, by the ordinary stubs.
#include "stamps.hpp"

namespace bench {
namespace {

void spinner(Word) {
    for (;;)
        asm volatile("pause");
}

// A pair of operations of which the second undoes the first.
template <typename First, typename Second>
void measure_pair(const char* first_name, First first, const char* second_name, Second second) {
    const auto run = [&] {
        stamp<0>();
        first();
        stamp<1>();
        stamp<2>();
        second();
        stamp<3>();
    };
    report(first_name, "", smallest<0, 1>(run));
    report(second_name, "", smallest<2, 3>(run));
}

}  // namespace

void measure_objects() {
    const Word frame = rt::object(seL4_X86_4K);
    const Word address = rt::addresses(4096);
    rt::map(frame, address);
    seL4_X86_Page_Unmap(frame);
    measure_pair(
        "page_map",
        [=] {
            seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite, seL4_X86_WriteBack);
        },
        "page_unmap", [=] { seL4_X86_Page_Unmap(frame); });
    measure("get_address", [=] { seL4_X86_Page_GetAddress(frame); });

    const Word target = rt::slot();
    measure_pair(
        "cnode_copy",
        [=] {
            seL4_CNode_Copy(seL4_CapInitThreadCNode, target, 64, seL4_CapInitThreadCNode, frame, 64,
                            seL4_AllRights);
        },
        "cnode_delete", [=] { seL4_CNode_Delete(seL4_CapInitThreadCNode, target, 64); });

    constexpr Word kPort = 0x80;  // the diagnostic port: harmless
    const Word port = rt::io_ports(kPort, kPort);
    measure("ioport_in8", [=] { seL4_X86_IOPort_In8(port, kPort); });

    const rt::Thread thread = rt::spawn(spinner, 0, kPriority - 1);
    seL4_UserContext context;
    measure("read_registers", [&] { seL4_TCB_ReadRegisters(thread.tcb, 0, 0, 20, &context); });
    measure("suspend_resume", [&] {
        seL4_TCB_Suspend(thread.tcb);
        seL4_TCB_Resume(thread.tcb);
    });
    rt::stop(thread);
}

}  // namespace bench
