// SPDX-License-Identifier: GPL-3.0-only
#include "harness.hpp"

namespace {

struct Suite {
    const char* name;
    void (*run)();
};

constexpr Suite kSuites[] = {
    {"boot information", conformance::boot_info_suite},
    {"untyped memory", conformance::untyped_suite},
    {"capability spaces", conformance::cnode_suite},
    {"capability lookup", conformance::lookup_suite},
    {"messages", conformance::ipc_suite},
    {"capability transfer", conformance::transfer_suite},
    {"notifications", conformance::notification_suite},
    {"threads", conformance::thread_suite},
    {"registers", conformance::register_suite},
    {"faults", conformance::fault_suite},
    {"address spaces", conformance::vspace_suite},
    {"ports and interrupts", conformance::device_suite},
    {"scheduling", conformance::scheduler_suite},
    {"floating point", conformance::fpu_suite},
    {"machine and build", conformance::machine_suite},
    {"arguments", conformance::argument_suite},
    {"resources", conformance::resource_suite},
    {"extensions", conformance::extension_suite},
};

}  // namespace

void root_main() {
    rt::set_priority(seL4_CapInitThreadTCB, conformance::kOwnPriority);
    for (const Suite& suite : kSuites) {
        rt::print("# ", suite.name);
        suite.run();
    }
    rt::print(conformance::passed, " passed, ", conformance::failed, " failed");
}
