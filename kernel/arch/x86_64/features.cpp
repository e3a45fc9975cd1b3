// SPDX-License-Identifier: GPL-3.0-only
#include "arch/features.hpp"

#include "arch/cpu.hpp"
#include "arch/switch.hpp"
#include "kernel/console.hpp"

namespace arch {

Features features;

namespace {

constexpr std::uint32_t kApicBaseMsr = 0x1b;
constexpr std::uint32_t kArchCapabilitiesMsr = 0x10a;

constexpr bool bit(std::uint32_t word, unsigned index) {
    return ((word >> index) & 1) != 0;
}

// CPUs that do not read kernel memory through user page tables while speculating: those that say so, and all
// of AMD's.
bool detect_meltdown_immunity(std::uint32_t leaf7_edx) {
    if (bit(leaf7_edx, 29) && (read_msr(kArchCapabilitiesMsr) & 1) != 0) return true;
    const CpuidResult vendor = cpuid(0);
    constexpr std::uint32_t kAuthenticAmd = 0x68747541;  // "Auth"
    constexpr std::uint32_t kHygonGenuine = 0x6f677948;  // "Hygo"
    return vendor.ebx == kAuthenticAmd || vendor.ebx == kHygonGenuine;
}

}  // namespace

void detect_features() {
    const std::uint32_t last = cpuid(0).eax;
    const CpuidResult leaf1 = cpuid(1);
    const CpuidResult leaf7 = last >= 7 ? cpuid(7) : CpuidResult{};
    const std::uint32_t last_extended = cpuid(0x80000000).eax;
    const CpuidResult extended = cpuid(0x80000001);

    if (!bit(leaf1.edx, 4)) console::fail("the CPU has no time stamp counter");
    if (!bit(leaf1.edx, 9)) console::fail("the CPU has no local APIC");
    if (!bit(leaf1.edx, 16)) console::fail("the CPU has no page attribute table");
    if (!bit(extended.edx, 11)) console::fail("the CPU has no syscall instruction");

    features.fsgsbase = bit(leaf7.ebx, 0);
    features.xsave = bit(leaf1.ecx, 26);
    features.xsaveopt = features.xsave && last >= 13 && bit(cpuid(13, 1).eax, 0);
    plain_switches = features.xsaveopt;
    features.huge_pages = bit(extended.edx, 26);
    features.tagged_translations = bit(leaf1.ecx, 17) && bit(leaf7.ebx, 10);
    features.smep = bit(leaf7.ebx, 7);
    features.smap = bit(leaf7.ebx, 20);
    features.umip = bit(leaf7.ecx, 2);
    features.no_execute = bit(extended.edx, 20);
    constexpr Word kX2apic = 3u << 10;  // enabled, and extended
    features.x2apic_active = (read_msr(kApicBaseMsr) & kX2apic) == kX2apic;
    features.hide_kernel = !detect_meltdown_immunity(leaf7.edx);
    features.physical_bits =
        last_extended >= 0x80000008 ? static_cast<std::uint8_t>(cpuid(0x80000008).eax & 0xff) : 36;
}

}  // namespace arch
