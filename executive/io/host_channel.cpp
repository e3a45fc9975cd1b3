// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/host_channel.hpp"

#include <algorithm>

#include "executive/hal/log.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/io/file.hpp"

namespace io {

namespace {

// Of completions, of requests that are lent, or that fail, so that much at once does not hold up all others;
// each window that is opened or closed counts for one more.
constexpr unsigned kRequestsPerSlice = 4;
constexpr unsigned kCancelsPerSlice = WDM_CANCELS;

// IRP_PAGING_IO and IRP_NOCACHE, as wdm.h has them.
constexpr uint32_t kPagingFlags = 0x2 | 0x1;

}  // namespace

Result<Ref<HostChannel>> HostChannel::create(Owner& owner) {
    return make_ref<HostChannel>(owner);
}

HostChannel::HostChannel(Owner& owner) : owner_(owner) {}

HostChannel::~HostChannel() {
    ASSERT(waiting_count_ == 0 && leases_.empty());
}

Result<void> HostChannel::attach(ps::Process& process, Own<DriverRing> ring) {
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
    attach_.Depth = ring->depth();
    ring_ = std::move(ring);
    requests_ = std::move(requests);
    interrupts_ = std::move(interrupts);
    process_ = Ref<ps::Process>(process);
    if (!most_shown_) most_shown_ = process.quota().limit() / kShownShare / mm::kPageSize;
    raised_ = deserved_ = false;
    watchdog_.schedule(ke::interrupt_time() + watchdog_ms_ * ke::kTicksPerMillisecond);
    for (DriverDevice& device : devices_)
        device.unbind();
    process.attach_supervisor(this);
    activity_.begin(*ring_, watchdog_ms_ * ke::kTicksPerMillisecond);
    state_ = State::Starting;
    ++epoch_;
    log.info("driver host is process {}, ring at {p}", process.id(), attach_.Ring);
    return {};
}

Result<void> HostChannel::keep(size_t bytes) {
    if (process_) TRY(process_->quota().charge(bytes));
    kept_ += bytes;
    return {};
}

void HostChannel::release_kept(size_t bytes) {
    kept_ -= bytes;
    if (process_) process_->quota().release(bytes);
}

Result<uint32_t> HostChannel::free_device_index() {
    bool used[WDM_DEVICES] = {};
    for (DriverDevice& device : devices_)
        used[device.index()] = true;
    for (uint32_t index = 1; index < WDM_DEVICES; ++index)
        if (!used[index]) return index;
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

Irp* HostChannel::lent(uint64_t id) {
    Lease* lease = id != 0 ? leases_.find(id) : nullptr;
    return lease && !lease->is_control ? static_cast<Irp*>(lease) : nullptr;
}

bool HostChannel::closing(uint32_t driver) {
    auto concerns = [this, driver](uint64_t id) {
        Lease* lease = id != 0 ? leases_.find(id) : nullptr;
        if (!lease || lease->is_control) return false;
        auto& irp = static_cast<Irp&>(*lease);
        return irp.ends_file() && static_cast<DriverDevice&>(irp.device()).driver() == driver;
    };
    for (DriverDevice& device : devices_)
        if (device.driver() == driver && device.waiting_ends > 0) return true;
    if (!ring_) return false;
    for (unsigned line = 0; line < WDM_LINES; ++line)
        if (concerns(ring_->dispatching(line))) return true;
    uint64_t id = 0;
    for (uint32_t ahead = 0; (id = ring_->untaken(ahead)) != 0; ++ahead)
        if (concerns(id)) return true;
    return false;
}

void HostChannel::open() {
    if (state_ != State::Starting) return;
    state_ = State::Running;
    ++epoch_;
    Loop::instance().post(*bell_);
}

void HostChannel::close(NTSTATUS status) {
    state_ = State::Closed;
    closed_status_ = status;
    bell_.reset();
    refusal_.begin();
}

void HostChannel::reopen() {
    if (state_ == State::Closed) state_ = State::Stopped;
}

void HostChannel::Refusal::begin() {
    if (host_.waiting_count_ == 0) return;
    keep_ = Ref<HostChannel>(host_);
    Loop::instance().post(*this);
}

void HostChannel::Refusal::run() {
    for (unsigned left = kRequestsPerSlice; left > 0; --left) {
        // Reopened: those that are left have another chance.
        if (host_.state_ != State::Closed || host_.waiting_count_ == 0) {
            Ref<HostChannel> last = std::move(keep_);
            return;
        }
        size_t among = 0;
        while (host_.waiting_[among].empty())
            ++among;
        host_.take(*host_.waiting_[among].front())->complete(host_.closed_status_);
    }
    Loop::instance().post(*this);
}

// The end of a file comes after what was asked of it before.
HostChannel::Class HostChannel::class_of(const Irp& irp) {
    if (irp.is_call()) return Class::Call;
    if (irp.paging_io) return Class::Paging;
    if (irp.opens_file() || irp.major == Major::Close) return Class::OpenAndClose;
    if (irp.major != Major::Cleanup) return Class::Ordinary;
    bool may_pass = waiting(Class::Ordinary).empty();
    return may_pass ? Class::OpenAndClose : Class::Ordinary;
}

void HostChannel::wait(Irp& irp, Class among) {
    irp.add_ref();
    waiting(among).push_back(irp);
    ++waiting_count_;
    if (irp.ends_file()) ++static_cast<DriverDevice&>(irp.device()).waiting_ends;
}

Ref<Irp> HostChannel::take(Irp& irp) {
    static_cast<ListLink<QueueTag>&>(irp).unlink();
    --waiting_count_;
    if (irp.ends_file()) --static_cast<DriverDevice&>(irp.device()).waiting_ends;
    return Ref<Irp>::adopt(&irp);
}

List<Irp, QueueTag>* HostChannel::lendable() {
    for (Class of : {Class::Call, Class::Paging, Class::OpenAndClose, Class::Ordinary})
        if (!waiting(of).empty() && has_room(of)) return &waiting(of);
    return nullptr;
}

void HostChannel::submit(Irp& irp) {
    irp.epoch = epoch_;
    Class its_class = Class::Ordinary;
    bool at_once = accepts() && waiting_count_ == 0 && has_room(its_class);
    if (!at_once) [[unlikely]] {
        if (state_ == State::Closed) return irp.complete(closed_status_);
        its_class = class_of(irp);
        at_once = accepts() && waiting(its_class).empty() && has_room(its_class);
    }
    if (at_once) [[likely]] {
        auto lent = lend(irp);
        return lent ? ring_host() : irp.complete(lent.error());
    }
    irp.say_pending();
    wait(irp, its_class);
    if (!accepts()) return;
    ring_->wait_for_room();
    if (lendable()) Loop::instance().post(*bell_);
}

void HostChannel::submit_now(Irp& irp) {
    if (!ring_ || process_->terminating()) return irp.complete(STATUS_DRIVER_PROCESS_TERMINATED);
    auto lent = ring_->room() > 0 ? lend(irp) : Result<void>(fail(STATUS_INSUFFICIENT_RESOURCES));
    if (!lent) return irp.complete(lent.error());
    ring_host();
}

bool HostChannel::pump() {
    bool lent = false, more = false;
    for (unsigned left = kRequestsPerSlice; List<Irp, QueueTag>* from = lendable(); --left) {
        more = left <= window_work_;
        if (more) break;
        Ref<Irp> irp = take(*from->front());
        auto result = !irp->reachable() ? Result<void>(fail(STATUS_CANCELLED)) : lend(*irp);
        lent |= static_cast<bool>(result);
        if (!result) irp->complete(result.error());
    }
    if (waiting_count_ > 0 && !more) {
        ring_->wait_for_room();
        more = lendable() != nullptr;
    }
    if (lent) ring_host();
    return more;
}

void HostChannel::ring_host() {
    if (ring_->host_waits()) requests_->signal();
}

Result<void> HostChannel::lend(Irp& irp) {
    auto& device = static_cast<DriverDevice&>(irp.device());
    uint32_t target = TRY(device.index_in_host());
    // What a process had acquired ended with it.
    if (irp.releases() && irp.parameters.call.epoch != epoch_) return fail(STATUS_DRIVER_PROCESS_TERMINATED);
    if (device.lost_state() && state_ == State::Running) [[unlikely]]
        TRY(device.admit(irp));
    WDM_REQUEST& request = begin(irp.is_call() ? WDM_REQUEST_CALL : WDM_REQUEST_IRP, target);
    request.MajorFunction = static_cast<UCHAR>(irp.major);
    request.MinorFunction = irp.minor;
    request.StackFlags = irp.stack_flags;
    request.IrpFlags = irp.paging_io ? kPagingFlags : 0;
    request.Subject = irp.subject().numbers;
    request.File = irp.file_number;
    static_assert(sizeof request.Parameters >= sizeof irp.parameters);
    static_assert(sizeof irp.parameters > offsetof(WDM_REQUEST, Parameters.Create.NameLength) -
                                              offsetof(WDM_REQUEST, Parameters));  // 0 without a name
    __builtin_memcpy(&request.Parameters, &irp.parameters, sizeof irp.parameters);
    Result<void> filled;
    if (irp.opens_file() || irp.major == Major::DirectoryControl) filled = fill_name(irp, request);
    if (filled) filled = fill_buffers(irp, request);
    if (!filled) {
        if (irp.at_host.windows) close_windows(irp.at_host);
        return filled;
    }
    if (irp.is_control() && irp.from_client()) note_control(irp, request);
    if (irp.awaited()) begin_awaiting(irp, request);
    // A lock is state of its file that no later process can be given.
    if (irp.major == Major::LockControl && irp.minor == kMinorLock)
        irp.at_host.control_kind = ControlKind::Unknown;
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} lent to process {}, number {}", static_cast<unsigned>(irp.major),
                  irp.device().name(), process_->id(), last_id_ + 1);
    irp.add_ref();
    hand_over(irp);
    return {};
}

