// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/execute_disable.hpp"

#include "abi/sel4/extensions.h"
#include "executive/hal/machine.hpp"

namespace mm {

namespace {

constinit bool announced;

}  // namespace

void find_execute_disable() {
    announced = !hal::boot_block(NEPTUNE_BOOTINFO_EXECUTE_DISABLE).empty();
}

bool execute_disable() {
    return announced;
}

seL4_X86_VMAttributes data_attributes(seL4_Word cache_attributes) {
    return static_cast<seL4_X86_VMAttributes>(cache_attributes |
                                              (announced ? NEPTUNE_X86_ExecuteDisable : 0));
}

}  // namespace mm
