// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/volume.hpp"

#include <algorithm>

#include "executive/io/ramfs/names.hpp"
#include "executive/io/ramfs/slow.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/spawn.hpp"

namespace io::ramfs {

namespace {

constexpr uint32_t kSettableAttributes = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN |
                                         FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
                                         FILE_ATTRIBUTE_TEMPORARY;

bool wants_write(ACCESS_MASK access) {
    return access & (FILE_WRITE_DATA | FILE_APPEND_DATA);
}

}  // namespace

OpenNode::~OpenNode() {
    if (writes_) node->data().remove_writer();
}

void OpenNode::opened(ACCESS_MASK access, bool deletes) {
    delete_on_close = deletes;
    writes_ = !node->directory() && wants_write(access);
    if (writes_) node->data().add_writer();
}

Result<Ref<Volume>> Volume::create(uint64_t pages, MakeRoom make_room) {
    Ref<Volume> volume = TRY(make_ref<Volume>(pages, make_room));
    volume->root_ = TRY(Node::create(u"", FILE_ATTRIBUTE_DIRECTORY, volume->allowance_, make_room));
    return volume;
}

Result<void> Volume::add_archive_file(std::u16string_view path, std::span<const uint8_t> bytes) {
    Node* directory = root_.get();
    for (;;) {
        size_t end = path.find(u'\\');
        std::u16string_view part = path.substr(0, end);
        TRY(check_name(part));
        Node* entry = directory->find(part);
        if (end == path.npos) {
            if (entry) return fail(STATUS_OBJECT_NAME_COLLISION);
            Ref<Node> file = TRY(Node::create(part, FILE_ATTRIBUTE_ARCHIVE, allowance_, make_room_, bytes));
            directory->insert(*file);
            return {};
        }
        if (!entry) {
            Ref<Node> made = TRY(Node::create(part, FILE_ATTRIBUTE_DIRECTORY, allowance_, make_room_));
            directory->insert(*made);
            entry = made.get();
        }
        if (!entry->directory()) return fail(STATUS_OBJECT_NAME_COLLISION);
        directory = entry;
        path.remove_prefix(end + 1);
    }
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
    if (irp.major == Major::Create) return create(irp, progress.walk);
    auto* open = irp.file() ? static_cast<OpenNode*>(irp.file()->context.get()) : nullptr;
    if (!open) return fail(STATUS_INVALID_PARAMETER);
    switch (irp.major) {
        case Major::Read:
            return read(irp, *open, progress.done);
        case Major::Write:
            return write(irp, *open, progress.done);
        case Major::QueryInformation:
            return query_information(irp, *open, progress.climb);
        case Major::SetInformation:
            return set_information(irp, *open, progress);
        case Major::QueryVolumeInformation:
            return query_volume(irp);
        case Major::DirectoryControl:
            return query_directory(irp, *open, progress.done);
        case Major::FlushBuffers:
            return flush(irp, *open);
        default:
            return fail(STATUS_INVALID_DEVICE_REQUEST);
    }
}

Result<Volume::Outcome> Volume::flush(Irp& irp, OpenNode& open) {
    if (open.node->directory() || !open.node->data().tracks_writes()) return Outcome{};
    ke::OwnWork own;
    run(irp, clean(Ref<Irp>(irp), Ref<mm::ControlArea>(open.node->data())));
    return Outcome{.later = true};
}

Result<Volume::Outcome> Volume::create(Irp& irp, Walk& walk) {
    uint32_t options = irp.parameters.create.options;
    uint32_t disposition = options >> 24;
    auto found = TRY(walk.go_on(*root_, irp.text()));
    if (!found) return Outcome{.more = true};
    const Target& target = *found;
    if (target.must_be_directory && (options & FILE_NON_DIRECTORY_FILE))
        return fail(STATUS_OBJECT_NAME_INVALID);
    if (target.node) {
        if (target.must_be_directory && !target.node->directory()) return fail(STATUS_OBJECT_NAME_INVALID);
        return open_existing(irp, *target.node);
    }
    if (disposition == FILE_OPEN || disposition == FILE_OVERWRITE) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (target.must_be_directory && !(options & FILE_DIRECTORY_FILE)) return fail(STATUS_OBJECT_NAME_INVALID);
    return create_new(irp, *target.parent, target.name);
}

Result<Volume::Outcome> Volume::open_existing(Irp& irp, Node& node) {
    const auto& wanted = irp.parameters.create;
    uint32_t disposition = wanted.options >> 24;
    bool replaces =
        disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF;
    if (node.delete_pending) return fail(STATUS_DELETE_PENDING);
    if (disposition == FILE_CREATE) return fail(STATUS_OBJECT_NAME_COLLISION);
    if (node.directory()) {
        if (wanted.options & FILE_NON_DIRECTORY_FILE) return fail(STATUS_FILE_IS_A_DIRECTORY);
        if (replaces) return fail(STATUS_OBJECT_NAME_COLLISION);
    } else {
        if (wanted.options & FILE_DIRECTORY_FILE) return fail(STATUS_NOT_A_DIRECTORY);
        bool writes = replaces || wants_write(wanted.desired_access);
        if (writes && (node.attributes & FILE_ATTRIBUTE_READONLY)) return fail(STATUS_ACCESS_DENIED);
        // An image's pages are the file's own, and it must not see them change.
        if (writes && node.has_images()) return fail(STATUS_SHARING_VIOLATION);
        if (replaces && node.has_sections()) return fail(STATUS_USER_MAPPED_FILE);
    }
    bool deletes = wanted.options & FILE_DELETE_ON_CLOSE;
    if (deletes && ((node.attributes & FILE_ATTRIBUTE_READONLY) || !node.parent() || node.has_sections()))
        return fail(STATUS_CANNOT_DELETE);
    Own<OpenNode> open = TRY(make_own<OpenNode>(Ref<Node>(node)));
    TRY(node.share.add(wanted.desired_access, wanted.share_access));
    Result<void> emptied = replaces ? node.data().resize_or_wait(0) : Result<void>();
    if (!emptied) {
        node.share.remove(wanted.desired_access, wanted.share_access);
        return emptied.failure();
    }
    open->opened(wanted.desired_access, deletes);
    irp.file()->context = std::move(open);
    if (!replaces) return Outcome{FILE_OPENED};
    node.attributes = (wanted.attributes & kSettableAttributes) | FILE_ATTRIBUTE_ARCHIVE;
    node.touch(true);
    return Outcome{disposition == FILE_SUPERSEDE ? uint64_t{FILE_SUPERSEDED} : uint64_t{FILE_OVERWRITTEN}};
}

Result<Volume::Outcome> Volume::create_new(Irp& irp, Node& parent, std::u16string_view name) {
    const auto& wanted = irp.parameters.create;
    bool directory = wanted.options & FILE_DIRECTORY_FILE;
    uint32_t attributes = (wanted.attributes & kSettableAttributes) |
                          (directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE);
    if (parent.delete_pending) return fail(STATUS_DELETE_PENDING);
    Ref<Node> node = TRY(Node::create(name, attributes, allowance_, make_room_));
    Own<OpenNode> open = TRY(make_own<OpenNode>(node));
    TRY(node->share.add(wanted.desired_access, wanted.share_access));
    open->opened(wanted.desired_access, wanted.options & FILE_DELETE_ON_CLOSE);
    irp.file()->context = std::move(open);
    parent.insert(*node);
    return Outcome{FILE_CREATED};
}

void Volume::cleanup(File& file) {
    auto* open = static_cast<OpenNode*>(file.context.get());
    if (!open) return;
    Node& node = *open->node;
    node.share.remove(file.options().access, file.options().share);
    if (open->delete_on_close && (!node.directory() || node.empty())) node.delete_pending = true;
    if (node.delete_pending && node.share.opens() == 0 && node.parent()) node.parent()->remove(node);
    file.context.reset();
}

Result<Ref<mm::ControlArea>> Volume::control_area(File& file) {
    auto* open = static_cast<OpenNode*>(file.context.get());
    if (!open || open->node->directory()) return fail(STATUS_INVALID_FILE_FOR_SECTION);
    if (open->node->delete_pending) return fail(STATUS_DELETE_PENDING);
    return Ref<mm::ControlArea>(open->node->data());
}

}  // namespace io::ramfs