// The host has not seen the request yet.
void HostChannel::note_control(Irp& irp, const WDM_REQUEST& request) {
    DataLease& lease = irp.at_host;
    lease.control_kind = static_cast<DriverDevice&>(irp.device()).controls().kind_of(irp);
    if (lease.control_kind == ControlKind::None || lease.control_kind == ControlKind::Unknown) return;
    size_t length = std::min<size_t>(irp.input.length, WDM_INLINE_SIZE);
    lease.record = ControlRecord::create(irp, {request.Inline, length});
}

WDM_REQUEST& HostChannel::begin(uint32_t kind, uint32_t target) {
    WDM_REQUEST& request = ring_->next_request();
    request.Id = last_id_ + 1;
    request.Kind = kind;
    request.Target = target;
    request.CancelId = 0;
    request.Awaited = 0;
    request.InputAddress = request.OutputAddress = 0;
    request.InputLength = request.OutputLength = 0;
    request.PageNumbers = 0;
    return request;
}

void HostChannel::hand_over(Lease& lease) {
    lease.id = ++last_id_;
    lease.since = ke::interrupt_time();
    lease.entry = ring_->next_entry();
    leases_.insert(lease);
    ++leased_;
    ring_->submit(lease.id);
}

Result<void> HostChannel::submit(ControlRequest& control) {
    if (!ring_ || process_->terminating()) return fail(STATUS_DRIVER_PROCESS_TERMINATED);
    if (ring_->room() == 0) return fail(STATUS_INSUFFICIENT_RESOURCES);
    WDM_REQUEST& request = begin(control.kind, control.target);
    request.MajorFunction = request.MinorFunction = request.StackFlags = 0;
    request.Subject = {};
    request.File = 0;
    request.InputLength = static_cast<ULONG>(control.data_length);
    __builtin_memcpy(request.Inline, control.data, control.data_length);
    control.add_ref();
    hand_over(control);
    controls_.push_back(control);
    ring_host();
    return {};
}

