// SPDX-License-Identifier: GPL-3.0-only
// What this CPU can do, found once at boot. Everything optional has a fallback; what is required is checked
// in detect_features(), which names the missing feature on the debug console and stops.
#pragma once
#include <cstdint>

namespace arch {

struct Features {
    bool fsgsbase;  // user code may set its own FS and GS base; else only SetTLSBase and WriteRegisters
    bool xsave;     // else FXSAVE
    bool xsaveopt;
    bool huge_pages;           // 1 GiB pages; without them such frames cannot be mapped
    bool tagged_translations;  // PCID and INVPCID
    bool smep, smap, umip;
    bool no_execute;
    bool x2apic_active;  // the firmware left the local APIC in x2APIC mode
    bool hide_kernel;    // this CPU reads kernel memory through user page tables (Meltdown)
    std::uint8_t physical_bits;
};

extern Features features;

void detect_features();

}  // namespace arch
