// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/irp.hpp"

#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "base/kept_blocks.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/byte_locks.hpp"
#include "executive/io/driver_state.hpp"
#include "executive/io/file.hpp"

namespace io {

namespace {

constinit base::KeptBlocks<1> kept;

}  // namespace

void* Irp::operator new(size_t size, const std::nothrow_t& no_exception) noexcept {
    void* memory = kept.take(0);
    return memory ? memory : ::operator new(size, no_exception);
}

void Irp::operator delete(void* memory) noexcept {
    if (!kept.keep(memory, 0)) [[unlikely]]
        ::operator delete(memory);
}

Result<Ref<Irp>> Irp::create(Major major, File& file, ke::Thread* issuer) {
    if (!issuer) return make_ref<Irp>(major, file);
    ke::Quota& quota = issuer->client().quota();
    TRY(quota.charge(sizeof(Irp)));
    auto irp = make_ref<Irp>(major, file, *issuer);
    if (!irp) [[unlikely]]
        quota.release(sizeof(Irp));
    return irp;
}

Result<Ref<Irp>> Irp::create(Major major, Device& device) {
    Ref<Irp> irp = TRY(make_ref<Irp>(major));
    irp->device_ = Ref<Device>(device);
    return irp;
}

Irp::Irp(Major irp_major) : PendingEntry(false), Lease(false), major(irp_major) {}
Irp::Irp(Major irp_major, File& file)
    : PendingEntry(false),
      Lease(false),
      major(irp_major),
      file_number(file.number()),
      device_(file.device()),
      file_(file) {}
Irp::Irp(Major irp_major, File& file, ke::Thread& issuer)
    : PendingEntry(false),
      Lease(false),
      major(irp_major),
      file_number(file.number()),
      device_(file.device()),
      file_(file),
      client_object_(issuer.client().process_object()),
      client_(&issuer.client()),
      charged_(sizeof(Irp)),
      subject_(Subject::of(issuer)) {}

Irp::~Irp() {
    if (client_) client_->quota().release(charged_);
    for (IrpBuffer* buffer : {&input, &output})
        if (buffer->pages) buffer->pages->end_charge();
}

Result<void> Irp::set_name(String text) {
    size_t bytes = text.length() * sizeof(char16_t);
    TRY(client_->quota().charge(bytes));
    charged_ += bytes;
    name = std::move(text);
    return {};
}

Result<void> Irp::set_data(Vector<uint8_t> bytes) {
    // Of a long one a driver is shown a copy in pages.
    size_t copied = bytes.size() > kShort ? align_up(bytes.size(), mm::kPageSize) : 0;
    TRY(client_->quota().charge(bytes.size() + copied));
    charged_ += bytes.size() + copied;
    data = std::move(bytes);
    return {};
}

void Irp::set_file(File& file) {
    file_ = Ref<File>(file);
    file_number = file.number();
}

// Whose process has ended meanwhile is nobody, and not the Executive.
const se::Token* Irp::checked_as() const {
    bool forced = opens_file() && (stack_flags & kForceAccessCheck);
    if (subject_.numbers.Mode == 0 && !forced) return nullptr;
    return subject_.token ? subject_.token.get() : &se::anonymous_token();
}

std::u16string_view Irp::text() const {
    return opens_file() && file_ ? file_->name_to_open() : name.view();
}

Result<void> Irp::read_input(size_t at, std::span<uint8_t> into) const {
    ASSERT(range_fits(at, into.size(), input.length));
    if (!reachable()) return fail(STATUS_CANCELLED);
    if (input.place == IrpBuffer::Place::Client)
        return client_->memory().copy_in(into.data(), input.address + at, into.size());
    if (!into.empty()) memcpy(into.data(), input.data + at, into.size());
    return {};
}

Result<void> Irp::write_output(size_t at, std::span<const uint8_t> data) const {
    ASSERT(range_fits(at, data.size(), output.length));
    if (!reachable()) return fail(STATUS_CANCELLED);
    if (output.place == IrpBuffer::Place::Client)
        return client_->memory().copy_out(output.address + at, data.data(), data.size());
    if (!data.empty()) memcpy(output.data + at, data.data(), data.size());
    return {};
}

void Irp::start() {
    if (file_) file_->pending().push_back(*this);
    device_->start(*this);
}

unsigned Irp::wake_increment() const {
    return std::max<unsigned>(boost, device_->wake_increment());
}

void Irp::complete(NTSTATUS status, uint64_t information) {
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} done: {s}, {} bytes", static_cast<unsigned>(major), device_->name(),
                  status, information);
    ASSERT(!is_done());
    static_cast<ListLink<PendingTag>&>(*this).unlink();
    static_cast<ListLink<ke::ThreadBoundTag>&>(*this).unlink();
    status_ = status;
    information_ = information;
    if (issuer_) issuer_->note_boost(wake_increment());
    if (opens_file() && file_) file_->opened_by(nullptr, 0);
    // Nobody will ever use the file that the driver has just opened.
    if (abandoned_ && opens_file() && NT_SUCCESS(status)) {
        file_->set_opened();
        file_->last_handle_closed();
    }
    // Both at once, for most are neither.
    if (notified_ | awaited_) [[unlikely]] {
        if (notified_) {
            if (client_ && reachable()) client_->count_io(counts_as(), NT_SUCCESS(status) ? information : 0);
            notice_.deliver(reachable() ? client_ : nullptr, *file_, status, information,
                            Notice::When::Later);
        }
        say_pending();
    }
    done_.signal(status);
}

void Irp::request_cancel() {
    if (cancel_requested_ || is_done()) return;
    Ref<Irp> keep(*this);
    cancel_requested_ = true;
    if (log.tracing()) [[unlikely]]
        log.trace("request {x} of {} is to be cancelled", static_cast<unsigned>(major), device_->name());
    device_->cancel(*this);
}

void Irp::go_on_without(ke::Thread& thread) {
    notified_ = true;
    issuer_ = &thread;
    thread.bind(*this);
}

void Irp::thread_ended(ke::Thread&) {
    issuer_ = nullptr;
    request_cancel();
}

void Irp::abandon() {
    abandoned_ = true;
    request_cancel();
}

NTSTATUS RequestWait::await_resume() {
    NTSTATUS status = EventWait::await_resume();
    if (irp_.is_done()) {
        issuer_.note_boost(irp_.wake_increment());
        return irp_.status();
    }
    if (status == STATUS_THREAD_IS_TERMINATING) irp_.abandon();
    return status;
}

}  // namespace io
