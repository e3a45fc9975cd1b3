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
    if (link) ++link->opens;
    writes_ = !node->directory() && wants_write(access);
    if (writes_) node->data().add_writer();
}

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
    if (open.node->directory() || !open.node->data().tracks_writes()) return Outcome{};
    ke::OwnWork own;
    run(irp, clean(Ref<Irp>(irp), Ref<mm::ControlArea>(open.node->data())));
    return Outcome{.later = true};
}

Result<Volume::Outcome> Volume::control_locks(Irp& irp, OpenNode& open) {
    Node& node = *open.node;
    if (node.directory()) return fail(STATUS_INVALID_PARAMETER);
    if (irp.minor == kMinorUnlockSingle) {
        if (!node.locks) return fail(STATUS_RANGE_NOT_LOCKED);
        TRY(node.locks->unlock(irp));
        return Outcome{};
    }
    if (irp.minor != kMinorLock) return fail(STATUS_INVALID_DEVICE_REQUEST);
    if (!node.locks) node.locks = TRY(make_ref<ByteLocks>());
    return Outcome{.later = TRY(node.locks->lock(irp)) == ByteLocks::Answer::Waits};
}

// Of a closed file they end by themselves.
void Volume::cancel(Irp& irp) {
    auto* open = irp.file() ? static_cast<OpenNode*>(irp.file()->context.get()) : nullptr;
    if (!open) return;
    Node& node = *open->node;
    if (irp.major == Major::LockControl && node.locks) node.locks->cancel(irp);
    if (irp.major == Major::DirectoryControl && node.watches) node.watches->cancel(irp);
}

namespace {

Wanted wanted_by(const Irp& irp) {
    const auto& create = irp.parameters.create;
    bool for_backup = create.options & FILE_OPEN_FOR_BACKUP_INTENT;
    return {irp.checked_as(), create.desired_access, 0, for_backup};
}

// What an existing file is opened for besides what the handle gets ([MS-FSA] 2.1.5.1.2.1).
ACCESS_MASK access_of_opening(uint32_t options) {
    ACCESS_MASK access = options & FILE_DELETE_ON_CLOSE ? DELETE : 0;
    uint32_t disposition = options >> 24;
    if (disposition == FILE_SUPERSEDE) access |= DELETE;
    if (disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF)
        access |= FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES;
    return access;
}

}  // namespace

Result<Volume::Outcome> Volume::create(Irp& irp, Progress& progress) {
    uint32_t options = irp.parameters.create.options;
    uint32_t disposition = options >> 24;
    const se::Token* walker = irp.checked_as();
    if (walker && walker->holds(SE_CHANGE_NOTIFY_PRIVILEGE)) walker = nullptr;
    bool follows = !(options & FILE_OPEN_REPARSE_POINT);
    auto found = TRY(progress.walk.go_on(*root_, irp.text(), walker, follows));
    if (!found) return Outcome{.more = true};
    const Target& target = *found;
    if (target.reparse_point) {
        Redirect redirect = TRY(follow(*target.reparse_point, irp.text(), target.begin, target.end));
        irp.name = std::move(redirect.path);
        return Outcome{redirect.on_volume ? kReparseOnDevice : kReparseFromRoot, STATUS_REPARSE};
    }
    if (target.must_be_directory && (options & FILE_NON_DIRECTORY_FILE))
        return fail(STATUS_OBJECT_NAME_INVALID);
    if (target.node) {
        if (target.must_be_directory && !target.node->directory()) return fail(STATUS_OBJECT_NAME_INVALID);
        return open_existing(irp, progress.access, *target.node, target.link);
    }
    if (disposition == FILE_OPEN || disposition == FILE_OVERWRITE) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (target.must_be_directory && !(options & FILE_DIRECTORY_FILE)) return fail(STATUS_OBJECT_NAME_INVALID);
    return create_new(irp, progress.access, *target.parent, target.name);
}

