// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/open.hpp"

#include <string.h>

#include "executive/hal/log.hpp"
#include "executive/io/device_security.hpp"
#include "executive/io/pinning.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/se/assign.hpp"
#include "executive/se/capture.hpp"

namespace io {

namespace {

// Bytes that the path of a file mostly fits in.
constexpr size_t kUsualPath = 512;

constexpr uint32_t kSynchronous = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

Result<void> check(const OpenOptions& options) {
    const ACCESS_MASK access = options.access & MAXIMUM_ALLOWED ? FILE_ALL_ACCESS : options.access;
    if (options.disposition > FILE_MAXIMUM_DISPOSITION) return fail(STATUS_INVALID_PARAMETER);
    if (options.options & ~FILE_VALID_OPTION_FLAGS) return fail(STATUS_INVALID_PARAMETER);
    if (options.share & ~FILE_SHARE_VALID_FLAGS) return fail(STATUS_INVALID_PARAMETER);
    if ((options.options & kSynchronous) == kSynchronous) return fail(STATUS_INVALID_PARAMETER);
    if ((options.options & kSynchronous) && !(access & SYNCHRONIZE)) return fail(STATUS_INVALID_PARAMETER);
    if (options.options & FILE_DIRECTORY_FILE) {
        if (options.options & FILE_NON_DIRECTORY_FILE) return fail(STATUS_INVALID_PARAMETER);
        // A folder has nothing that could be written over.
        bool makes_or_opens = options.disposition == FILE_OPEN || options.disposition == FILE_CREATE ||
                              options.disposition == FILE_OPEN_IF;
        if (!makes_or_opens) return fail(STATUS_INVALID_PARAMETER);
    }
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
// What is called `rest` relative to a file, whose own path this is: of a stream of it, the colon separates.
Result<Place> place_below(File& file, std::u16string_view path, std::u16string_view rest) {
    String name = TRY(String::create(path));
    bool separated =
        rest.empty() || rest.starts_with(u'\\') || rest.starts_with(u':') || path.ends_with(u'\\');
    if (!separated) TRY(name.append(u'\\'));
    TRY(name.append(rest));
    Place place{Ref<Device>(file.device()), std::move(name)};
    if (!place.device->sees_related()) return place;
    place.related = Ref<File>(file);
    place.skip = place.name.length() - rest.size();
    return place;
}
Result<Place> place_of(ob::Found& found) {
    if (Device* device = ob::as<Device>(*found.object))
        return Place{Ref<Device>(*device), std::move(found.rest), nullptr};
    File* file = ob::as<File>(*found.object);
    if (!file) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    return place_below(*file, file->name(), found.rest);
}
// What a name is relative to is an open file, and not the path that it was opened by.
bool has_moved(const ob::Found& found) {
    const File* file = ob::as<File>(*found.object);
    return file && file->device().place_of(*file) != Device::Place::Same;
}
Task<Result<Place>> place_now(ke::Call& call, ob::Found found) {
    Ref<File> file(*ob::as<File>(*found.object));
    String path = CO_TRY(co_await name_now(call, file));
    co_return place_below(*file, path, found.rest);
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

Task<Result<String>> name_now(ke::Call& call, Ref<File> file) {
    constexpr size_t kText = offsetof(FILE_NAME_INFORMATION, FileName);
    Device::Place place = file->device().place_of(*file);
    if (place == Device::Place::Same) co_return String::create(file->name());
    if (place == Device::Place::Gone) co_return fail(STATUS_DELETE_PENDING);
    for (size_t room = kUsualPath;;) {
        Ref<Irp> irp = CO_TRY(Irp::create(Major::QueryInformation, *file, &call.thread()));
        Vector<uint8_t> answer;
        CO_TRY(answer.resize(kText + room));
        CO_TRY(irp->set_data(std::move(answer)));
        irp->parameters.query.information_class = FileNameInformation;
        irp->output = IrpBuffer::executive(irp->data.span());
        irp->start();
        NTSTATUS status = irp->is_done() ? irp->status() : co_await RequestWait(call.thread(), *irp);
        if (NT_ERROR(status) || !irp->is_done()) co_return fail(status);
        ULONG length = 0;
        memcpy(&length, irp->data.data(), sizeof length);
        auto* text = reinterpret_cast<const char16_t*>(irp->data.data() + kText);
        if (length <= room) co_return String::create({text, length / sizeof(char16_t)});
        room = length;
    }
}

Task<Result<Opened>> open_attributes(ke::Call& call, ke::Call::Attributes attributes, OpenOptions options,
                                     Creation creation) {
    ob::Found found = CO_TRY(ob::lookup(call, attributes));
    bool moved = has_moved(found);
    Place place = moved ? CO_TRY(co_await place_now(call, std::move(found))) : CO_TRY(place_of(found));
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
