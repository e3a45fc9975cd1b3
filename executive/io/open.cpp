// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/open.hpp"

#include "executive/hal/log.hpp"
#include "executive/io/device_security.hpp"
#include "executive/io/pinning.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/se/assign.hpp"
#include "executive/se/capture.hpp"

namespace io {

namespace {

constexpr uint32_t kSynchronous = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

Result<void> check(const OpenOptions& options) {
    const ACCESS_MASK access = options.access & MAXIMUM_ALLOWED ? FILE_ALL_ACCESS : options.access;
    if (options.disposition > FILE_MAXIMUM_DISPOSITION) return fail(STATUS_INVALID_PARAMETER);
    if (options.options & ~FILE_VALID_OPTION_FLAGS) return fail(STATUS_INVALID_PARAMETER);
    if (options.share & ~FILE_SHARE_VALID_FLAGS) return fail(STATUS_INVALID_PARAMETER);
    if ((options.options & kSynchronous) == kSynchronous) return fail(STATUS_INVALID_PARAMETER);
    if ((options.options & kSynchronous) && !(access & SYNCHRONIZE)) return fail(STATUS_INVALID_PARAMETER);
    constexpr uint32_t kBothKinds = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE;
    if ((options.options & kBothKinds) == kBothKinds) return fail(STATUS_INVALID_PARAMETER);
    if ((options.options & FILE_DELETE_ON_CLOSE) && !(access & DELETE)) return fail(STATUS_INVALID_PARAMETER);
    return {};
}

// The device that a found object leads to, and the whole name on it.
struct Place {
    Ref<Device> device;
    String name;
    Ref<File> related{};  // where the device is to know what it is relative to
    size_t skip = 0;
};
Result<Place> place_of(ob::Found& found) {
    if (Device* device = ob::as<Device>(*found.object))
        return Place{Ref<Device>(*device), std::move(found.rest), nullptr};
    File* file = ob::as<File>(*found.object);
    if (!file) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    String name = TRY(String::create(file->name()));
    bool separated =
        found.rest.empty() || found.rest.view().starts_with(u'\\') || file->name().ends_with(u'\\');
    if (!separated) TRY(name.append(u'\\'));
    TRY(name.append(found.rest));
    Place place{Ref<Device>(file->device()), std::move(name)};
    if (!place.device->sees_related()) return place;
    place.related = Ref<File>(*file);
    place.skip = place.name.length() - found.rest.length();
    return place;
}

// One try: a success, an error, or STATUS_REPARSE, whose path and descriptor the request then has.
Task<Result<Ref<Irp>>> try_open(ke::Call* call, Place place, OpenOptions options, Creation& creation,
                                Vector<uint8_t> asked) {
    Device& device = *place.device;
    if (!device.makes(creation.major)) co_return fail(STATUS_INVALID_DEVICE_REQUEST);
    bool names_more = !place.name.empty() || place.related;
    options.access = CO_TRY(check_open(call, device, names_more, options));
    Ref<File> file = CO_TRY(make_ref<File>(std::move(place.device), std::move(place.name), options));
    ke::Thread* issuer = call ? &call->thread() : nullptr;
    Ref<Irp> irp = CO_TRY(Irp::create(creation.major, *file, issuer));
    irp->parameters.create.desired_access = options.access;
    irp->parameters.create.options = options.disposition << 24 | options.options;
    irp->parameters.create.attributes = static_cast<uint16_t>(options.attributes);
    irp->parameters.create.share_access = static_cast<uint16_t>(options.share);
    if (place.related) {
        irp->parameters.create.related_file = place.related->number();
        file->opened_by(std::move(place.related), place.skip);
    }
    if (options.check_driver) irp->stack_flags = kForceAccessCheck;
    if (device.checks_access()) {
        irp->data = std::move(asked);
        CO_TRY(irp->data.append(creation.data.span()));
        irp->input.length = creation.data.size();
    } else if (!creation.data.empty()) {
        CO_TRY(irp->set_data(std::move(creation.data)));
        irp->input = IrpBuffer::executive(irp->data.span());
        CO_TRY(pin_some(*irp));
    }
    irp->start();
    NTSTATUS status = irp->status();
    if (!irp->is_done()) status = call ? co_await RequestWait(call->thread(), *irp) : co_await irp->done();
    if (log.tracing()) [[unlikely]]
        log.trace("open {}, access {x}: {s}", file->name(), options.access, status);
    if (!NT_SUCCESS(status)) co_return fail(status);
    // What a driver has renamed its file to is not known here.
    if (status == STATUS_REPARSE && !device.checks_access())
        co_return fail(STATUS_REPARSE_POINT_NOT_RESOLVED);
    co_return irp;
}

Task<Result<Opened>> open_place(ke::Call* call, Place place, OpenOptions options, Creation creation,
                                Vector<uint8_t> asked) {
    options.access = File::kType.map(options.access);
    CO_TRY(check(options));
    for (unsigned links = 0;; ++links) {
        Ref<Irp> irp = CO_TRY(co_await try_open(call, std::move(place), options, creation, std::move(asked)));
        Ref<File> file(*irp->file());
        if (irp->status() != STATUS_REPARSE) [[likely]] {
            file->set_opened();
            co_return Opened{std::move(file), irp->information()};
        }
        if (links == kMostReparsePoints) co_return fail(STATUS_REPARSE_POINT_NOT_RESOLVED);
        asked = std::move(irp->data);
        CO_TRY(asked.resize(asked.size() - irp->input.length));
        if (irp->information() == kReparseOnDevice) {
            place = Place{Ref<Device>(file->device()), std::move(irp->name)};
        } else {
            ob::Found found = CO_TRY(co_await ob::lookup(call, std::move(irp->name)));
            place = CO_TRY(place_of(found));
        }
    }
}

}  // namespace

[[clang::coro_wrapper]] Task<Result<Opened>> open_on(ke::Call* call, Ref<Device> device, String name,
                                                     OpenOptions options, Vector<uint8_t> asked) {
    return open_place(call, {std::move(device), std::move(name)}, options, {}, std::move(asked));
}

Task<Result<Opened>> open_path(ke::Call* call, String path, OpenOptions options) {
    ob::Found found = CO_TRY(co_await ob::lookup(call, std::move(path)));
    Place place = CO_TRY(place_of(found));
    co_return co_await open_place(call, std::move(place), options, {}, {});
}

Task<Result<Opened>> open_attributes(ke::Call& call, ke::Call::Attributes attributes, OpenOptions options,
                                     Creation creation) {
    ob::Found found = CO_TRY(ob::lookup(call, attributes));
    Place place = CO_TRY(place_of(found));
    Vector<uint8_t> asked;
    bool goes_along = creation.major != Major::Create;
    if (attributes.security_descriptor && (goes_along || place.device->checks_access())) {
        asked = CO_TRY(se::capture_descriptor(call, attributes.security_descriptor));
        CO_TRY(se::check_asked(call, asked.span()));
        if (goes_along) CO_TRY(creation.data.append(asked.span()));
    }
    co_return co_await open_place(&call, std::move(place), options, std::move(creation), std::move(asked));
}

}  // namespace io