Result<Volume::Outcome> Volume::open_existing(Irp& irp, Access& checks, Node& node, Link* link) {
    const auto& create = irp.parameters.create;
    uint32_t disposition = create.options >> 24;
    bool replaces =
        disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF;
    bool unwritable = node.attributes & FILE_ATTRIBUTE_READONLY;
    if (link && link->delete_pending()) return fail(STATUS_DELETE_PENDING);
    if (disposition == FILE_CREATE) return fail(STATUS_OBJECT_NAME_COLLISION);
    if (node.directory() && (create.options & FILE_NON_DIRECTORY_FILE))
        return fail(STATUS_FILE_IS_A_DIRECTORY);
    if (!node.directory() && (create.options & FILE_DIRECTORY_FILE)) return fail(STATUS_NOT_A_DIRECTORY);
    if (node.directory() && replaces) return fail(STATUS_OBJECT_NAME_COLLISION);
    if (replaces && irp.input.length > 0) return fail(STATUS_EAS_NOT_SUPPORTED);
    Wanted wanted = wanted_by(irp);
    wanted.also = access_of_opening(create.options);
    auto granted = TRY(checks.open(wanted, node, link ? link->folder() : nullptr));
    if (!granted) return Outcome{.more = true};
    ACCESS_MASK access = *granted;
    if (!node.directory()) {
        bool writes = replaces || wants_write(wanted.token ? create.desired_access : access);
        if (writes && unwritable) return fail(STATUS_ACCESS_DENIED);
        // Whoever takes what there is gets no more than that.
        if (unwritable) access &= ~(FILE_WRITE_DATA | FILE_APPEND_DATA);
        // An image's pages are the file's own, and it must not see them change.
        if ((replaces || wants_write(access)) && node.has_images()) return fail(STATUS_SHARING_VIOLATION);
        if (replaces && node.has_sections()) return fail(STATUS_USER_MAPPED_FILE);
    }
    bool deletes = create.options & FILE_DELETE_ON_CLOSE;
    if (deletes && (unwritable || !link || link->held_by_sections())) return fail(STATUS_CANNOT_DELETE);
    Own<OpenNode> open = TRY(make_own<OpenNode>(Ref<Node>(node), link ? Ref<Link>(link) : Ref<Link>()));
    TRY(node.share.add(access, create.share_access));
    Result<void> emptied = replaces ? node.data().resize_or_wait(0) : Result<void>();
    if (!emptied) {
        node.share.remove(access, create.share_access);
        return emptied.failure();
    }
    open->opened(access, deletes);
    irp.file()->grant(access);
    const OpenNode& opened = *open;
    irp.file()->context = std::move(open);
    if (!replaces) return Outcome{FILE_OPENED};
    node.attributes = (create.attributes & kSettableAttributes) | FILE_ATTRIBUTE_ARCHIVE |
                      (node.attributes & FILE_ATTRIBUTE_REPARSE_POINT);
    node.touch(true);
    report_modified(opened,
                    FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
    return Outcome{disposition == FILE_SUPERSEDE ? uint64_t{FILE_SUPERSEDED} : uint64_t{FILE_OVERWRITTEN}};
}

Result<Volume::Outcome> Volume::create_new(Irp& irp, Access& checks, Node& parent, std::u16string_view name) {
    const auto& create = irp.parameters.create;
    bool directory = create.options & FILE_DIRECTORY_FILE;
    uint32_t attributes = (create.attributes & kSettableAttributes) |
                          (directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE);
    if (parent.delete_pending()) return fail(STATUS_DELETE_PENDING);
    if (irp.input.length > 0) return fail(STATUS_EAS_NOT_SUPPORTED);
    Wanted wanted = wanted_by(irp);
    size_t sources = irp.data.size() + ob::Descriptor::bytes(parent.descriptor()).size();
    if (!TRY(checks.check_adding(wanted, parent, directory)) || !checks.has_time_for(sources))
        return Outcome{.more = true};
    ACCESS_MASK access = TRY(access_to_new(wanted));
    Ref<Node> node = TRY(Node::create(attributes, allowance_, make_room_));
    TRY(node->set_descriptor(TRY(new_descriptor(wanted.token, irp.data.span(), parent, directory))));
    Ref<Link> link = TRY(Link::create(name, *node));
    Own<OpenNode> open = TRY(make_own<OpenNode>(node, link));
    TRY(node->share.add(access, create.share_access));
    open->opened(access, create.options & FILE_DELETE_ON_CLOSE);
    irp.file()->grant(access);
    irp.file()->context = std::move(open);
    parent.insert(*link);
    report(parent, *link, link->name(), name_filter(*node), FILE_ACTION_ADDED);
    return Outcome{FILE_CREATED};
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
    Node& node = *open->node;
    if (node.locks) node.locks->release_all(file);
    if (file.watch) {
        node.watches->end(file);
        --watching_;
    }
    node.share.remove(file.options().access, file.options().share);
    if (Link* link = open->link.get()) {
        --link->opens;
        if (open->delete_on_close && (!node.directory() || node.empty())) link->set_delete_pending(true);
        bool goes = open->posix_delete || link->opens == 0;
        if (link->delete_pending() && goes && link->folder()) remove_entry(*link);
    }
    file.context.reset();
}

Result<Ref<mm::ControlArea>> Volume::control_area(File& file) {
    auto* open = static_cast<OpenNode*>(file.context.get());
    if (!open || open->node->directory()) return fail(STATUS_INVALID_FILE_FOR_SECTION);
    if (open->delete_pending()) return fail(STATUS_DELETE_PENDING);
    return Ref<mm::ControlArea>(open->node->data());
}

}  // namespace io::ramfs
