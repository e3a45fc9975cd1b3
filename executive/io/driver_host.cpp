// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_host.hpp"

#include <algorithm>
#include <bit>

#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/file.hpp"

namespace io {

static_assert(WDM_SLOTS == 64, "a word of bits, one for each slot");

namespace {

// Of completions, of requests that are lent, or that fail, so that much at once does not hold up all others;
// each window that is opened or closed counts for one more.
constexpr unsigned kRequestsPerSlice = 4;

}  // namespace

Result<Ref<DriverHost>> DriverHost::create(Owner& owner) {
    return make_ref<DriverHost>(owner);
}

DriverHost::DriverHost(Owner& owner) : owner_(owner) {}

DriverHost::~DriverHost() {
    ASSERT(waiting_.empty());
}

Result<void> DriverHost::attach(ps::Process& process, Own<DriverRing> ring) {
    ASSERT(state_ == State::Stopped);
    if (!bell_) {
        Own<Bell> bell = TRY(make_own<Bell>(*this));
        TRY(bell->open());
        bell_ = std::move(bell);
    }
    Own<ke::Notification> requests = TRY(ke::Notification::create());
    Own<ke::Notification> interrupts = TRY(ke::Notification::create());
    TRY(process.quota().charge(kept_));
    attach_.Ring = TRY(process.space().map_frames(ring->frames(), PAGE_READWRITE));
    attach_.RequestCptr = TRY(process.grant_capability(requests->capability()));
    attach_.CompletionCptr = TRY(process.grant_capability(bell_->capability()));
    attach_.InterruptCptr = TRY(process.grant_capability(interrupts->capability()));
    attach_.WatchdogMilliseconds = watchdog_ms_;
    ring_ = std::move(ring);
    requests_ = std::move(requests);
    interrupts_ = std::move(interrupts);
    process_ = Ref<ps::Process>(process);
    raised_ = deserved_ = false;
    watchdog_.schedule(ke::interrupt_time() + watchdog_ms_ * ke::kTicksPerMillisecond);
    for (DriverDevice& device : devices_)
        device.unbind();
    process.attach_driver_host(this);
    activity_.begin(*ring_, watchdog_ms_ * ke::kTicksPerMillisecond);
    state_ = State::Starting;
    ++epoch_;
    log.info("driver host is process {}, ring at {p}", process.id(), attach_.Ring);
    return {};
}

Result<void> DriverHost::keep(size_t bytes) {
    if (process_) TRY(process_->quota().charge(bytes));
    kept_ += bytes;
    return {};
}

void DriverHost::release_kept(size_t bytes) {
    kept_ -= bytes;
    if (process_) process_->quota().release(bytes);
}

Result<uint32_t> DriverHost::free_device_index() {
    bool used[WDM_DEVICES] = {};
    for (DriverDevice& device : devices_)
        used[device.index()] = true;
    for (uint32_t index = 1; index < WDM_DEVICES; ++index)
        if (!used[index]) return index;
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

bool DriverHost::closing(uint32_t driver) {
    auto concerns = [driver](const Irp& irp) {
        return irp.ends_file() && static_cast<DriverDevice&>(irp.device()).driver() == driver;
    };
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot) {
        const Lease& lease = leases_[slot];
        if (!lease.irp || !concerns(*lease.irp)) continue;
        if (DriverRing::state(ring_->slot(slot)) != WDM_STATE_PENDING) return true;
    }
    for (Irp& irp : waiting_)
        if (concerns(irp)) return true;
    return false;
}

void DriverHost::open() {
    if (state_ != State::Starting) return;
    state_ = State::Running;
    ++epoch_;
    Loop::instance().post(*bell_);
}

void DriverHost::close(NTSTATUS status) {
    state_ = State::Closed;
    closed_status_ = status;
    bell_.reset();
    refusal_.begin();
}

void DriverHost::reopen() {
    if (state_ == State::Closed) state_ = State::Stopped;
}

void DriverHost::Refusal::begin() {
    if (host_.waiting_.empty()) return;
    keep_ = Ref<DriverHost>(host_);
    Loop::instance().post(*this);
}

void DriverHost::Refusal::run() {
    for (unsigned left = kRequestsPerSlice; left > 0; --left) {
        // Reopened: those that are left have another chance.
        Irp* irp = host_.state_ == State::Closed ? host_.waiting_.pop_front() : nullptr;
        if (!irp) {
            Ref<DriverHost> last = std::move(keep_);
            return;
        }
        Ref<Irp>::adopt(irp)->complete(host_.closed_status_);
    }
    Loop::instance().post(*this);
}

std::optional<unsigned> DriverHost::free_slot(bool control) const {
    uint64_t usable = control ? ~uint64_t{0} : ~uint64_t{0} >> kControlSlots;
    uint64_t free = ~used_slots_ & usable;
    if (free == 0) return {};
    return static_cast<unsigned>(std::countr_zero(free));
}

void DriverHost::submit(Irp& irp) {
    irp.epoch = epoch_;
    if (accepts() && waiting_.empty()) [[likely]] {
        if (auto slot = free_slot(false)) {
            auto lent = lend(irp, *slot);
            return lent ? ring_host() : irp.complete(lent.error());
        }
    }
    if (state_ == State::Closed) return irp.complete(closed_status_);
    irp.add_ref();
    waiting_.push_back(irp);
}

void DriverHost::submit_now(Irp& irp) {
    if (!ring_ || process_->terminating()) return irp.complete(STATUS_DRIVER_PROCESS_TERMINATED);
    auto slot = free_slot(true);
    auto lent = slot ? lend(irp, *slot) : Result<void>(fail(STATUS_INSUFFICIENT_RESOURCES));
    if (!lent) return irp.complete(lent.error());
    ring_host();
}

uint32_t DriverHost::waiting() {
    uint32_t count = 0;
    for (Irp& irp : waiting_) {
        (void)irp;
        ++count;
    }
    return count;
}

bool DriverHost::pump() {
    bool lent = false, more = false;
    for (unsigned left = kRequestsPerSlice; !waiting_.empty(); --left) {
        more = left <= window_work_;
        auto slot = free_slot(false);
        if (more || !slot) break;
        Ref<Irp> irp = Ref<Irp>::adopt(waiting_.pop_front());
        auto result = !irp->reachable() ? Result<void>(fail(STATUS_CANCELLED)) : lend(*irp, *slot);
        lent |= static_cast<bool>(result);
        if (!result) irp->complete(result.error());
    }
    if (lent) ring_host();
    return more;
}

void DriverHost::ring_host() {
    if (ring_->host_waits()) requests_->signal();
}

Result<void> DriverHost::lend(Irp& irp, unsigned slot) {
    auto& device = static_cast<DriverDevice&>(irp.device());
    uint32_t target = TRY(device.index_in_host());
    if (device.lost_state() && state_ == State::Running) [[unlikely]]
        TRY(device.admit(irp));
    Lease& lease = leases_[slot];
    WDM_REQUEST& request = begin(slot, WDM_REQUEST_IRP, target);
    request.MajorFunction = static_cast<UCHAR>(irp.major);
    request.MinorFunction = irp.minor;
    request.StackFlags = irp.stack_flags;
    request.RequestorMode = irp.from_client();
    request.RequestorProcess = irp.from_client() ? static_cast<ps::Process&>(irp.client()).id() : 0;
    request.File = irp.file_number;
    static_assert(sizeof request.Parameters.Create >= sizeof irp.parameters);
    request.Parameters.Create.NameLength = 0;
    __builtin_memcpy(&request.Parameters, &irp.parameters, sizeof irp.parameters);
    Result<void> filled;
    if (irp.major == Major::Create) filled = fill_name(irp, slot);
    if (filled) filled = fill_buffers(irp, lease, slot);
    if (!filled) {
        close_windows(lease);
        return filled;
    }
    lease.irp = Ref<Irp>(irp);
    if (irp.is_control() && irp.from_client()) note_control(irp, lease, slot);
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} lent to process {}, slot {}", static_cast<unsigned>(irp.major),
                  irp.device().name(), process_->id(), slot);
    hand_over(slot);
    return {};
}

