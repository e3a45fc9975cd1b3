// SPDX-License-Identifier: GPL-3.0-only
#include "abi/sel4/types.h"
#include "kernel/api/entry.hpp"

void kernel_fastpath_call(std::uint64_t cptr, std::uint64_t info) {
    kernel_syscall(cptr, info, seL4_SysCall);
}

void kernel_fastpath_reply_recv(std::uint64_t cptr, std::uint64_t info) {
    kernel_syscall(cptr, info, seL4_SysReplyRecv);
}
