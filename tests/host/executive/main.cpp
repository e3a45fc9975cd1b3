// SPDX-License-Identifier: GPL-3.0-only
//
// What the Executive's main provides, for the host; and the machine all tests share, since mm takes it over
// once.
#include <cstdio>
#include <cstdlib>

#include "abi/sel4/sel4.h"
#include "base/task.hpp"
#include "executive/ke/dispatch.hpp"
#include "executive/ke/pacer.hpp"
#include "tests/host/executive/machine.hpp"

namespace base {

Loop& Loop::instance() {
    static Loop loop;
    return loop;
}

void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace base

// No service is called by number here.
const ke::Service ke::services[ke::service_count] = {};

fake::Kernel& machine() {
    static fake::Kernel* kernel = [] {
        auto* made = new fake::Kernel({16, 17, 18, 20, 21, 22, 23, 24, 26, 27});
        seL4_SetIPCBuffer(made->boot_info().ipcBuffer);
        base::Result<void> result = mm::initialize(made->boot_info(), made->image());
        if (result) result = mm::protect_boot_image(made->boot_info(), made->image());
        if (!result) {
            std::fprintf(stderr, "mm does not start: %x\n", static_cast<unsigned>(result.error()));
            std::abort();
        }
        return made;
    }();
    return *kernel;
}

void run_queued_work() {
    do {
        while (base::Loop::instance().run(1000)) {
        }
    } while (ke::Pacer::instance().called(0) != 0 || !base::Loop::instance().idle());
}
