// SPDX-License-Identifier: GPL-3.0-only
//
// Opening and making files, directories and their streams ([MS-FSA] 2.1.5.1).
#include <utility>

#include "executive/io/ramfs/names.hpp"
#include "executive/io/ramfs/reparse.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/io/ramfs/watching.hpp"

namespace io::ramfs {

namespace {

constexpr uint32_t kSettableAttributes = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN |
                                         FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
                                         FILE_ATTRIBUTE_TEMPORARY;

bool wants_write(ACCESS_MASK access) {
    return access & (FILE_WRITE_DATA | FILE_APPEND_DATA);
}

bool is_replacing(uint32_t disposition) {
    return disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF;
}

bool only_opens(uint32_t disposition) {
    return disposition == FILE_OPEN || disposition == FILE_OVERWRITE;
}

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

// `stream` null: the file is there, a stream of it is to be made.
Result<void> check_disposition(uint32_t options, const Target& target, const Stream* stream) {
    uint32_t disposition = options >> 24;
    if (target.link && target.link->delete_pending()) return fail(STATUS_DELETE_PENDING);
    if (stream && stream->delete_pending) return fail(STATUS_DELETE_PENDING);
    if (stream && disposition == FILE_CREATE) return fail(STATUS_OBJECT_NAME_COLLISION);
    bool wants_data = target.stream.data;
    bool has_data = !stream || stream->has_data();
    if (has_data || wants_data) {
        if (options & FILE_DIRECTORY_FILE) return fail(STATUS_NOT_A_DIRECTORY);
        if (target.stream.directory) return fail(STATUS_NOT_A_DIRECTORY);
    }
    if (!has_data && (wants_data || (options & FILE_NON_DIRECTORY_FILE)))
        return fail(STATUS_FILE_IS_A_DIRECTORY);
    if (!has_data && is_replacing(disposition)) return fail(STATUS_OBJECT_NAME_COLLISION);
    if (!stream && only_opens(disposition)) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    return {};
}

// An image's pages are the stream's own, and it must not see them change.
Result<void> check_sections(const Stream& stream, bool replaces, bool writes) {
    if ((replaces || writes) && stream.has_images()) return fail(STATUS_SHARING_VIOLATION);
    if (replaces && stream.has_sections()) return fail(STATUS_USER_MAPPED_FILE);
    return {};
}

}  // namespace

Result<Volume::Outcome> Volume::create(Irp& irp, Progress& progress) {
    uint32_t options = irp.parameters.create.options;
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
        return open_existing(irp, progress, target);
    }
    if (only_opens(options >> 24)) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (target.must_be_directory && !(options & FILE_DIRECTORY_FILE)) return fail(STATUS_OBJECT_NAME_INVALID);
    // Names like it may be many: it is compared with some of them, then put among them, and gets a short one.
    constexpr size_t kLongName = 128;
    if (target.name.size() > kLongName && !std::exchange(progress.made, true)) return Outcome{.more = true};
    return create_new(irp, progress, target);
}

// The extended attributes that come with a file; nothing: the slice is over.
Result<std::optional<Ref<EaSet>>> Volume::new_eas(Irp& irp, Progress& progress) {
    if (irp.input.length == 0) return std::optional(Ref<EaSet>());
    auto eas = TRY(change_eas(irp, progress.ea_change, irp.data.span().last(irp.input.length), {}));
    bool ignorant = irp.parameters.create.options & FILE_NO_EA_KNOWLEDGE;
    if (eas && *eas && ignorant && (*eas)->needed()) return fail(STATUS_ACCESS_DENIED);
    return eas;
}

