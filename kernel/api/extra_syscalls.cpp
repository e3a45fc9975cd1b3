// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/extra_syscalls.hpp"

#include "arch/features.hpp"
#include "arch/switch.hpp"
#include "config/config.hpp"
#include "kernel/api/debug_syscalls.hpp"
#include "kernel/api/fault.hpp"

namespace kernel {

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
