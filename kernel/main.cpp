// SPDX-License-Identifier: GPL-3.0-only
// From the boot loader's record to the first user instruction. Everything here runs once, on the kernel
// stack, with interrupts off.
#include "arch/features.hpp"
#include "arch/memory.hpp"
#include "arch/switch.hpp"
#include "kernel/arch/x86_64/descriptors.hpp"
#include "kernel/arch/x86_64/pages.hpp"
#include "kernel/boot/root_server.hpp"
#include "kernel/console.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/platform/pc/acpi.hpp"
#include "kernel/platform/pc/apic.hpp"
#include "kernel/platform/pc/multiboot.hpp"
#include "kernel/platform/platform.hpp"

extern "C" {
extern const char image_start[], image_end[];
[[noreturn]] void kernel_main(std::uint64_t magic, std::uint64_t record_address);
}

namespace {

using arch::kPageSize;
using boot::Range;
using boot::RangeList;

// The boot page tables, like the final ones, let the window reach the first 4 GiB.
struct WindowReader final : platform::PhysicalReader {
    const std::uint8_t* at(std::uint64_t address, std::uint64_t length) const override {
        constexpr std::uint64_t kReach = std::uint64_t{4} << 30;
        if (address >= kReach || length > kReach - address) return nullptr;
        return arch::from_physical<const std::uint8_t>(address);
    }
};

platform::BootRecord record;
RangeList free_ram;

std::uint64_t new_table() {
    const std::uint64_t page = free_ram.take(kPageSize, kPageSize);
    if (page >= (std::uint64_t{4} << 30)) console::fail("no memory for page tables");
    __builtin_memset(arch::from_physical(page), 0, kPageSize);
    return page;
}

Range pages_around(Range range) {
    return {range.begin & ~(kPageSize - 1), (range.end + kPageSize - 1) & ~(kPageSize - 1)};
}

Range page_of(std::uint64_t address) {
    return pages_around({address, address + 1});
}

// Usable RAM without the first MiB, the kernel and the module.
void find_free_ram() {
    constexpr std::uint64_t kMegabyte = 1u << 20;
    for (const Range& range : record.ram.ranges())
        free_ram.add(range);
    free_ram.keep_only({kMegabyte, arch::kWindowSize});
    free_ram.remove({arch::to_physical(image_start), arch::to_physical(image_end)});
    free_ram.remove(pages_around(record.module));
}

std::uint64_t end_of_ram() {
    const auto ranges = record.ram.ranges();
    const std::uint64_t end = ranges.back().end;
    return end < arch::kWindowSize ? end : arch::kWindowSize;
}

// Loads the root server and moves it to the lowest place, directly behind the kernel where that is RAM. The
// module's memory is free afterwards.
std::uint64_t place_image(const boot::ElfImage& image) {
    std::uint64_t address = free_ram.take(image.size(), kPageSize);
    if (address == RangeList::kNone)
        console::fail("not enough memory to load the root server: ", image.size() / 1024, " KiB are needed");
    auto* block = arch::from_physical<std::uint8_t>(address);
    __builtin_memset(block, 0, image.size());
    boot::load_elf(image, block);

    const Range module = pages_around(record.module);
    for (const Range& range : record.ram.ranges()) {
        // Only what is RAM within the kernel's reach comes back.
        const std::uint64_t begin = module.begin > range.begin ? module.begin : range.begin;
        const std::uint64_t end = module.end < range.end ? module.end : range.end;
        free_ram.add({begin, end});
    }
    free_ram.add({address, address + image.size()});
    const std::uint64_t lowest = free_ram.take(image.size(), kPageSize);
    __builtin_memmove(arch::from_physical(lowest), block, image.size());
    return lowest;
}

void map_devices(const platform::InterruptHardware& hardware) {
    arch::map_device_page(platform::kLocalApicAddress, page_of(hardware.local_apic).begin);
    for (unsigned i = 0; i < hardware.ioapic_count; ++i) {
        arch::map_device_page(platform::ioapic_address(i), page_of(hardware.ioapics[i]).begin);
    }
}

void set_up_interrupts(const platform::InterruptHardware& hardware) {
    platform::disable_legacy_pics();
    for (unsigned i = 0; i < hardware.ioapic_count; ++i)
        platform::set_up_ioapic(i, hardware.ioapics[i]);
    platform::set_up_local_apic();  // last: what comes in now comes no more
    kernel::initialise_irqs(arch::from_physical<kernel::Cte>(arch::to_physical(kernel::static_irq_slots)));
}

}  // namespace

void kernel_main(std::uint64_t magic, std::uint64_t record_address) {
    console::log("Neptune OS kernel, ", config::kName);
    arch::detect_features();
    console::log("kernel ", arch::features.hide_kernel ? "hidden from" : "mapped in",
                 " user page tables, translations ", arch::features.tagged_translations ? "" : "not ",
                 "tagged");
    const WindowReader memory;
    if (!platform::parse_boot_record(memory, static_cast<std::uint32_t>(magic), record_address, record)) {
        console::fail("no sound Multiboot record");
    }
    if (record.has_framebuffer) {
        const platform::Framebuffer& screen = record.framebuffer;
        console::log("framebuffer type ", std::uint64_t{screen.type}, " at ", console::Hex{screen.address},
                     " ", std::uint64_t{screen.width}, "x", std::uint64_t{screen.height});
    }
    if (record.module.empty()) console::fail("no root server: the first module is missing");
    platform::InterruptHardware hardware;
    if (!record.has_rsdp)
        console::fail("this machine has no ACPI tables, by which its interrupt hardware is found");
    if (!platform::find_interrupt_hardware(memory, record.rsdp, hardware)) {
        console::fail("the ACPI tables name no IOAPIC");
    }
    find_free_ram();

    arch::load_descriptors();
    arch::build_kernel_pages(end_of_ram(), new_table);
    map_devices(hardware);
    arch::load_kernel_pages();
    arch::set_up_cpu();
    set_up_interrupts(hardware);
    const platform::ClockRates rates = platform::measure_clocks(hardware.timer_port);
    console::log("TSC ", std::uint64_t{rates.tsc_mhz}, " MHz, tick ",
                 std::uint64_t{rates.timer_counts_per_tick});

    boot::ElfImage image;
    const auto module =
        std::span(arch::from_physical<const std::uint8_t>(record.module.begin), record.module.size());
    if (const char* error = boot::parse_elf(module, image)) console::fail(error);
    const std::uint64_t image_address = place_image(image);
    const Range withheld[] = {
        page_of(hardware.local_apic), page_of(hardware.ioapics[0]), {0xffff'fff8, 0x1'0000'0000}};
    arch::PhysicalRange reclaimed[2];
    arch::boot_memory(reclaimed);
    const Range boot_memory[] = {{reclaimed[0].begin, reclaimed[0].end},
                                 {reclaimed[1].begin, reclaimed[1].end}};
    boot::start_root_server(image, image_address,
                            {.record = &record,
                             .free = &free_ram,
                             .withheld = withheld,
                             .boot_memory = boot_memory,
                             .tsc_mhz = rates.tsc_mhz});
    platform::start_timer(rates.timer_counts_per_tick);
    arch::give_away_boot_memory();
}
