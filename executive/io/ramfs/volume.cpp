// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/volume.hpp"

#include <algorithm>

#include "executive/io/ramfs/names.hpp"
#include "executive/io/ramfs/reparse.hpp"
#include "executive/io/ramfs/slow.hpp"
#include "executive/io/ramfs/watching.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/spawn.hpp"

namespace io::ramfs {

Result<Ref<Volume>> Volume::create(uint64_t pages, MakeRoom make_room) {
    Ref<Volume> volume = TRY(make_ref<Volume>(pages, make_room));
    volume->root_ = TRY(Node::create(FILE_ATTRIBUTE_DIRECTORY, volume->allowance_, make_room));
    return volume;
}

Result<void> Volume::secure(Vector<uint8_t> of_root) {
    return root_->set_descriptor(TRY(ob::Descriptor::of(std::move(of_root))));
}

Result<Node*> Volume::add_entry(std::u16string_view path, std::span<const uint8_t> bytes, bool directory,
                                std::span<const uint8_t> descriptor) {
    for (Node* folder = root_.get();;) {
        size_t end = path.find(u'\\');
        std::u16string_view part = path.substr(0, end);
        TRY(check_name(part));
        bool last = end == path.npos;
        bool is_folder = directory || !last;
        Link* link = folder->find(part);
        Node* entry = link ? &link->node() : nullptr;
        if (entry && (last || !entry->directory())) return fail(STATUS_OBJECT_NAME_COLLISION);
        if (!entry) {
            uint32_t attributes = is_folder ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE;
            std::span<const uint8_t> asked = last ? descriptor : std::span<const uint8_t>();
            Ref<Node> made = TRY(Node::create(attributes, allowance_, make_room_,
                                              is_folder ? std::span<const uint8_t>() : bytes));
            TRY(made->set_descriptor(TRY(new_descriptor(nullptr, asked, *folder, is_folder))));
            TRY(folder->add(part, *made));
            entry = made.get();
        }
        if (last) return entry;
        folder = entry;
        path.remove_prefix(end + 1);
    }
}

Result<Node*> Volume::add_archive_file(std::u16string_view path, std::span<const uint8_t> bytes) {
    return add_entry(path, bytes, false, {});
}

Result<void> Volume::add_directory(std::u16string_view path, std::span<const uint8_t> descriptor) {
    TRY(add_entry(path, {}, true, descriptor));
    return {};
}

// The rest of a long request.
class Volume::Unfinished final : public ke::PacedWork {
public:
    Unfinished(Volume& volume, Irp& irp, Progress progress)
        : volume_(volume), irp_(irp), progress_(std::move(progress)) {}
    bool slice() override {
        if (volume_->step(*irp_, progress_) == Step::More) return false;
        delete this;
        return true;
    }

private:
    Ref<Volume> volume_;
    Ref<Irp> irp_;
    Progress progress_;
};

void Volume::start(Irp& irp) {
    go_on(irp, {});
}

void Volume::go_on(Irp& irp, Progress progress) {
    if (step(irp, progress) != Step::More) return;
    auto* rest = new (std::nothrow) Unfinished(*this, irp, std::move(progress));
    rest ? ke::Pacer::instance().add(*rest) : irp.complete(STATUS_INSUFFICIENT_RESOURCES);
}

Volume::Step Volume::step(Irp& irp, Progress& progress) {
    auto outcome = serve(irp, progress);
    if (outcome && outcome->more) return Step::More;
    if (outcome && outcome->later) return Step::Waits;
    if (outcome) {
        irp.complete(outcome->status, outcome->information);
    } else if (std::optional<ke::PageIn> page = ke::PageIn::take(outcome.error())) {
        ke::OwnWork own;
        run(irp, go_on_later(Ref<Volume>(*this), Ref<Irp>(irp), std::move(progress), std::move(*page)));
        return Step::Waits;
    } else {
        irp.complete(outcome.error());
    }
    return Step::Complete;
}

// What is left of a request that waits.
void Volume::run(Irp& irp, Task<NTSTATUS> rest) {
    bool made = !rest.done();
    auto job = ke::Job::start([&rest] [[clang::coro_wrapper]] { return std::move(rest); });
    if (!made || !job) irp.complete(STATUS_INSUFFICIENT_RESOURCES);
}

Task<NTSTATUS> Volume::go_on_later(Ref<Volume> volume, Ref<Irp> irp, Progress progress, ke::PageIn page) {
    NTSTATUS status = co_await page.wait();
    if (NT_SUCCESS(status)) {
        volume->go_on(*irp, std::move(progress));
    } else {
        irp->complete(status);
    }
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> Volume::clean(Ref<Irp> irp, Ref<mm::ControlArea> area) {
    NTSTATUS status = co_await area->clean(0, UINT64_MAX);
    if (slowness().most) co_await forget(area);
    irp->complete(status);
    co_return STATUS_SUCCESS;
}

Result<Volume::Outcome> Volume::serve(Irp& irp, Progress& progress) {
    progress.access.begin_slice();
    if (irp.major == Major::Create) return create(irp, progress);
    auto* open = irp.file() ? static_cast<OpenNode*>(irp.file()->context.get()) : nullptr;
    if (!open) return fail(STATUS_INVALID_PARAMETER);
    switch (irp.major) {
        case Major::Read:
            return read(irp, *open, progress.done);
        case Major::Write:
            return write(irp, *open, progress);
        case Major::QueryInformation:
            return query_information(irp, *open, progress);
        case Major::QueryEa:
            return query_ea(irp, *open, progress.eas);
        case Major::SetEa:
            return set_ea(irp, *open, progress.ea_change);
        case Major::SetInformation:
            return set_information(irp, *open, progress);
        case Major::QueryVolumeInformation:
            return query_volume(irp);
        case Major::DirectoryControl:
            return irp.minor == kMinorQueryDirectory ? query_directory(irp, *open, progress.done)
                                                     : watch(irp, *open);
        case Major::FlushBuffers:
            return flush(irp, *open);
        case Major::FileSystemControl:
            return control(irp, *open);
        case Major::LockControl:
            return control_locks(irp, *open);
        default:
            return fail(STATUS_INVALID_DEVICE_REQUEST);
    }
}

Result<Volume::Outcome> Volume::flush(Irp& irp, OpenNode& open) {
    if (open.lists() || !open.stream->data().tracks_writes()) return Outcome{};
    ke::OwnWork own;
    run(irp, clean(Ref<Irp>(irp), Ref<mm::ControlArea>(open.stream->data())));
    return Outcome{.later = true};
}

Result<ByteLocks*> Volume::locks_of(Stream& stream) {
    if (!stream.locks) stream.locks = TRY(make_ref<ByteLocks>());
    return stream.locks.get();
}

std::optional<NTSTATUS> Volume::lock_now(const ByteLocking& locking) {
    auto* open = static_cast<OpenNode*>(locking.file.context.get());
    if (!open || !open->stream->has_data()) return std::nullopt;
    auto range = ByteRange::of(static_cast<uint64_t>(locking.offset), static_cast<uint64_t>(locking.length));
    auto locks = locks_of(*open->stream);
    if (!range || !locks) return std::nullopt;
    LockOwner owner{locking.file.number(), locking.process, locking.key};
    auto granted = (*locks)->lock_now(locking.file, *range, owner, locking.exclusive, &locking.client);
    if (!granted) return granted.error();
    return *granted ? std::optional(STATUS_SUCCESS) : std::nullopt;
}

std::optional<NTSTATUS> Volume::unlock_now(const ByteLocking& locking) {
    auto* open = static_cast<OpenNode*>(locking.file.context.get());
    if (!open || !open->stream->locks) return std::nullopt;
    auto range = ByteRange::of(static_cast<uint64_t>(locking.offset), static_cast<uint64_t>(locking.length));
    if (!range) return std::nullopt;
    auto unlocked =
        open->stream->locks->unlock(*range, {locking.file.number(), locking.process, locking.key});
    return unlocked ? STATUS_SUCCESS : unlocked.error();
}

Result<Volume::Outcome> Volume::control_locks(Irp& irp, OpenNode& open) {
    Stream& stream = *open.stream;
    if (!stream.has_data()) return fail(STATUS_INVALID_PARAMETER);
    if (irp.minor == kMinorUnlockSingle) {
        if (!stream.locks) return fail(STATUS_RANGE_NOT_LOCKED);
        TRY(stream.locks->unlock(irp));
        return Outcome{};
    }
    if (irp.minor != kMinorLock) return fail(STATUS_INVALID_DEVICE_REQUEST);
    ByteLocks* locks = TRY(locks_of(stream));
    return Outcome{.later = TRY(locks->lock(irp)) == ByteLocks::Answer::Waits};
}

// Of a closed file they end by themselves.
void Volume::cancel(Irp& irp) {
    auto* open = irp.file() ? static_cast<OpenNode*>(irp.file()->context.get()) : nullptr;
    if (!open) return;
    Node& node = *open->node;
    Stream& stream = *open->stream;
    if (irp.major == Major::LockControl && stream.locks) stream.locks->cancel(irp);
    if (irp.major == Major::DirectoryControl && node.watches) node.watches->cancel(irp);
}

Device::Place Volume::place_of(const File& file) const {
    auto* open = static_cast<const OpenNode*>(file.context.get());
    if (!open || !open->link) return Place::Same;
    if (!open->folder()) return Place::Gone;
    return open->moves_seen == moves_of(*open) ? Place::Same : Place::Moved;
}

const Ref<ob::Descriptor>* Volume::descriptor_of(const File& file) const {
    auto* open = static_cast<OpenNode*>(file.context.get());
    return open && open->node->descriptor() ? &open->node->descriptor() : nullptr;
}

Result<void> Volume::set_descriptor_of(File& file, Ref<ob::Descriptor> descriptor) {
    auto& open = *static_cast<OpenNode*>(file.context.get());
    TRY(open.node->set_descriptor(std::move(descriptor)));
    report_modified(open, FILE_NOTIFY_CHANGE_SECURITY);
    return {};
}

void Volume::cleanup(File& file) {
    auto* open = static_cast<OpenNode*>(file.context.get());
    if (!open) return;
    if (open->stream->locks) open->stream->locks->release_all(file);
    if (file.watch) {
        open->node->watches->end(file);
        --watching_;
    }
    open->closed(file.options().access, file.options().share);
    if (open->stream_goes()) {
        open->node->streams.remove(*open->stream);
        report_stream(*open, open->stream->name(), FILE_ACTION_REMOVED_STREAM);
    }
    if (open->link_goes()) remove_entry(*open->link);
    file.context.reset();
}

Result<Ref<mm::ControlArea>> Volume::control_area(File& file) {
    auto* open = static_cast<OpenNode*>(file.context.get());
    if (!open || open->lists()) return fail(STATUS_INVALID_FILE_FOR_SECTION);
    if (open->delete_pending() || open->stream->delete_pending) return fail(STATUS_DELETE_PENDING);
    return Ref<mm::ControlArea>(open->stream->data());
}

}  // namespace io::ramfs