void HostChannel::cancel(Irp& irp) {
    if (static_cast<ListLink<QueueTag>&>(irp).linked()) {
        take(irp)->complete(STATUS_CANCELLED);
        return;
    }
    if (!irp.lent() || !ring_) return;
    cancels_.push_back(irp);
    cancel_some();
}

// What finds no room waits; the host says when it has taken some.
void HostChannel::cancel_some() {
    bool told = false;
    for (unsigned left = kCancelsPerSlice; Lease* lease = cancels_.front(); --left) {
        if (left == 0 || !ring_->cancel(lease->entry, lease->id)) {
            ring_->wait_for_room();
            break;
        }
        cancels_.remove(*lease);
        told = true;
    }
    if (told) ring_host();
}

// One that is lent when it had to wait for that is known to go on.
void HostChannel::begin_awaiting(Irp& irp, WDM_REQUEST& request) {
    if (irp.answer().happened()) return;
    if (answer_time_ == 0 || awaited_count_ == kMostAwaited) return irp.say_pending();
    request.Awaited = 1;
    awaited_.push_back(irp);
    ++awaited_count_;
    if (!answer_limit_.scheduled()) answer_limit_.schedule(ke::interrupt_time() + answer_time_);
}

// What the host has taken and is in no dispatch routine pends, unless it has ended.
void HostChannel::look_for_answers() {
    for (Irp* irp = awaited_.front(); irp;) {
        Irp& looked_at = *irp;
        irp = awaited_.next(looked_at);
        if (!ring_->untaken(looked_at.entry, looked_at.id) && !ring_->dispatches(looked_at.id))
            answered(looked_at);
    }
}

