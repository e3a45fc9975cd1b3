// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/condrv/console.hpp"

#include <algorithm>

#include "base/bits.hpp"

namespace io::condrv {

namespace {

constexpr size_t kPart = 512;  // bytes that are copied at a time

// From one request's input to another's output, which may be of two processes.
Result<void> copy(Irp& from, size_t at, Irp& to, size_t into, size_t count) {
    uint8_t part[kPart];
    for (size_t done = 0; done < count;) {
        size_t length = std::min(kPart, count - done);
        TRY(from.read_input(at + done, {part, length}));
        TRY(to.write_output(into + done, {part, length}));
        done += length;
    }
    return {};
}

template <typename T>
Result<T> read_head(Irp& irp) {
    T head;
    if (irp.input.length < sizeof head) return fail(STATUS_BUFFER_TOO_SMALL);
    TRY(irp.read_input(0, {reinterpret_cast<uint8_t*>(&head), sizeof head}));
    return head;
}

template <typename T>
Result<void> write_head(Irp& irp, const T& head) {
    if (irp.output.length < sizeof head) return fail(STATUS_BUFFER_TOO_SMALL);
    return irp.write_output(0, {reinterpret_cast<const uint8_t*>(&head), sizeof head});
}

uint32_t message_kind(const Irp& irp) {
    switch (irp.major) {
        case Major::Create:
            return CONDRV_MESSAGE_OPEN;
        case Major::Read:
            return CONDRV_MESSAGE_READ;
        case Major::Write:
            return CONDRV_MESSAGE_WRITE;
        default:
            return irp.parameters.control.code == CONDRV_BIND_PID ? CONDRV_MESSAGE_OPEN
                                                                  : CONDRV_MESSAGE_CONTROL;
    }
}

// Somebody types for it: whoever reads goes on as one who reads the keyboard itself (IO_KEYBOARD_INCREMENT).
bool is_typed_for(const Irp& irp) {
    if (irp.major == Major::Read) return true;
    if (irp.major != Major::DeviceControl) return false;
    switch (irp.parameters.control.code) {
        case CONDRV_READ_CONSOLE:
        case CONDRV_READ_FILE:
        case CONDRV_READ_INPUT:
        case CONDRV_READ_CONSOLE_CONTROL:
            return true;
        default:
            return false;
    }
}
constexpr uint8_t kKeyboardIncrement = 6;

// What the host says of a request, as far as it can be true.
uint64_t plausible(const Irp& irp, uint64_t information) {
    return std::min<uint64_t>(information, std::max(irp.input.length, irp.output.length));
}

}  // namespace

Endpoint::~Endpoint() {
    if (quota_) quota_->release(sizeof(Endpoint));
}

Result<void> Endpoint::charge(ke::Quota& quota, Ref<ob::Object> owner) {
    TRY(quota.charge(sizeof(Endpoint)));
    quota_ = &quota;
    owner_ = std::move(owner);
    return {};
}

void Console::request(Irp& irp, Endpoint& endpoint) {
    if (gone_) return irp.complete(STATUS_PIPE_DISCONNECTED);
    if (message_kind(irp) == CONDRV_MESSAGE_OPEN) {
        auto charged = endpoint.charge(host_->quota(), host_object_);
        if (!charged) return irp.complete(charged.error());
    }
    if (is_typed_for(irp)) irp.boost = kKeyboardIncrement;
    irp.add_ref();
    waiting_.push_back(irp);
    tell();
}

void Console::cancel(Irp& irp) {
    if (host_wait_.get() == &irp) return end_host_wait(STATUS_CANCELLED);
    if (irp.lent()) {
        cancels_.push_back(irp);
        return tell();
    }
    if (static_cast<ListLink<QueueTag>&>(irp).linked()) end(irp, STATUS_CANCELLED);
}

void Console::closed(Endpoint& endpoint) {
    if (gone_ || !endpoint.known_to_host()) return;
    endpoint.add_ref();
    gone_endpoints_.push_back(endpoint);
    tell();
}

void Console::end(Irp& irp, NTSTATUS status, uint64_t information) {
    if (irp.lent()) {
        handed_.remove(irp);
        static_cast<ListLink<CancelTag>&>(irp).unlink();
        irp.id = 0;
    }
    static_cast<ListLink<QueueTag>&>(irp).unlink();
    Ref<Irp>::adopt(&irp)->complete(status, information);
}

void Console::end_host_wait(NTSTATUS status, uint64_t information) {
    Ref<Irp> irp = std::move(host_wait_);
    irp->complete(status, information);
}

Irp* Console::handed(uint64_t id) {
    Lease* lease = id ? handed_.find(id) : nullptr;
    return lease ? static_cast<Irp*>(lease) : nullptr;
}

Result<void> Console::answer(Irp& irp) {
    if (irp.input.length == 0) return {};
    auto head = TRY(read_head<CONDRV_ANSWER>(irp));
    Irp* request = handed(head.Id);
    if (!request) return {};
    size_t length = irp.input.length - sizeof head;
    if (length > CONDRV_MOST_DATA || length > request->output.length) return fail(STATUS_INVALID_PARAMETER);
    NTSTATUS status = head.Status == STATUS_PENDING ? STATUS_UNSUCCESSFUL : head.Status;
    auto copied = copy(irp, sizeof head, *request, 0, length);
    if (!copied) status = copied.error();
    if (message_kind(*request) == CONDRV_MESSAGE_OPEN && NT_SUCCESS(status))
        endpoint_of(*request).set_known();
    end(*request, status, plausible(*request, head.Information));
    return {};
}

void Console::next(Irp& irp) {
    if (gone_) return irp.complete(STATUS_PIPE_DISCONNECTED);
    if (host_wait_) return irp.complete(STATUS_DEVICE_BUSY);
    if (irp.output.length < sizeof(CONDRV_MESSAGE)) return irp.complete(STATUS_BUFFER_TOO_SMALL);
    auto answered = answer(irp);
    if (!answered) return irp.complete(answered.error());
    // Its clients wait for it, whoever computes meanwhile.
    irp.boost = kKeyboardIncrement;
    host_wait_ = Ref<Irp>(irp);
    tell();
}

void Console::read_part(Irp& irp) {
    auto part = read_head<CONDRV_PART>(irp);
    if (!part) return irp.complete(part.error());
    Irp* request = handed(part->Id);
    if (!request) return irp.complete(STATUS_NOT_FOUND);
    if (part->Offset > request->input.length) return irp.complete(STATUS_INVALID_PARAMETER);
    size_t length =
        std::min<size_t>({request->input.length - part->Offset, irp.output.length, CONDRV_MOST_DATA});
    NTSTATUS status = to_status(copy(*request, part->Offset, irp, 0, length));
    irp.complete(status, NT_SUCCESS(status) ? length : 0);
}

void Console::write_part(Irp& irp) {
    auto part = read_head<CONDRV_PART>(irp);
    if (!part) return irp.complete(part.error());
    Irp* request = handed(part->Id);
    if (!request) return irp.complete(STATUS_NOT_FOUND);
    size_t length = irp.input.length - sizeof(CONDRV_PART);
    if (length > CONDRV_MOST_DATA || !range_fits(part->Offset, length, request->output.length))
        return irp.complete(STATUS_INVALID_PARAMETER);
    irp.complete(to_status(copy(irp, sizeof(CONDRV_PART), *request, part->Offset, length)));
}

void Console::set_ready(bool ready) {
    if (!ready)
        ready_.clear();
    else if (!ready_.is_set())
        ready_.set();
}

// REQUIRES: host_wait_.
Result<void> Console::tell_of(Endpoint& endpoint) {
    CONDRV_MESSAGE message{};
    message.Kind = CONDRV_MESSAGE_CLOSE;
    message.File = endpoint.file;
    message.FileKind = static_cast<uint32_t>(endpoint.kind);
    message.Process = endpoint.process;
    return write_head(*host_wait_, message);
}

// REQUIRES: host_wait_. An error is the client's.
Result<void> Console::hand_over(Irp& request) {
    Endpoint& endpoint = endpoint_of(request);
    CONDRV_MESSAGE message{};
    message.Id = ++last_id_;
    message.File = endpoint.file;
    message.Kind = message_kind(request);
    message.FileKind = static_cast<uint32_t>(endpoint.kind);
    message.Process = request.subject().numbers.Process;
    if (message.Kind == CONDRV_MESSAGE_CONTROL) message.Code = request.parameters.control.code;
    message.InputLength = static_cast<ULONG>(request.input.length);
    message.OutputLength = static_cast<ULONG>(request.output.length);
    size_t room = host_wait_->output.length - sizeof message;
    size_t length = std::min<size_t>({request.input.length, room, CONDRV_MOST_DATA});
    TRY(copy(request, 0, *host_wait_, sizeof message, length));
    TRY(write_head(*host_wait_, message));
    request.id = message.Id;
    static_cast<ListLink<QueueTag>&>(request).unlink();
    handed_.insert(request);
    end_host_wait(STATUS_SUCCESS, sizeof message + length);
    return {};
}

// True when the host need not be told of anything more now.
bool Console::tell_one() {
    if (!host_wait_) return true;
    if (Lease* lease = cancels_.front()) {
        CONDRV_MESSAGE message{};
        message.Id = lease->id;
        message.Kind = CONDRV_MESSAGE_CANCEL;
        cancels_.remove(*lease);
        end_host_wait(to_status(write_head(*host_wait_, message)), sizeof message);
        return true;
    }
    if (Endpoint* endpoint = gone_endpoints_.front()) {
        gone_endpoints_.remove(*endpoint);
        Ref<Endpoint> told = Ref<Endpoint>::adopt(endpoint);
        end_host_wait(to_status(tell_of(*told)), sizeof(CONDRV_MESSAGE));
        return true;
    }
    Irp* request = waiting_.front();
    if (!request) return true;
    auto handed = hand_over(*request);
    if (handed) return true;
    end(*request, handed.error());
    return false;
}

void Console::tell() {
    Ref<Console> keep(*this);
    if (!tell_one() && !ke::PacedWork::linked()) ke::Pacer::instance().add(*this);
}

void Console::host_gone() {
    if (gone_) return;
    Ref<Console> keep(*this);
    gone_ = true;
    if (host_wait_) end_host_wait(STATUS_PIPE_DISCONNECTED);
    ready_.set();
    if (!ke::PacedWork::linked() && !slice()) ke::Pacer::instance().add(*this);
}

bool Console::slice() {
    Ref<Console> keep(*this);
    ke::Slice slice;
    if (!gone_) {
        while (!tell_one())
            if (slice.over()) return false;
        return true;
    }
    while (Endpoint* endpoint = gone_endpoints_.pop_front()) {
        (void)Ref<Endpoint>::adopt(endpoint);
        if (slice.over()) return false;
    }
    while (Irp* irp = waiting_.front()) {
        end(*irp, STATUS_PIPE_DISCONNECTED);
        if (slice.over()) return false;
    }
    while (Lease* lease = handed_.first()) {
        end(static_cast<Irp&>(*lease), STATUS_PIPE_DISCONNECTED);
        if (slice.over()) return false;
    }
    return true;
}

}  // namespace io::condrv