// The host has not seen the slot yet.
void DriverHost::note_control(Irp& irp, Lease& lease, unsigned slot) {
    lease.control_kind = static_cast<DriverDevice&>(irp.device()).controls().kind_of(irp);
    if (lease.control_kind == ControlKind::None || lease.control_kind == ControlKind::Unknown) return;
    size_t length = std::min<size_t>(irp.input.length, WDM_INLINE_SIZE);
    lease.record = ControlRecord::create(irp, {ring_->slot(slot).Inline, length});
}

WDM_REQUEST& DriverHost::begin(unsigned slot, uint32_t kind, uint32_t target) {
    WDM_REQUEST& request = ring_->slot(slot);
    request.Id = last_id_ + 1;
    request.Kind = kind;
    request.Target = target;
    request.InputAddress = request.OutputAddress = 0;
    request.InputLength = request.OutputLength = 0;
    request.CancelId = 0;
    request.State = WDM_STATE_SUBMITTED;
    request.Status = STATUS_PENDING;
    request.Information = request.Written = 0;
    return request;
}

void DriverHost::hand_over(unsigned slot) {
    Lease& lease = leases_[slot];
    lease.id = ++last_id_;
    lease.since = ke::interrupt_time();
    lease.completed_since = 0;
    lease.submission = ring_->submissions();
    used_slots_ |= uint64_t{1} << slot;
    ++leased_;
    ring_->submit(slot);
}