Result<Volume::Outcome> Volume::open_existing(Irp& irp, Progress& progress, const Target& target) {
    const auto& create = irp.parameters.create;
    const uint32_t disposition = create.options >> 24;
    Node& node = *target.node;
    Link* link = target.link;
    const bool named = !target.stream.name.empty();
    Stream* there = named ? node.streams.find(target.stream.name) : &node.streams.main();
    TRY(check_disposition(create.options, target, there));
    const bool has_data = !there || there->has_data();
    const bool replaces = there && is_replacing(disposition);
    const bool ignorant = create.options & FILE_NO_EA_KNOWLEDGE;
    if (ignorant && node.eas() && node.eas()->needed()) return fail(STATUS_ACCESS_DENIED);
    Wanted wanted = wanted_by(irp);
    wanted.also = there ? access_of_opening(create.options) : ACCESS_MASK{FILE_WRITE_DATA};
    auto granted = TRY(progress.access.open(wanted, node, link ? link->folder() : nullptr));
    if (!granted) return Outcome{.more = true};
    ACCESS_MASK access = *granted;
    const bool unwritable = node.attributes & FILE_ATTRIBUTE_READONLY;
    if (has_data) {
        bool writes = !there || replaces || wants_write(wanted.token ? create.desired_access : access);
        if (writes && unwritable) return fail(STATUS_ACCESS_DENIED);
        // Whoever takes what there is gets no more than that.
        if (unwritable) access &= ~(FILE_WRITE_DATA | FILE_APPEND_DATA);
        if (there) TRY(check_sections(*there, replaces, wants_write(access)));
    }
    // The attributes of a file that is overwritten go with what is in it.
    const bool all = replaces && !named;
    auto eas = all ? TRY(new_eas(irp, progress)) : std::optional(node.eas());
    if (!eas) return Outcome{.more = true};
    Ref<Stream> stream(there);
    if (!there) stream = TRY(Stream::create(target.stream.name, allowance_, make_room_));
    Own<OpenNode> open = TRY(make_own<OpenNode>(Ref<Node>(node), Ref<Link>(link), stream));
    const bool deletes = create.options & FILE_DELETE_ON_CLOSE;
    if (deletes) TRY(open->check_deletable(0));
    TRY(open->opened(access, create.share_access, deletes));
    Result<void> emptied = all ? node.set_eas(std::move(*eas)) : Result<void>();
    if (emptied && replaces) emptied = stream->data().resize_or_wait(0);
    if (!emptied) {
        open->delete_on_close = false;
        open->closed(access, create.share_access);
        return emptied.failure();
    }
    irp.file()->grant(access);
    open->moves_seen = moves_of(*open);
    const OpenNode& opened = *open;
    irp.file()->context = std::move(open);
    if (replaces) overwrite(irp, opened);
    if (replaces)
        return Outcome{disposition == FILE_SUPERSEDE ? uint64_t{FILE_SUPERSEDED} : FILE_OVERWRITTEN};
    if (there) return Outcome{FILE_OPENED};
    node.streams.insert(*stream);
    node.touch(true);
    report_stream(opened, stream->name(), FILE_ACTION_ADDED_STREAM);
    return Outcome{FILE_CREATED};
}

// It is open and has no bytes any more. With those of the main stream all that a file is goes, its named
// streams too; a named one goes alone.
void Volume::overwrite(Irp& irp, const OpenNode& open) {
    Node& node = *open.node;
    if (!open.stream->named()) {
        node.attributes = (irp.parameters.create.attributes & kSettableAttributes) | FILE_ATTRIBUTE_ARCHIVE |
                          (node.attributes & FILE_ATTRIBUTE_REPARSE_POINT);
        node.streams.remove_all();
    }
    node.touch(true);
    uint32_t changed = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
    report_modified(open, open.stream->named() ? changed : changed | FILE_NOTIFY_CHANGE_ATTRIBUTES);
}

Result<Volume::Outcome> Volume::create_new(Irp& irp, Progress& progress, const Target& target) {
    const auto& create = irp.parameters.create;
    Node& parent = *target.parent;
    const bool directory = (create.options & FILE_DIRECTORY_FILE) || target.stream.directory;
    if (directory && target.stream.data) return fail(STATUS_NOT_A_DIRECTORY);
    if (directory && (create.options & FILE_NON_DIRECTORY_FILE)) return fail(STATUS_FILE_IS_A_DIRECTORY);
    uint32_t attributes = (create.attributes & kSettableAttributes) |
                          (directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE);
    if (parent.delete_pending()) return fail(STATUS_DELETE_PENDING);
    Wanted wanted = wanted_by(irp);
    std::span<const uint8_t> asked = irp.data.span().first(irp.data.size() - irp.input.length);
    size_t sources = asked.size() + ob::Descriptor::bytes(parent.descriptor()).size();
    if (!TRY(progress.access.check_adding(wanted, parent, directory)) ||
        !progress.access.has_time_for(sources))
        return Outcome{.more = true};
    ACCESS_MASK access = TRY(access_to_new(wanted));
    auto eas = TRY(new_eas(irp, progress));
    if (!eas) return Outcome{.more = true};
    Ref<Node> node = TRY(Node::create(attributes, allowance_, make_room_));
    TRY(node->set_descriptor(TRY(new_descriptor(wanted.token, asked, parent, directory))));
    if (*eas) TRY(node->set_eas(std::move(*eas)));
    Ref<Link> link = TRY(Link::create(target.name, *node));
    Ref<Stream> stream(node->streams.main());
    if (!target.stream.name.empty()) {
        stream = TRY(Stream::create(target.stream.name, allowance_, make_room_));
        node->streams.insert(*stream);
    }
    Own<OpenNode> open = TRY(make_own<OpenNode>(node, link, std::move(stream)));
    TRY(open->opened(access, create.share_access, create.options & FILE_DELETE_ON_CLOSE));
    irp.file()->grant(access);
    open->moves_seen = moves_of(*open);
    const OpenNode& opened = *open;
    irp.file()->context = std::move(open);
    parent.insert(*link);
    report(parent, *link, link->name(), name_filter(*node), FILE_ACTION_ADDED);
    if (opened.stream->named()) report_stream(opened, opened.stream->name(), FILE_ACTION_ADDED_STREAM);
    return Outcome{FILE_CREATED};
}

}  // namespace io::ramfs
