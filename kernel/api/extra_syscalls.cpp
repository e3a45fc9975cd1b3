// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/extra_syscalls.hpp"

#include "arch/features.hpp"
#include "arch/switch.hpp"
#include "config/config.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/api/lookup.hpp"
#include "kernel/console.hpp"

namespace kernel {

namespace {

void identify_cap(Tcb& caller) {
    const Resolved found = resolve(caller, caller.arch.context.rdi);
    caller.arch.context.rdi = found.slot ? static_cast<Word>(found.slot->cap.tag()) : 0;
}

[[maybe_unused]] bool debug_syscall(Tcb& caller, std::int64_t number) {
    switch (number) {
        case seL4_SysDebugPutChar:
            console::put_char(static_cast<char>(caller.arch.context.rdi));
            return true;
        case seL4_SysDebugHalt:
            console::fail("halted by DebugHalt");
        case seL4_SysDebugCapIdentify:
            identify_cap(caller);
            return true;
        case seL4_SysDebugDumpScheduler:
        case seL4_SysDebugSnapshot:
        case seL4_SysDebugNameThread:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool extra_syscall(Tcb& caller, std::int64_t number) {
    if (number == seL4_SysSetTLSBase && !arch::features.fsgsbase) {
        const Word base = caller.arch.context.rdi;
        if (sanitise_address(base) == base) {
            arch::save_bases(caller.arch.context);
            caller.arch.context.fs_base = base;
            arch::load_bases(caller.arch.context);
        }
        return true;
    }
    if constexpr (config::kDebugSyscalls) return debug_syscall(caller, number);
    return false;
}

}  // namespace kernel
