// SPDX-License-Identifier: GPL-3.0-only
// What the kernel's operations cost, user stub included. Output: `bench NAME COUNT`, one row a line. Runs on
// any seL4 kernel of this configuration.
#include "stamps.hpp"

namespace bench {

volatile std::uint32_t stamps[4];
std::uint32_t overhead;

void calibrate() {
    overhead = 0;
    overhead = static_cast<std::uint32_t>(smallest<0, 1>([] {
        stamp<0>();
        stamp<1>();
    }));
}

void report(const char* name, const char* suffix, Word count) {
    rt::print("bench kernel.", name, suffix, " ", count);
}

void measure_alone() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word notification = rt::object(seL4_NotificationObject);
    measure("yield", [] { empty_call(seL4_SysYield, 0); });
    measure("nbrecv_empty", [=] { empty_call(seL4_SysNBRecv, endpoint); });
    report("signal", "", smallest<0, 1>([=] {
               stamp<0>();
               seL4_Signal(notification);
               stamp<1>();
               empty_call(seL4_SysNBRecv, notification);
           }));
    report("recv_active", "", smallest<0, 1>([=] {
               seL4_Signal(notification);
               stamp<0>();
               empty_call(seL4_SysRecv, notification);
               stamp<1>();
           }));
}

}  // namespace bench

void root_main() {
    using namespace bench;
    rt::set_priority(seL4_CapInitThreadTCB, kPriority);
    calibrate();
    const Word own = seL4_CapInitThreadVSpace;
    const Word other = rt::clone_vspace();
    measure_alone();
    measure_ipc("", own);
    measure_ipc("_other_vspace", other);
    measure_switches("", own);
    measure_switches("_other_vspace", other);
    measure_fault();
    measure_objects();
    measure_latency();
    rt::print("bench done");
}
