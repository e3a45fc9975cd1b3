// SPDX-License-Identifier: GPL-3.0-only
//
// The hardware of a driver host: everything is refused that no device or service key of its drivers lists.
#include <algorithm>

#include "executive/hal/acpi.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/pnp/host.hpp"

namespace pnp {

bool Host::allows(uint32_t type, uint64_t start, uint64_t length) {
    for (Driver& driver : drivers_) {
        if (driver.state != Driver::State::Starting && driver.state != Driver::State::Running) continue;
        if (covers(driver.device.resources.span(), type, start, length)) return true;
        if (covers(driver.extra_resources.span(), type, start, length)) return true;
    }
    return false;
}

bool Host::forget_hardware() {
    ke::Slice slice;
    for (unsigned bit = 0; bit < kInterrupts; ++bit) {
        interrupt_signals_[bit] = 0;
        if (!interrupts_[bit]) continue;
        if (slice.over()) return false;
        interrupts_[bit].reset();
    }
    for (; !ports_.empty(); ports_.pop_back())
        if (slice.over()) return false;
    while (Block* block = blocks_.first()) {
        if (slice.over()) return false;
        remove_block(*block);
    }
    return true;
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
    uint32_t slot = TRY(channel_->process()->grant_capability(range->capability()));
    MUST(ports_.push_back({std::move(range), slot}));
    return slot;
}

Task<NTSTATUS> Host::drop_ports() {
    size_t left = ports_.size();
    auto step = [this, &left]() -> Result<bool> {
        ke::Slice slice;
        for (left = std::min(left, ports_.size()); left > 0;) {
            if (slice.over()) return false;
            const ke::PortRange& range = *ports_[--left].range;
            if (!allows(WDM_RESOURCE_PORT, range.first(), range.last() - range.first() + 1u)) drop_port(left);
        }
        return true;
    };
    co_return co_await ke::in_slices(ke::Pacer::kSystemPriority, step);
}

void Host::drop_port(size_t index) {
    if (channel_->process()) channel_->process()->revoke_capability(ports_[index].slot);
    ports_.remove_unordered(index);
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
    if (signal == 0) signal = TRY(channel_->interrupts().badged(uint64_t{1} << bit));
    ke::Interrupt::Route route{pin.ioapic, pin.pin, level, active_low};
    Own<ke::Interrupt> interrupt = TRY(ke::Interrupt::connect(route, signal));
    uint32_t acknowledge = TRY(channel_->process()->grant_capability(interrupt->capability()));
    log.info("{}: interrupt {} ({}, active {})", name_.view(), gsi, level ? "level" : "edge",
             active_low ? "low" : "high");
    interrupts_[bit] = std::move(interrupt);
    interrupt_slots_[bit] = acknowledge;
    return ConnectedInterrupt{bit, acknowledge};
}

Result<void> Host::disconnect_interrupt(uint32_t bit) {
    if (bit >= kInterrupts || !interrupts_[bit]) return fail(STATUS_INVALID_PARAMETER);
    channel_->process()->revoke_capability(interrupt_slots_[bit]);
    interrupts_[bit].reset();
    return {};
}

Result<uint64_t> Host::map_memory(uint64_t physical, uint64_t length, hal::Cache cache) {
    if (length == 0 || !allows(WDM_RESOURCE_MEMORY, physical, length)) {
        log.warning("{}: memory {x}, {} bytes is not its own", name_.view(), physical, length);
        return fail(STATUS_ACCESS_DENIED);
    }
    log.trace("{}: memory {x}, {} bytes", name_.view(), physical, length);
    return channel_->process()->space().map_device(physical, length, cache);
}

Result<Host::Contiguous> Host::map_contiguous(Ref<mm::FrameRun> frames, ob::Charge charge) {
    Own<Block> block = TRY(make_own<Block>());
    block->charge = std::move(charge);
    block->address = TRY(channel_->process()->space().map_run(*frames, PAGE_READWRITE));
    Contiguous mapped{block->address, frames->physical()};
    block->frames = std::move(frames);
    blocks_.insert(*block.leak());
    return mapped;
}

void Host::remove_block(Block& block) {
    blocks_.remove(block);
    delete &block;
}

// The first slice makes it the view's alone, which goes as views do.
Result<void> Host::free_contiguous(uint64_t address, mm::Progress& progress) {
    Block* block = progress.begun() ? nullptr : blocks_.find(address);
    if (!block && !progress.begun()) return fail(STATUS_INVALID_PARAMETER);
    TRY(channel_->process()->space().unmap(address, progress));
    if (block) remove_block(*block);
    return {};
}

}  // namespace pnp
