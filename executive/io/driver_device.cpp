// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_device.hpp"

#include "executive/ke/in_slices.hpp"

namespace io {

namespace {

class DriverFile final : public FileContext {
public:
    // The requests that end a file, made when it is opened, so that a file can always be closed.
    Ref<Irp> cleanup;
    Ref<Irp> close;
    // Who opened it. What the Executive asks for this file by itself, its end and what a restart takes, it
    // asks in his name, as far as the driver's decisions go: it must not take him for somebody greater.
    Subject opener;
    // What has to be sent again to the next process.
    ControlRecords state;
    // It has state that cannot be sent again.
    bool unknown = false;
    // The process that it was opened at is gone, and it with it.
    bool ended = false;
    // Nobody has been told yet that state was lost.
    bool lost = false;
    // Requests that came before this epoch were sent by who did not know it.
    uint32_t lost_before = 0;
    // The process at which it was last opened, or will be without being asked for.
    uint32_t epoch = 0;

    bool closed() const { return !cleanup; }
    void lose(uint32_t running_epoch) {
        lost = true;
        lost_before = running_epoch;
    }
};

DriverFile* context_of(File& file) {
    return static_cast<DriverFile*>(file.context.get());
}

[[clang::no_destroy]] constinit const DriverControls kNoControls{};

}  // namespace

const DriverControls& DriverDevice::controls() const {
    return controls_ ? *controls_ : kNoControls;
}

DriverDevice::~DriverDevice() {
    static_cast<ListLink<HostDeviceTag>&>(*this).unlink();
    if (keeps_) host_->release_kept(ControlRecords::kMostBytes);
}

void DriverDevice::retire() {
    Ref<DriverDevice> keep(*this);
    retired_ = true;
    state_.cut(0);
    make_temporary();
}

void DriverDevice::start(Irp& irp) {
    File* file = irp.file();
    if (irp.opens_file() && !file->context) return open(irp, *file);
    if (retired_ && !irp.ends_file() && !irp.releases()) [[unlikely]]
        return irp.complete(STATUS_DELETE_PENDING);
    host_->submit(irp);
}

void DriverDevice::open(Irp& irp, File& file) {
    if (retired_ || refuses_opens_) return irp.complete(STATUS_NO_SUCH_DEVICE);
    if (exclusive_ && !files_.empty()) return irp.complete(STATUS_ACCESS_DENIED);
    auto context = make_own<DriverFile>();
    if (!context) return irp.complete(context.error());
    auto cleanup = Irp::create(Major::Cleanup, *this);
    auto close = Irp::create(Major::Close, *this);
    if (!cleanup || !close) return irp.complete(STATUS_INSUFFICIENT_RESOURCES);
    Subject& opener = (*context)->opener;
    opener = irp.subject();
    opener.numbers.Mode = 0;
    (*close)->file_number = file.number();
    (*close)->set_subject(opener);
    (*cleanup)->set_subject(opener);
    (*context)->cleanup = std::move(*cleanup);
    (*context)->close = std::move(*close);
    (*context)->epoch = host_->epoch();
    size_t kept = file.options().kept + (opener.token ? opener.token->charge() : 0);
    file.count_kept(kept + (controls().file_state.empty() ? 0 : ControlRecords::kMostBytes));
    file.context = std::move(*context);
    files_.push_back(file);
    host_->submit(irp);
}

Result<DriverDevice::Opener> DriverDevice::opener_of(uint64_t number) {
    ke::Slice slice;
    for (File& file : files_) {
        if (file.number() == number) return Opener{context_of(file)->opener, file.options().level};
        if (slice.over()) return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    return fail(STATUS_INVALID_PARAMETER);
}

void DriverDevice::cleanup(File& file) {
    DriverFile* context = context_of(file);
    if (!context || context->closed()) return;
    files_.remove(file);
    context->state.cut(0);
    // The file lives until the driver has cleaned it up; its end then sends the close.
    Ref<Irp> irp = std::move(context->cleanup);
    irp->set_file(file);
    irp->start();
}

void DriverDevice::closed(File& file) {
    DriverFile* context = context_of(file);
    if (!context) return;
    Ref<Irp> irp = std::move(context->close);
    irp->start();
}

Result<Ref<Irp>> DriverDevice::create_again(File& file) {
    Ref<Irp> irp = TRY(Irp::create(Major::Create, file, nullptr));
    irp->parameters.create.desired_access = file.options().access;
    irp->parameters.create.options = FILE_OPEN << 24 | file.options().options;
    irp->parameters.create.attributes = static_cast<uint16_t>(file.options().attributes);
    irp->parameters.create.share_access = static_cast<uint16_t>(file.options().share);
    if (DriverFile* context = context_of(file)) irp->set_subject(context->opener);
    return irp;
}

// Files come and go while one is being opened: those that this process has seen are behind the others.
Result<bool> DriverDevice::next_to_open(Ref<File>& next) {
    ke::Slice slice;
    uint32_t epoch = host_->epoch();
    while (File* file = files_.front()) {
        DriverFile& context = *context_of(*file);
        if (context.epoch == epoch) return true;
        context.epoch = epoch;
        files_.remove(*file);
        files_.push_back(*file);
        if (file->opened()) {
            next = Ref<File>(*file);
            return true;
        }
        if (slice.over()) return false;
    }
    return true;
}

Task<NTSTATUS> DriverDevice::open_files_again() {
    for (;;) {
        Ref<File> next;
        // What opened the file before, or served the device before, may have been all of a turn.
        co_await ke::in_slices(
            ke::Pacer::kSystemPriority, [this, &next] { return next_to_open(next); }, ke::FirstSlice::Paced);
        if (host_->state() != HostChannel::State::Starting) co_return STATUS_DRIVER_PROCESS_TERMINATED;
        if (!next) break;
        NTSTATUS status = co_await open_again(std::move(next));
        if (status == STATUS_DRIVER_PROCESS_TERMINATED) co_return status;
    }
    if (state_epoch_ != host_->epoch() && state_.size() > 0) {
        NTSTATUS status = co_await set_device_state_alone();
        if (status == STATUS_DRIVER_PROCESS_TERMINATED) co_return status;
    }
    state_lost_ = false;
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> DriverDevice::ask(Ref<Irp> irp) {
    host_->submit_now(*irp);
    NTSTATUS status = co_await irp->done();
    bool died = host_->state() != HostChannel::State::Starting;
    co_return died ? STATUS_DRIVER_PROCESS_TERMINATED : status;
}

Task<NTSTATUS> DriverDevice::open_again(Ref<File> file) {
    if (controls().files_end != STATUS_SUCCESS) {
        context_of(*file)->ended = lost_state_ = true;
        co_return STATUS_SUCCESS;
    }
    Ref<Irp> irp = CO_TRY(create_again(*file));
    NTSTATUS status = co_await ask(std::move(irp));
    if (NT_ERROR(status)) co_return status;
    status = co_await set_device_state_again(file);
    DriverFile& context = *context_of(*file);
    if (status == STATUS_DRIVER_PROCESS_TERMINATED || context.closed()) co_return status;
    uint32_t running = host_->epoch() + 1;
    if (std::exchange(context.unknown, false) || context.lost || state_lost_) context.lose(running);
    size_t known = context.state.size();
    status = co_await send_again(file, context.state);
    if (!context.closed() && context.state.size() < known) context.lose(running);
    lost_state_ |= context.lost;
    co_return status;
}

Task<NTSTATUS> DriverDevice::set_device_state_again(Ref<File> file) {
    if (std::exchange(state_epoch_, host_->epoch()) == host_->epoch()) co_return STATUS_SUCCESS;
    size_t known = state_.size();
    NTSTATUS status = co_await send_again(std::move(file), state_);
    state_lost_ |= state_.size() < known;
    co_return status;
}

// No file of it is open: there is nobody to tell if it fails.
Task<NTSTATUS> DriverDevice::set_device_state_alone() {
    OpenOptions options;
    options.access = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
    options.share = FILE_SHARE_VALID_FLAGS;
    options.options = FILE_SYNCHRONOUS_IO_NONALERT;
    Ref<File> file = CO_TRY(make_ref<File>(Ref<Device>(*this), String(), options));
    Ref<Irp> create = CO_TRY(create_again(*file));
    Ref<Irp> cleanup = CO_TRY(Irp::create(Major::Cleanup, *file, nullptr));
    Ref<Irp> close = CO_TRY(Irp::create(Major::Close, *this));
    close->file_number = file->number();
    NTSTATUS status = co_await ask(create);
    if (state_.size() == 0) co_return status;
    if (NT_ERROR(status)) {
        state_[0].deaths += create->deaths;
        bool died = status == STATUS_DRIVER_PROCESS_TERMINATED;
        if (!died || state_[0].deaths >= HostChannel::kMostDeaths) state_.cut(0);
        co_return status;
    }
    status = co_await set_device_state_again(file);
    if (status != STATUS_DRIVER_PROCESS_TERMINATED) status = co_await ask(std::move(cleanup));
    if (status != STATUS_DRIVER_PROCESS_TERMINATED) status = co_await ask(std::move(close));
    co_return status;
}

// In order, up to the first that fails: without it, what follows may mean something else. It is forgotten
// with that. The records of a file go when it is closed, in the midst of this too.
Task<NTSTATUS> DriverDevice::send_again(Ref<File> file, ControlRecords& records) {
    uint8_t output[WDM_INLINE_SIZE];
    for (size_t i = 0; i < records.size(); ++i) {
        auto irp = records[i].request_again(*file, output);
        if (DriverFile* context = irp ? context_of(*file) : nullptr) (*irp)->set_subject(context->opener);
        NTSTATUS status = irp ? co_await ask(*irp) : irp.error();
        if (i >= records.size()) co_return status;
        if (irp) records[i].deaths += (*irp)->deaths;
        if (!NT_ERROR(status)) continue;
        bool died = status == STATUS_DRIVER_PROCESS_TERMINATED;
        if (died && records[i].deaths < HostChannel::kMostDeaths) co_return status;
        records.cut(i);
        co_return status;
    }
    co_return STATUS_SUCCESS;
}

void DriverDevice::state_set(Irp& irp, ControlKind kind, Own<ControlRecord> record) {
    DriverFile& context = *context_of(*irp.file());
    bool of_device = kind == ControlKind::DeviceState;
    if (retired_ || (context.closed() && !of_device)) return;
    ControlRecords& records = of_device ? state_ : context.state;
    if (record && (!of_device || keep_room()) && records.add(std::move(record))) return;
    records.forget(ControlName(irp));
    context.unknown = true;
}

// For the state of the device: true when there is.
bool DriverDevice::keep_room() {
    if (!keeps_) keeps_ = static_cast<bool>(host_->keep(ControlRecords::kMostBytes));
    return keeps_;
}

Result<void> DriverDevice::admit(const Irp& irp) {
    if (irp.ends_file() || irp.is_call() || !irp.file()) return {};
    DriverFile& context = *context_of(*irp.file());
    if (context.ended) return fail(controls().files_end);
    if (!context.lost && irp.epoch >= context.lost_before) [[likely]]
        return {};
    context.lost = false;
    return fail(STATUS_REINITIALIZATION_NEEDED);
}

}  // namespace io
