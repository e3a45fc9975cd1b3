// SPDX-License-Identifier: GPL-3.0-only
//
// What becomes of requests when their driver dies or hangs.
#include "executive/hal/log.hpp"
#include "executive/io/driver_host.hpp"
#include "executive/io/file.hpp"

namespace io {

namespace {

// A request that was at hand in this many deaths is taken to be their cause.
constexpr unsigned kMostDeaths = 2;
// DriverEntry and AddDevice may try hardware that does not answer.
constexpr uint64_t kControlPatience = 4;

constexpr NTSTATUS kEndedFromOutside[] = {STATUS_SUCCESS, STATUS_PROCESS_IS_TERMINATING,
                                          STATUS_CONTROL_C_EXIT};

bool ended_by_itself(NTSTATUS status) {
    for (NTSTATUS outside : kEndedFromOutside)
        if (status == outside) return false;
    return NT_ERROR(status);
}

}  // namespace

void DriverHost::process_ended(NTSTATUS status) {
    if (state_ != State::Starting && state_ != State::Running) return;
    Ref<DriverHost> keep(*this);
    watchdog_.cancel();
    activity_.end();
    state_ = State::Stopped;
    own_fault_ |= ended_by_itself(status);
    log.info("driver host {} ended with {s}, {} requests at hand", process_->id(), status, leased_);
    // Its address space is being torn down: windows in it need no closing.
    Ref<ps::Process> process = std::move(process_);
    // Newest first, each to the front: the queue ends up in the order in which they were lent.
    for (uint32_t left = leased_; left > 0; --left) {
        unsigned newest = WDM_SLOTS;
        for (unsigned slot = 0; slot < WDM_SLOTS; ++slot)
            if (leases_[slot].used() && (newest == WDM_SLOTS || leases_[slot].id > leases_[newest].id))
                newest = slot;
        recall(newest, own_fault_);
    }
    ring_.reset();
    requests_.reset();
    interrupts_.reset();
    owner_.host_ended(status, own_fault_);
}

void DriverHost::recall(unsigned slot, bool own_fault) {
    Lease& lease = leases_[slot];
    bool untouched = !ring_->taken(lease.submission);
    // Only what a dispatch routine was busy with is suspected; a request that was pending has done nothing.
    bool suspect = own_fault && !untouched && DriverRing::state(ring_->slot(slot)) == WDM_STATE_DISPATCHING;
    Ref<Irp> irp = std::move(lease.irp);
    Ref<ControlRequest> control = std::move(lease.control);
    give_back(slot);
    if (control) return control->done.signal(STATUS_DRIVER_PROCESS_TERMINATED);
    if (suspect) ++irp->deaths;
    bool closing = irp->major == Major::Cleanup || irp->major == Major::Close;
    if (closing) return irp->complete(STATUS_SUCCESS);
    if (irp->cancel_requested()) return irp->complete(STATUS_CANCELLED);
    if (irp->deaths >= kMostDeaths || !(untouched || repeatable(*irp)))
        return irp->complete(STATUS_DRIVER_PROCESS_TERMINATED);
    log.info("request {x} of {} is issued again", static_cast<unsigned>(irp->major), irp->device().name());
    waiting_.push_front(*irp.leak());
}

bool DriverHost::repeatable(const Irp& irp) const {
    if (repeat_safe_) return true;
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

void DriverHost::runs_endlessly(const DriverActivity::Endless& found) {
    own_fault_ = true;
    log.warning("process {}: the {} at {p} runs for {} ms", process_->id(), found.kind, found.routine,
                found.milliseconds);
    owner_.host_failed(HostFault::Hang);
}

void DriverHost::look_for_hang() {
    uint64_t now = ke::interrupt_time();
    uint64_t patience = watchdog_ms_ * ke::kTicksPerMillisecond;
    uint64_t next = UINT64_MAX;
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot) {
        const Lease& lease = leases_[slot];
        if (!lease.used() || DriverRing::state(ring_->slot(slot)) >= WDM_STATE_PENDING) continue;
        uint64_t due = lease.since + (lease.control ? patience * kControlPatience : patience);
        if (due <= now) {
            own_fault_ = true;
            log.warning("process {}: slot {} is at hand for {} ms", process_->id(), slot,
                        (now - lease.since) / ke::kTicksPerMillisecond);
            return owner_.host_failed(HostFault::Hang);
        }
        if (due < next) next = due;
    }
    if (next != UINT64_MAX) watchdog_.schedule(next);
}

}  // namespace io