Result<void> DriverHost::submit(ControlRequest& control) {
    if (!ring_ || process_->terminating()) return fail(STATUS_DRIVER_PROCESS_TERMINATED);
    auto slot = free_slot(true);
    if (!slot) return fail(STATUS_INSUFFICIENT_RESOURCES);
    WDM_REQUEST& request = begin(*slot, control.kind, control.target);
    request.MajorFunction = request.MinorFunction = request.StackFlags = request.RequestorMode = 0;
    request.RequestorProcess = 0;
    request.File = 0;
    request.InputAddress = DriverRing::host_address(attach_.Ring, *slot, offsetof(WDM_REQUEST, Inline));
    request.InputLength = static_cast<ULONG>(control.data_length);
    __builtin_memcpy(request.Inline, control.data, control.data_length);
    leases_[*slot].control = Ref<ControlRequest>(control);
    hand_over(*slot);
    ring_host();
    return {};
}

void DriverHost::cancel(Irp& irp) {
    if (static_cast<ListLink<QueueTag>&>(irp).linked()) {
        waiting_.remove(irp);
        Ref<Irp>::adopt(&irp)->complete(STATUS_CANCELLED);
        return;
    }
    for (unsigned slot = 0; slot < WDM_SLOTS; ++slot) {
        if (leases_[slot].irp.get() != &irp) continue;
        ring_->cancel(slot, leases_[slot].id);
        return ring_host();
    }
}

bool DriverHost::received() {
    Ref<DriverHost> keep(*this);
    window_work_ = 0;
    for (unsigned left = kRequestsPerSlice; left > window_work_; --left) {
        if (!ring_ || deserved_) return false;  // a host that is to be ended has no say any more
        auto slot = ring_->next_completion();
        if (!slot) {
            log.warning("process {}: its ring is spoilt", process_->id());
            fail_host(HostFault::Protocol);
            return false;
        }
        if (!*slot) {
            return !waiting_.empty() && accepts() && pump();
        }
        if (!completed(**slot)) {
            log.warning("process {}: completed something that it had not been lent", process_->id());
            fail_host(HostFault::Protocol);
            return false;
        }
    }
    return true;
}

bool DriverHost::completed(unsigned slot) {
    Lease& lease = leases_[slot];
    WDM_REQUEST& request = ring_->slot(slot);
    // No race makes an honest host fail here: a slot is its own from submission until it completes it itself,
    // once, whatever was cancelled meanwhile.
    bool genuine = lease.used() && __atomic_load_n(&request.Id, __ATOMIC_RELAXED) == lease.id &&
                   DriverRing::state(request) == WDM_STATE_COMPLETED;
    if (!genuine) return false;
    NTSTATUS status = __atomic_load_n(&request.Status, __ATOMIC_RELAXED);
    uint64_t information = __atomic_load_n(&request.Information, __ATOMIC_RELAXED);
    // Neither is a driver's to say: it is done, and it has not died.
    if (status == STATUS_PENDING || status == STATUS_DRIVER_PROCESS_TERMINATED) status = STATUS_UNSUCCESSFUL;
    if (lease.control) {
        Ref<ControlRequest> control = std::move(lease.control);
        give_back(slot);
        control->done.signal(status);
        return true;
    }
    Ref<Irp> irp = std::move(lease.irp);
    if (lease.control_kind != ControlKind::None && !NT_ERROR(status))
        static_cast<DriverDevice&>(irp->device())
            .state_set(*irp, lease.control_kind, std::move(lease.record));
    if (irp->output.length > 0) status = take_output(*irp, lease, slot, status, information);
    bool bounded = irp->major == Major::Read || irp->major == Major::Write;
    size_t length = irp->major == Major::Read ? irp->output.length : irp->input.length;
    if (bounded && information > length) information = length;
    give_back(slot);
    irp->complete(status, information);
    if (irp->ends_file()) closed_.signal();
    return true;
}

void DriverHost::give_back(unsigned slot) {
    Lease& lease = leases_[slot];
    if (lease.input.base | lease.output.base) [[unlikely]]
        close_windows(lease);
    lease.irp.reset();
    lease.control.reset();
    if (lease.control_kind != ControlKind::None) {
        lease.control_kind = ControlKind::None;
        lease.record.reset();
    }
    lease.id = 0;
    used_slots_ &= ~(uint64_t{1} << slot);
    --leased_;
}

}  // namespace io
