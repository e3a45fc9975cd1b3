// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/executive/machine.hpp"

#include <cstdio>
#include <cstdlib>

#include "abi/sel4/sel4.h"
#include "base/task.hpp"
#include "executive/ke/pacer.hpp"

// What the Executive's main provides.
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

fake::Kernel& start_machine(const std::vector<unsigned>& ram_bits, size_t archive_pages) {
    auto* made = new fake::Kernel(ram_bits, archive_pages);
    seL4_SetIPCBuffer(made->boot_info().ipcBuffer);
    base::Result<void> result = mm::initialize(made->boot_info(), made->image());
    if (result) result = mm::protect_boot_image(made->boot_info(), made->image());
    if (!result) {
        std::fprintf(stderr, "mm does not start: %x\n", static_cast<unsigned>(result.error()));
        std::abort();
    }
    return *made;
}

fake::Kernel& machine() {
    static fake::Kernel& kernel = start_machine({16, 17, 18, 20, 21, 22, 23, 24, 26, 27}, 4);
    return kernel;
}

base::Result<base::Ref<mm::PinnedPages>> pin(mm::AddressSpace& space, uint64_t address, size_t length,
                                             ke::Access access) {
    base::Ref<mm::PinnedPages> pinned = TRY(space.begin_pinning(address, length, access));
    while (!pinned->complete())
        TRY(space.go_on_pinning(*pinned));
    return pinned;
}

void run_queued_work() {
    do {
        while (base::Loop::instance().run(1000)) {
        }
    } while (ke::Pacer::instance().called(0) != 0 || !base::Loop::instance().idle());
}
