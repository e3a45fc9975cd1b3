// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/driver_device.hpp"

namespace io {

namespace {

// The requests that end a file, made when it is opened, so that a file can always be closed.
class DriverFile final : public FileContext {
public:
    Ref<Irp> cleanup;
    Ref<Irp> close;
};

}  // namespace

DriverDevice::~DriverDevice() {
    static_cast<ListLink<HostDeviceTag>&>(*this).unlink();
}

void DriverDevice::retire() {
    Ref<DriverDevice> keep(*this);
    retired_ = true;
    make_temporary();
}

void DriverDevice::start(Irp& irp) {
    File* file = irp.file();
    if (irp.major == Major::Create && !file->context) return open(irp, *file);
    if (retired_ && !irp.ends_file()) [[unlikely]]
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
    (*close)->file_number = file.number();
    (*context)->cleanup = std::move(*cleanup);
    (*context)->close = std::move(*close);
    file.context = std::move(*context);
    files_.push_back(file);
    host_->submit(irp);
}

void DriverDevice::cleanup(File& file) {
    auto* context = static_cast<DriverFile*>(file.context.get());
    if (!context || !context->cleanup) return;
    files_.remove(file);
    // The file lives until the driver has cleaned it up; its end then sends the close.
    Ref<Irp> irp = std::move(context->cleanup);
    irp->set_file(file);
    irp->start();
}

void DriverDevice::closed(File& file) {
    auto* context = static_cast<DriverFile*>(file.context.get());
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
    return irp;
}

Task<NTSTATUS> DriverDevice::open_files_again() {
    uint64_t last = 0;
    for (;;) {
        // Files come and go while one is being opened: the next is the one with the next number.
        Ref<File> next;
        for (File& file : files_)
            if (file.opened() && file.number() > last && (!next || file.number() < next->number()))
                next = Ref<File>(file);
        if (!next) co_return STATUS_SUCCESS;
        last = next->number();
        Ref<Irp> irp = CO_TRY(create_again(*next));
        host_->submit_now(*irp);
        NTSTATUS status = co_await irp->done();
        if (host_->state() != DriverHost::State::Starting) co_return STATUS_DRIVER_PROCESS_TERMINATED;
        if (status == STATUS_DRIVER_PROCESS_TERMINATED) co_return status;
    }
}

}  // namespace io
