// SPDX-License-Identifier: GPL-3.0-only
//
// What becomes of requests when their driver dies or hangs.
#include <algorithm>

#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/file.hpp"

namespace io {

namespace {

// How long a host that seems to hang runs before everybody else, until it is ended: perhaps it was only kept
// from running.
constexpr uint64_t kLastChance = 50 * ke::kTicksPerMillisecond;
constexpr unsigned kNothing = ~0u;

bool repeatable(const Irp& irp) {
    auto& device = static_cast<DriverDevice&>(irp.device());
    if (device.repeat_safe() || device.controls().names(irp)) return true;
    switch (irp.major) {
        case Major::Create:
        case Major::Read:
        case Major::QueryInformation:
        case Major::QueryVolumeInformation:
        case Major::DirectoryControl:
        case Major::FlushBuffers:
            return true;
        default:
            return false;
    }
}

}  // namespace

void DriverHost::process_ended(NTSTATUS status) {
    if (state_ != State::Starting && state_ != State::Running) return;
    Ref<DriverHost> keep(*this);
    watchdog_.cancel();
    activity_.end();
    // Only what its start itself asked for is at hand then, and the next start will ask anew.
    bool was_starting = state_ == State::Starting;
    state_ = State::Stopped;
    log.info("driver host {} ended with {s}, {} requests at hand", process_->id(), status, leased_);
    // Its address space is being torn down: windows in it need no closing.
    Ref<ps::Process> process = std::move(process_);
    process->quota().release(kept_);
    HostDeath death;
    death.status = status;
    death.own_fault = deserved_ || !process->ended_from_outside();
    death.image = process->fault_image();
    process->attach_driver_host(nullptr);
    // Newest first, each to the front: the queue ends up in the order in which they were lent.
    unsigned slots[WDM_SLOTS];
    for (unsigned slot : newest_first(slots))
        recall(slot, death, was_starting);
    ring_.reset();
    requests_.reset();
    interrupts_.reset();
    owner_.host_ended(death);
    closed_.signal();
}

std::span<unsigned> DriverHost::newest_first(std::span<unsigned, WDM_SLOTS> slots) const {
    size_t count = 0;
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot)
        if (leases_[slot].used()) slots[count++] = slot;
    std::span<unsigned> used = slots.first(count);
    std::sort(used.begin(), used.end(),
              [this](unsigned a, unsigned b) { return leases_[a].id > leases_[b].id; });
    return used;
}

void DriverHost::recall(unsigned slot, HostDeath& death, bool was_starting) {
    Lease& lease = leases_[slot];
    bool taken = ring_->taken(lease.submission);
    // Only what a dispatch routine was busy with is suspected, or what kept the host from coming up; any
    // other request that was pending has done nothing.
    bool busy = lease.overdue || DriverRing::state(ring_->slot(slot)) == WDM_STATE_DISPATCHING;
    bool suspect = death.own_fault && taken && busy;
    lease.overdue = false;
    Ref<Irp> irp = std::move(lease.irp);
    Ref<ControlRequest> control = std::move(lease.control);
    give_back(slot);
    if (control) {
        control->taken = taken;
        return control->done.signal(STATUS_DRIVER_PROCESS_TERMINATED);
    }
    if (suspect) {
        ++irp->deaths;
        ++death.suspects;
    }
    if (irp->ends_file()) return irp->complete(STATUS_SUCCESS);
    if (irp->cancel_requested()) return irp->complete(STATUS_CANCELLED);
    if (was_starting || irp->deaths >= kMostDeaths || (taken && !repeatable(*irp)))
        return irp->complete(STATUS_DRIVER_PROCESS_TERMINATED);
    log.info("request {x} of {} is issued again", static_cast<unsigned>(irp->major), irp->device().name());
    waiting_.push_front(*irp.leak());
}

void DriverHost::fail_host(HostFault fault) {
    deserved_ = true;
    owner_.host_failed(fault);
}

Result<uint64_t> DriverHost::patience_ends(unsigned slot, uint64_t now) {
    Lease& lease = leases_[slot];
    if (!lease.used()) return UINT64_MAX;
    uint64_t patience = watchdog_ms_ * ke::kTicksPerMillisecond;
    // DriverEntry and AddDevice may try hardware that does not answer; but they end.
    if (lease.control) return lease.since + patience * kControlPatience;
    uint32_t state = DriverRing::state(ring_->slot(slot));
    // What is asked of a host that starts, the whole system waits for.
    if (state == WDM_STATE_PENDING && state_ == State::Starting)
        return lease.since + patience * kControlPatience;
    if (state == WDM_STATE_PENDING) return UINT64_MAX;
    if (state > WDM_STATE_COMPLETED) return fail(STATUS_INVALID_PARAMETER);
    if (state != WDM_STATE_COMPLETED) return lease.since + patience;
    // It is put into the ring at once, unless the thread that does it cannot run, or has no mind to.
    if (lease.completed_since == 0) lease.completed_since = now;
    return lease.completed_since + patience;
}

void DriverHost::look_for_hang() {
    uint64_t now = ke::interrupt_time();
    uint64_t next = now + watchdog_ms_ * ke::kTicksPerMillisecond;
    unsigned overdue = kNothing;
    closed_.signal();
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot) {
        auto due = patience_ends(slot, now);
        if (!due) {
            log.warning("process {}: slot {} is in no state", process_->id(), slot);
            return fail_host(HostFault::Protocol);
        }
        if (*due <= now) overdue = slot;
        if (*due < next) next = *due;
    }
    if (overdue == kNothing) {
        raise(false);
    } else if (raised_) {
        return end_hung(overdue, now);
    } else {
        raise(true);
        next = now + kLastChance;
    }
    watchdog_.schedule(next);
}

void DriverHost::end_hung(unsigned slot, uint64_t now) {
    log.warning("process {}: slot {} is at hand for {} ms", process_->id(), slot,
                (now - leases_[slot].since) / ke::kTicksPerMillisecond);
    if (leases_[slot].control) leases_[slot].control->overdue = true;
    leases_[slot].overdue = state_ == State::Starting;
    fail_host(HostFault::Hang);
}

void DriverHost::runs_endlessly(const DriverActivity::Endless& found) {
    log.warning("process {}: the {} at {p} runs for {} ms", process_->id(), found.kind, found.routine,
                found.milliseconds);
    fail_host(HostFault::Hang);
}

void DriverHost::raise(bool raised) {
    if (raised_ == raised) return;
    raised_ = raised;
    process_->raise(raised);
}

}  // namespace io
