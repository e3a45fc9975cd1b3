// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/file.hpp"

#include "executive/ex/io_completion.hpp"
#include "executive/io/byte_locks.hpp"
#include "executive/io/directory_watch.hpp"
#include "executive/io/lock_sweep.hpp"

namespace io {

namespace {

constinit uint64_t last_number = 0;

// The options that FileModeInformation reports.
constexpr uint32_t kModeOptions = FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | FILE_NO_INTERMEDIATE_BUFFERING |
                                  FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT |
                                  FILE_DELETE_ON_CLOSE;

}  // namespace

// Parses: a name relative to an open directory stops here and goes to its device.
const ob::Type File::kType{u"File",
                           {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS},
                           FILE_ALL_ACCESS,
                           true,
                           ob::Secured::Elsewhere};

File::File(Ref<Device> device, String name, const OpenOptions& options)
    : Object(kType),
      device_(std::move(device)),
      name_(std::move(name)),
      options_(options),
      number_(++last_number) {}

File::~File() {
    if (opened_) device_->closed(*this);
}

void File::opened_by(Ref<File> related, size_t skip) {
    related_ = std::move(related);
    name_skip_ = skip;
}

const Ref<ob::Descriptor>& File::descriptor() const {
    const Ref<ob::Descriptor>* kept = device_->descriptor_of(*this);
    if (kept) return *kept;
    return name_.empty() ? device_->descriptor() : Object::descriptor();
}

Result<void> File::set_descriptor(Ref<ob::Descriptor> descriptor) {
    if (device_->descriptor_of(*this)) return device_->set_descriptor_of(*this, std::move(descriptor));
    return device_->set_descriptor(std::move(descriptor));
}

uint32_t File::mode() const {
    return options_.options & kModeOptions;
}

Result<void> File::set_completion_port(Ref<ex::IoCompletion> port, uint64_t key) {
    if (port_) return fail(STATUS_INVALID_PARAMETER);
    port_ = std::move(port);
    port_key_ = key;
    return {};
}

Result<String> File::full_name() const {
    String path = TRY(device_->full_name());
    TRY(path.append(name_));
    return path;
}

Result<std::u16string_view> File::full_path() {
    full_path_ = TRY(full_name());
    return full_path_.view();
}

void File::handle_closed(ke::Client& client) {
    ++handles_closed_;
    if (handle_count() > 0 && locks_in) [[unlikely]]
        LockSweep::begin(*this, client);
}

void File::last_handle_closed() {
    if (opened_) device_->cleanup(*this);
}

}  // namespace io
