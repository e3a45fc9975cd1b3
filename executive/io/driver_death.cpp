// SPDX-License-Identifier: GPL-3.0-only
//
// What becomes of requests when their driver dies or hangs.
#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/file.hpp"

namespace io {

namespace {

// How long a host that seems to hang runs before everybody else, until it is ended: perhaps it was only kept
// from running.
constexpr uint64_t kLastChance = 50 * ke::kTicksPerMillisecond;
// Leases that come back in one turn.
constexpr unsigned kRecallsPerSlice = 4;

bool repeatable(const Irp& irp) {
    auto& device = static_cast<DriverDevice&>(irp.device());
    if (device.repeat_safe() || device.controls().names(irp)) return true;
    switch (irp.major) {
        case Major::Create:
        case Major::CreateNamedPipe:
        case Major::CreateMailslot:
        case Major::AcquireForFlush:
        case Major::AcquireForModWrite:
        case Major::AcquireForSection:
        case Major::Read:
        case Major::QueryInformation:
        case Major::QueryEa:
        case Major::QuerySecurity:
        case Major::QueryQuota:
        case Major::QueryVolumeInformation:
        case Major::DirectoryControl:
        case Major::FlushBuffers:
            return true;
        default:
            return false;
    }
}

// What a request answers that the dead host had and no other can be given.
NTSTATUS status_of_lost(const Irp& irp) {
    NTSTATUS end = static_cast<DriverDevice&>(irp.device()).controls().files_end;
    bool of_file = !irp.opens_file() && end != STATUS_SUCCESS;
    return of_file ? end : STATUS_DRIVER_PROCESS_TERMINATED;
}

}  // namespace

void HostChannel::process_ended(NTSTATUS status) {
    if (state_ != State::Starting && state_ != State::Running) return;
    Ref<HostChannel> keep(*this);
    watchdog_.cancel();
    activity_.end();
    // Only what its start itself asked for is at hand then, and the next start will ask anew.
    bool was_starting = state_ == State::Starting;
    state_ = State::Ending;
    log.info("driver host {} ended with {s}, {} requests at hand", process_->id(), status, leased_);
    process_->quota().release(kept_);
    death_ = {};
    death_.status = status;
    death_.own_fault = deserved_ || !process_->ended_from_outside();
    death_.image = process_->fault_image();
    process_->attach_supervisor(nullptr);
    recall_.begin(was_starting);
}

void HostChannel::Recall::begin(bool was_starting) {
    keep_ = Ref<HostChannel>(host_);
    was_starting_ = was_starting;
    run();
}

// Newest first, each to the front: what waits ends up in the order in which it was lent.
void HostChannel::Recall::run() {
    for (unsigned left = kRecallsPerSlice; Lease* newest = host_.leases_.last(); --left) {
        if (left == 0) return Loop::instance().post(*this);
        if (!host_.take_last_completion()) host_.recall(*newest);
    }
    Ref<HostChannel> last = std::move(keep_);
    last->all_recalled();
}

// What it had completed before it died is done, though it may not have said so: it must not be done twice.
// False: there is no more, or none that makes sense.
bool HostChannel::take_last_completion() {
    const WDM_COMPLETION* completion = deserved_ ? nullptr : ring_->next_completion();
    return completion && take_completion(*completion);
}

void HostChannel::all_recalled() {
    state_ = State::Stopped;
    // Its address space is being torn down: windows in it needed no closing.
    Ref<ps::Process> process = std::move(process_);
    ring_.reset();
    requests_.reset();
    interrupts_.reset();
    owner_.host_ended(death_);
    closed_.signal();
}

void HostChannel::recall(Lease& lease) {
    bool taken = !ring_->untaken(lease.entry, lease.id);
    // Only what a dispatch routine was busy with is suspected, or what kept the host from coming up; any
    // other request that was pending has done nothing.
    bool suspect = death_.own_fault && taken && (lease.overdue || ring_->dispatches(lease.id));
    give_back(lease);
    lease.overdue = lease.is_control && lease.overdue;
    if (lease.is_control) {
        auto control = Ref<ControlRequest>::adopt(&static_cast<ControlRequest&>(lease));
        control->taken = taken;
        return control->done.signal(STATUS_DRIVER_PROCESS_TERMINATED);
    }
    auto irp = Ref<Irp>::adopt(&static_cast<Irp&>(lease));
    if (suspect) {
        ++irp->deaths;
        ++death_.suspects;
    }
    if (irp->ends_file() || irp->releases()) return irp->complete(STATUS_SUCCESS);
    if (irp->cancel_requested()) return irp->complete(STATUS_CANCELLED);
    if (recall_.was_starting() || irp->deaths >= kMostDeaths || (taken && !repeatable(*irp)))
        return irp->complete(status_of_lost(*irp));
    log.info("request {x} of {} is issued again", static_cast<unsigned>(irp->major), irp->device().name());
    Class its_class = class_of(*irp);
    waiting(its_class).push_front(*irp.leak());
    ++waiting_count_;
}

void HostChannel::fail_host(HostFault fault) {
    deserved_ = true;
    owner_.host_failed(fault);
}

// What has not been taken in time, is still with its dispatch routine, or had to be done by now whatever the
// host says of it.
Lease* HostChannel::overdue(uint64_t now, uint64_t& next) {
    uint64_t patience = watchdog_ms_ * ke::kTicksPerMillisecond;
    Lease* found = nullptr;
    auto look = [&](Lease* lease, uint64_t longest) {
        if (!lease) return;
        uint64_t due = lease->since + longest;
        if (due <= now) found = lease;
        if (due < next) next = due;
    };
    auto look_at = [&](uint64_t id) {
        Lease* lease = id != 0 ? leases_.find(id) : nullptr;
        // DriverEntry and AddDevice may try hardware that does not answer; but they end.
        if (lease && !lease->is_control) look(lease, patience);
    };
    for (ControlRequest& control : controls_)
        look(&control, patience * kControlPatience);
    // What is asked of a host that starts, one thing at a time, the whole system waits for.
    if (state_ == State::Starting)
        for (Lease* lease = leases_.first(); lease; lease = leases_.next(*lease))
            look(lease, patience * kControlPatience);
    for (unsigned line = 0; line < WDM_LINES; ++line)
        look_at(ring_->dispatching(line));
    look_at(ring_->untaken(0));
    return found;
}

void HostChannel::look_for_hang() {
    uint64_t now = ke::interrupt_time();
    uint64_t next = now + watchdog_ms_ * ke::kTicksPerMillisecond;
    closed_.signal();
    Lease* late = overdue(now, next);
    if (spoilt()) return;
    if (!late) {
        raise(false);
    } else if (raised_) {
        return end_hung(*late, now);
    } else {
        raise(true);
        next = now + kLastChance;
    }
    watchdog_.schedule(next);
}

void HostChannel::end_hung(Lease& lease, uint64_t now) {
    log.warning("process {}: request {} is at hand for {} ms", process_->id(), lease.id,
                (now - lease.since) / ke::kTicksPerMillisecond);
    lease.overdue = lease.is_control || state_ == State::Starting;
    fail_host(HostFault::Hang);
}

void HostChannel::runs_endlessly(const DriverActivity::Endless& found) {
    log.warning("process {}: the {} at {p} runs for {} ms", process_->id(), found.kind, found.routine,
                found.milliseconds);
    fail_host(HostFault::Hang);
}

void HostChannel::raise(bool raised) {
    if (raised_ == raised) return;
    raised_ = raised;
    process_->raise(raised);
}

}  // namespace io
