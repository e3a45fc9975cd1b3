// SPDX-License-Identifier: GPL-3.0-only
//
// The hardware of a driver host: everything is refused that no device or service key of its drivers lists.
#include "base/bits.hpp"
#include "executive/hal/acpi.hpp"
#include "executive/hal/log.hpp"
#include "executive/pnp/host.hpp"

namespace pnp {

bool Host::allows(uint32_t type, uint64_t start, uint64_t length) {
    for (Driver& driver : drivers_) {
        if (covers(driver.device.resources.span(), type, start, length)) return true;
        if (covers(driver.extra_resources.span(), type, start, length)) return true;
    }
    return false;
}

void Host::forget_hardware() {
    for (unsigned bit = 0; bit < kInterrupts; ++bit) {
        interrupts_[bit].reset();
        interrupt_signals_[bit] = 0;
    }
    ports_.clear();
    for (Block& block : blocks_)
        for (mm::FrameNumber frame : block.frames)
            mm::release_frame(frame);
    blocks_.clear();
}

// From now on it may use memory.
void Host::start_function(Driver& driver) {
    if (!driver.device.function) return;
    driver.stop.emplace(*driver.device.function);
    hal::pci_start(*driver.device.function);
}

// It is not used any more: at once it can reach no memory; the rest of its stop comes with the host's end.
void Host::stop_function(Driver& driver) {
    if (driver.stop) driver.stop->step();
}

bool Host::quiet_devices() {
    return quieting_.begin();
}

bool Host::host_owns_port(uint16_t port) {
    return allows(WDM_RESOURCE_PORT, port, 1);
}

Result<uint32_t> Host::claim_ports(uint16_t first, uint16_t last) {
    if (last < first) return fail(STATUS_INVALID_PARAMETER);
    if (!allows(WDM_RESOURCE_PORT, first, last - first + 1u)) {
        log.warning("{}: ports {x}-{x} are not its own", name_.view(), first, last);
        return fail(STATUS_ACCESS_DENIED);
    }
    log.trace("{}: ports {x}-{x}", name_.view(), first, last);
    for (const Grant& grant : ports_)
        if (grant.range->first() == first && grant.range->last() == last) return grant.slot;
    Ref<ke::PortRange> range = TRY(ke::PortRange::claim(first, last));
    TRY(ports_.reserve(ports_.size() + 1));
    uint32_t slot = TRY(requests_->process()->grant_capability(range->capability()));
    MUST(ports_.push_back({std::move(range), slot}));
    return slot;
}

void Host::drop_ports() {
    for (size_t i = ports_.size(); i-- > 0;) {
        const Grant& grant = ports_[i];
        uint16_t first = grant.range->first();
        if (allows(WDM_RESOURCE_PORT, first, grant.range->last() - first + 1u)) continue;
        if (requests_->process()) requests_->process()->revoke_capability(grant.slot);
        ports_.remove_unordered(i);
    }
}

Result<Host::ConnectedInterrupt> Host::connect_interrupt(uint32_t gsi, bool level, bool active_low) {
    if (!allows(WDM_RESOURCE_INTERRUPT, gsi, 1)) {
        log.warning("{}: interrupt {} is not its own", name_.view(), gsi);
        return fail(STATUS_ACCESS_DENIED);
    }
    unsigned bit = 0;
    while (bit < kInterrupts && interrupts_[bit])
        ++bit;
    if (bit == kInterrupts) return fail(STATUS_INSUFFICIENT_RESOURCES);
    hal::InterruptPin pin = TRY(hal::interrupt_pin(gsi));
    // The firmware knows an ISA line's wiring better than its driver.
    for (uint8_t irq = 0; irq < 16; ++irq) {
        hal::InterruptLine line = hal::isa_interrupt(irq);
        if (line.gsi != gsi) continue;
        level = line.level;
        active_low = line.active_low;
    }
    ke::CPtr& signal = interrupt_signals_[bit];
    if (signal == 0) signal = TRY(requests_->interrupts().badged(uint64_t{1} << bit));
    ke::Interrupt::Route route{pin.ioapic, pin.pin, level, active_low};
    Own<ke::Interrupt> interrupt = TRY(ke::Interrupt::connect(route, signal));
    uint32_t acknowledge = TRY(requests_->process()->grant_capability(interrupt->capability()));
    log.info("{}: interrupt {} ({}, active {})", name_.view(), gsi, level ? "level" : "edge",
             active_low ? "low" : "high");
    interrupts_[bit] = std::move(interrupt);
    interrupt_slots_[bit] = acknowledge;
    return ConnectedInterrupt{bit, acknowledge};
}

Result<void> Host::disconnect_interrupt(uint32_t bit) {
    if (bit >= kInterrupts || !interrupts_[bit]) return fail(STATUS_INVALID_PARAMETER);
    requests_->process()->revoke_capability(interrupt_slots_[bit]);
    interrupts_[bit].reset();
    return {};
}

Result<uint64_t> Host::map_memory(uint64_t physical, uint64_t length, hal::Cache cache) {
    if (length == 0 || !allows(WDM_RESOURCE_MEMORY, physical, length)) {
        log.warning("{}: memory {x}, {} bytes is not its own", name_.view(), physical, length);
        return fail(STATUS_ACCESS_DENIED);
    }
    log.trace("{}: memory {x}, {} bytes", name_.view(), physical, length);
    return requests_->process()->space().map_device(physical, length, cache);
}

Result<Host::Contiguous> Host::allocate_contiguous(size_t length, uint64_t highest) {
    constexpr size_t kMostPages = 256;
    size_t pages = align_up(length, mm::kPageSize) / mm::kPageSize;
    if (length == 0 || pages > kMostPages) return fail(STATUS_INSUFFICIENT_RESOURCES);
    TRY(blocks_.reserve(blocks_.size() + 1));
    Vector<mm::FrameNumber> frames;
    TRY(frames.reserve(pages));
    mm::FrameNumber first = TRY(mm::allocate_contiguous(pages));
    for (size_t i = 0; i < pages; ++i)
        MUST(frames.push_back(static_cast<mm::FrameNumber>(first + i)));
    uint64_t physical = mm::physical_address(first);
    auto give_back = [&] {
        for (mm::FrameNumber frame : frames)
            mm::release_frame(frame);
    };
    if (physical + pages * mm::kPageSize - 1 > highest) {
        give_back();
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    auto address = requests_->process()->space().map_frames(frames.span(), PAGE_READWRITE);
    if (!address) {
        give_back();
        return address.failure();
    }
    MUST(blocks_.push_back({*address, std::move(frames)}));
    return Contiguous{*address, physical};
}

Result<void> Host::free_contiguous(uint64_t address) {
    for (size_t i = 0; i < blocks_.size(); ++i) {
        if (blocks_[i].address != address) continue;
        TRY(requests_->process()->space().unmap(address));
        for (mm::FrameNumber frame : blocks_[i].frames)
            mm::release_frame(frame);
        blocks_.remove_unordered(i);
        return {};
    }
    return fail(STATUS_INVALID_PARAMETER);
}

}  // namespace pnp
