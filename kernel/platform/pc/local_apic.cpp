// SPDX-License-Identifier: GPL-3.0-only
// The local APIC, through its page or, where the firmware has left it in x2APIC mode, through MSRs.
#include "apic.hpp"
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/preempt.hpp"
#include "kernel/console.hpp"
#include "kernel/platform/pc/device_pages.hpp"
#include "kernel/platform/platform.hpp"

namespace platform {
namespace {

// Offsets in the register page; an x2APIC MSR is 0x800 + offset / 16.
enum Register : std::uint32_t {
    kId = 0x20,
    kVersion = 0x30,
    kTaskPriority = 0x80,
    kEoi = 0xb0,
    kDestinationFormat = 0xe0,
    kLogicalDestination = 0xd0,
    kSpurious = 0xf0,
    kInService = 0x100,  // the first of eight
    kErrorStatus = 0x280,
    kMachineChecks = 0x2f0,
    kTimer = 0x320,
    kCounters = 0x340,
    kLint0 = 0x350,
    kLint1 = 0x360,
    kError = 0x370,
    kInitialCount = 0x380,
    kCurrentCount = 0x390,
    kDivide = 0x3e0,
};

constexpr std::uint32_t kMasked = 1u << 16;
constexpr std::uint32_t kPeriodic = 1u << 17;
constexpr std::uint32_t kSoftwareEnable = 1u << 8;
constexpr std::uint32_t kDivideByOne = 0xb;
constexpr std::uint32_t kApicBaseMsr = 0x1b;
constexpr std::uint32_t kX2apicMsr = 0x800;

volatile std::uint32_t* mmio(Register r) {
    return reinterpret_cast<volatile std::uint32_t*>(kLocalApicAddress + r);
}

std::uint32_t read(Register r) {
    if (arch::features.x2apic_active) return static_cast<std::uint32_t>(arch::read_msr(kX2apicMsr + r / 16));
    return *mmio(r);
}

void write(Register r, std::uint32_t value) {
    if (arch::features.x2apic_active) {
        arch::write_msr(kX2apicMsr + r / 16, value);
    } else {
        *mmio(r) = value;
    }
}

// The local sources of interrupts, errors first: masking another may raise one. Thermal events stay as
// firmware has them, for they may be its own. A register that a CPU does not have must not be touched in
// x2APIC mode.
void mask_local_sources() {
    struct Source {
        Register where;
        std::uint32_t index;  // it exists where the highest index is at least this
    };
    constexpr Source kSources[] = {{kError, 3}, {kTimer, 0},    {kLint0, 0},
                                   {kLint1, 0}, {kCounters, 4}, {kMachineChecks, 6}};
    const std::uint32_t highest = (read(kVersion) >> 16) & 0xff;
    for (const Source& source : kSources) {
        if (source.index <= highest) write(source.where, kMasked | kTimerVector);
    }
}

// An interrupt in service blocks everything below it; one that waits would come to somebody who knows nothing
// of it.
void forget_old_interrupts() {
    constexpr unsigned kStep = 0x10, kVectors = 256;
    unsigned in_service = 0;
    for (unsigned i = 0; i < 8; ++i) {
        in_service +=
            static_cast<unsigned>(__builtin_popcount(read(static_cast<Register>(kInService + i * kStep))));
    }
    for (; in_service != 0; --in_service)
        write(kEoi, 0);
    for (unsigned i = 0; i < kVectors && arch::interrupt_pending(); ++i) {
        arch::drop_pending_interrupt();
        write(kEoi, 0);
    }
}

}  // namespace

void set_up_local_apic() {
    constexpr arch::Word kEnabled = 1u << 11;
    arch::write_msr(kApicBaseMsr, arch::read_msr(kApicBaseMsr) | kEnabled);
    // What an IOAPIC or a message can name without interrupt remapping.
    if (arch::features.x2apic_active && read(kId) > 0xff) console::fail("the CPU's APIC id is above 255");
    mask_local_sources();
    write(kTaskPriority, 0);
    if (!arch::features.x2apic_active) {
        write(kDestinationFormat, 0xffffffff);
        write(kLogicalDestination, 1u << 24);
    }
    write(kErrorStatus, 0);
    write(kSpurious, kSoftwareEnable | kSpuriousVector);
    forget_old_interrupts();
}

void start_timer_unheard() {
    write(kDivide, kDivideByOne);
    write(kTimer, kMasked | kTimerVector);
    write(kInitialCount, 0xffffffff);
}

std::uint32_t timer_counts_passed() {
    return 0xffffffff - read(kCurrentCount);
}

void start_timer(std::uint32_t ticks_per_period) {
    write(kDivide, kDivideByOne);
    write(kTimer, kPeriodic | kTimerVector);
    write(kInitialCount, ticks_per_period);
}

std::uint32_t boot_cpu_apic_id() {
    const std::uint32_t id = read(kId);
    return arch::features.x2apic_active ? id : id >> 24;
}

void set_tick(bool on) {
    write(kTimer, kPeriodic | kTimerVector | (on ? 0 : kMasked));
}

void end_of_interrupt() {
    write(kEoi, 0);
}

}  // namespace platform
