// SPDX-License-Identifier: GPL-3.0-only
// FS and GS base on CPUs without FSGSBASE: only the kernel can change them, so nothing has to be saved.
#include "arch/cpu.hpp"
#include "arch/switch.hpp"

namespace arch {

void load_bases_slowly(const UserContext& context) {
    constexpr std::uint32_t kFsBase = 0xc0000100;
    constexpr std::uint32_t kGsBase = 0xc0000101;
    write_msr(kFsBase, context.fs_base);
    write_msr(kGsBase, context.gs_base);
}

}  // namespace arch