void HostChannel::answered(Irp& irp) {
    auto& link = static_cast<ListLink<AwaitedTag>&>(irp);
    if (!link.linked()) return;
    link.unlink();
    --awaited_count_;
    irp.say_pending();
}

void HostChannel::end_awaiting() {
    uint64_t now = ke::interrupt_time();
    while (Irp* oldest = awaited_.front()) {
        if (oldest->since + answer_time_ > now) return answer_limit_.schedule(oldest->since + answer_time_);
        answered(*oldest);
    }
}

bool HostChannel::spoilt() {
    if (!ring_->spoilt()) return false;
    log.warning("process {}: its ring is spoilt", process_->id());
    fail_host(HostFault::Protocol);
    return true;
}

bool HostChannel::received() {
    Ref<HostChannel> keep(*this);
    window_work_ = 0;
    for (unsigned left = kRequestsPerSlice; left > window_work_; --left) {
        if (!ring_ || deserved_) return false;  // a host that is to be ended has no say any more
        const WDM_COMPLETION* completion = ring_->next_completion();
        if (!completion) {
            if (!cancels_.empty()) cancel_some();
            if (!awaited_.empty()) look_for_answers();
            bool more = waiting_count_ > 0 && accepts() && pump();
            return !spoilt() && more;
        }
        if (!take_completion(*completion)) {
            log.warning("process {}: completed something that it had not been lent", process_->id());
            fail_host(HostFault::Protocol);
            return false;
        }
    }
    return true;
}

bool HostChannel::take_completion(const WDM_COMPLETION& completion) {
    // No race makes an honest host fail here: a request is its own from when it was submitted until it
    // completes it itself, once, whatever was cancelled meanwhile.
    uint64_t id = __atomic_load_n(&completion.Id, __ATOMIC_RELAXED);
    Lease* lease = id != 0 ? leases_.find(id) : nullptr;
    if (!lease) return false;
    NTSTATUS status = __atomic_load_n(&completion.Status, __ATOMIC_RELAXED);
    // Neither is a driver's to say: it is done, and it has not died.
    if (status == STATUS_PENDING || status == STATUS_DRIVER_PROCESS_TERMINATED) status = STATUS_UNSUCCESSFUL;
    if (!lease->is_control) {
        take_completion(static_cast<Irp&>(*lease), completion, status);
        return true;
    }
    auto control = Ref<ControlRequest>::adopt(&static_cast<ControlRequest&>(*lease));
    pop_completion();
    give_back(*control);
    control->done.signal(status);
    return true;
}

void HostChannel::take_completion(Irp& lent, const WDM_COMPLETION& completion, NTSTATUS status) {
    auto irp = Ref<Irp>::adopt(&lent);
    uint64_t information = __atomic_load_n(&completion.Information, __ATOMIC_RELAXED);
    DataLease& lease = irp->at_host;
    if (lease.control_kind != ControlKind::None && !NT_ERROR(status))
        static_cast<DriverDevice&>(irp->device())
            .state_set(*irp, lease.control_kind, std::move(lease.record));
    if (irp->output.length > 0) status = take_output(*irp, completion, status, information);
    if (irp->is_call()) irp->parameters.call.epoch = epoch_;
    bool bounded = irp->major == Major::Read || irp->major == Major::Write;
    size_t length = irp->major == Major::Read ? irp->output.length : irp->input.length;
    if (bounded && information > length) information = length;
    pop_completion();
    give_back(*irp);
    irp->complete(status, information);
    if (irp->ends_file()) closed_.signal();
}

void HostChannel::pop_completion() {
    if (ring_->pop()) [[unlikely]]
        requests_->signal();
}

// The reference that was held for it is the caller's now.
void HostChannel::give_back(Lease& lease) {
    leases_.remove(lease);
    static_cast<ListLink<CancelTag>&>(lease).unlink();
    lease.id = 0;
    --leased_;
    if (lease.is_control) return controls_.remove(static_cast<ControlRequest&>(lease));
    auto& irp = static_cast<Irp&>(lease);
    if (irp.awaited()) answered(irp);
    DataLease& data = irp.at_host;
    if (data.windows) [[unlikely]]
        close_windows(data);
    if (data.control_kind != ControlKind::None) {
        data.control_kind = ControlKind::None;
        data.record.reset();
    }
}

}  // namespace io
