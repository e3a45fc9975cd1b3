// SPDX-License-Identifier: GPL-3.0-only
//
// Names for files that there are already: renaming ([MS-FSA] 2.1.5.15.11), hard links (2.1.5.15.6), and the
// list of a file's names (2.1.5.12.16).
#include <string.h>

#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "base/bits.hpp"
#include "executive/io/ramfs/reparse.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/io/ramfs/watching.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

// The flags of a new name: those that only the extended classes have are not a boolean's.
Result<uint8_t> flags_of(const Irp& irp) {
    uint8_t flags = 0;
    TRY(irp.read_input(0, {&flags, sizeof flags}));
    uint32_t information_class = irp.parameters.query.information_class;
    bool extended =
        information_class == FileRenameInformationEx || information_class == FileLinkInformationEx;
    return static_cast<uint8_t>(extended ? flags : flags ? FILE_RENAME_REPLACE_IF_EXISTS : 0);
}

// Has the name that is to be replaced to stay? `own`: of the file that takes its place.
Result<void> check_replaceable(Link& link, uint8_t flags, bool own) {
    Node& node = link.node();
    // As POSIX has it, who has it open goes on with a file without a name.
    bool posix = flags & FILE_RENAME_POSIX_SEMANTICS;
    bool last = node.lasting_links() <= 1 && !own;
    bool in_use = posix ? last && node.has_images() : link.opens > 0 || (last && node.has_sections());
    bool unwritable =
        (node.attributes & FILE_ATTRIBUTE_READONLY) && !(flags & FILE_RENAME_IGNORE_READONLY_ATTRIBUTE);
    return node.directory() || in_use || unwritable ? fail(STATUS_ACCESS_DENIED) : Result<void>();
}

static_assert(FILE_LINK_REPLACE_IF_EXISTS == FILE_RENAME_REPLACE_IF_EXISTS &&
              FILE_LINK_POSIX_SEMANTICS == FILE_RENAME_POSIX_SEMANTICS &&
              FILE_LINK_IGNORE_READONLY_ATTRIBUTE == FILE_RENAME_IGNORE_READONLY_ATTRIBUTE);

}  // namespace

// Nothing: there is more to do. A path that leads off the volume ends at a reparse point, and the request's
// name is what it has to be looked for from the root of all names by.
//
// No directory moves into itself: its new path must not lead through it. When another directory moved while
// the path was walked, the walk says nothing of that and begins again.
Result<std::optional<Target>> Volume::find_new_name(Irp& irp, OpenNode& open, Progress& progress) {
    if (progress.moves != directories_moved_) {
        progress.walk = Walk();
        progress.moves = directories_moved_;
    }
    progress.walk.look_for(*open.node);
    const se::Token* walker = irp.checked_as();
    if (walker && walker->holds(SE_CHANGE_NOTIFY_PRIVILEGE)) walker = nullptr;
    auto found = TRY(progress.walk.go_on(*root_, irp.name, walker));
    if (!found) return found;
    const Target& target = *found;
    if (target.reparse_point) {
        Redirect redirect = TRY(follow(*target.reparse_point, irp.name, target.begin, target.end));
        if (!redirect.on_volume) {
            irp.name = std::move(redirect.path);
            return found;
        }
        if (++progress.links > kMostReparsePoints) return fail(STATUS_REPARSE_POINT_NOT_RESOLVED);
        irp.name = std::move(redirect.path);
        progress.walk = Walk();
        return std::nullopt;
    }
    if (target.stream.data || target.stream.directory) return fail(STATUS_OBJECT_NAME_INVALID);
    if (!target.parent) return fail(STATUS_OBJECT_NAME_COLLISION);
    if (progress.walk.came_through_it()) return fail(STATUS_INVALID_PARAMETER);
    if (target.parent->delete_pending()) return fail(STATUS_DELETE_PENDING);
    return found;
}

// The name goes from its folder.
void Volume::replace(Link& replaced) {
    replaced.set_delete_pending(true);
    remove_entry(replaced);
}

Result<Volume::Outcome> Volume::rename(Irp& irp, OpenNode& open, Progress& progress) {
    Node& node = *open.node;
    const uint8_t flags = TRY(flags_of(irp));
    if (!open.folder()) return fail(STATUS_INVALID_PARAMETER);
    if (irp.name.view().starts_with(u':')) return rename_stream(irp, open, flags);
    if (open.stream->named()) return fail(STATUS_INVALID_PARAMETER);
    auto found = TRY(find_new_name(irp, open, progress));
    if (!found) return Outcome{.more = true};
    if (found->reparse_point) return Outcome{kReparseFromRoot, STATUS_REPARSE};
    const Target& target = *found;
    Link& link = *open.link;
    const Wanted wanted{irp.checked_as(), 0};
    if (!TRY(progress.access.check_adding(wanted, *target.parent, node.directory())))
        return Outcome{.more = true};
    Ref<Link> replaced;
    if (target.link && target.link != &link) {
        if (!(flags & FILE_RENAME_REPLACE_IF_EXISTS)) return fail(STATUS_OBJECT_NAME_COLLISION);
        if (!TRY(progress.access.check_removing(wanted, *target.link))) return Outcome{.more = true};
        TRY(check_replaceable(*target.link, flags, &target.link->node() == &node));
        replaced = Ref<Link>(target.link);
    }
    String path = TRY(String::create(irp.name));
    Ref<Node> from(*link.folder());
    String old_name = TRY(String::create(link.name()));
    if (replaced) target.parent->remove(*replaced);
    auto moved = link.move(*target.parent, target.name);
    if (!moved && replaced) target.parent->insert(*replaced);
    TRY(std::move(moved));
    if (replaced) {
        replaced->set_delete_pending(true);
        report(*target.parent, *replaced, replaced->name(), name_filter(replaced->node()),
               FILE_ACTION_REMOVED);
    }
    bool same_folder = from.get() == target.parent;
    report(*from, link, old_name, name_filter(node),
           same_folder ? FILE_ACTION_RENAMED_OLD_NAME : FILE_ACTION_REMOVED);
    report(*target.parent, link, link.name(), name_filter(node),
           same_folder ? FILE_ACTION_RENAMED_NEW_NAME : FILE_ACTION_ADDED);
    if (node.directory()) ++directories_moved_;
    irp.file()->rename(std::move(path));
    open.moves_seen = moves_of(open);
    return Outcome{};
}

Result<Volume::Outcome> Volume::add_link(Irp& irp, OpenNode& open, Progress& progress) {
    Node& node = *open.node;
    const uint8_t flags = TRY(flags_of(irp));
    if (node.directory()) return fail(STATUS_FILE_IS_A_DIRECTORY);
    if (open.delete_pending()) return fail(STATUS_ACCESS_DENIED);
    auto found = TRY(find_new_name(irp, open, progress));
    if (!found) return Outcome{.more = true};
    if (found->reparse_point) return Outcome{kReparseFromRoot, STATUS_REPARSE};
    const Target& target = *found;
    const Wanted wanted{irp.checked_as(), 0};
    if (!TRY(progress.access.check_adding(wanted, *target.parent, false))) return Outcome{.more = true};
    Ref<Link> replaced;
    if (target.link) {
        if (!(flags & FILE_LINK_REPLACE_IF_EXISTS)) return fail(STATUS_OBJECT_NAME_COLLISION);
        // What is asked for is there.
        if (target.node == &node && !target.link->delete_pending()) return Outcome{};
        if (!TRY(progress.access.check_removing(wanted, *target.link))) return Outcome{.more = true};
        TRY(check_replaceable(*target.link, flags, target.node == &node));
        replaced = Ref<Link>(target.link);
    }
    Ref<Link> link = TRY(Link::create(target.name, node));
    if (replaced) replace(*replaced);
    target.parent->insert(*link);
    node.change_time = ke::system_time();
    report(*target.parent, *link, link->name(), name_filter(node), FILE_ACTION_ADDED);
    return Outcome{};
}

namespace {

constexpr size_t kListHeader = offsetof(FILE_LINKS_INFORMATION, Entry);
constexpr size_t kEntryName = offsetof(FILE_LINK_ENTRY_INFORMATION, FileName);

template <typename T>
Result<void> put(const Irp& irp, size_t at, const T& value, size_t length = sizeof(T)) {
    return irp.write_output(at, {reinterpret_cast<const uint8_t*>(&value), length});
}

Result<void> put_entry(const Irp& irp, size_t at, const Link& link) {
    FILE_LINK_ENTRY_INFORMATION entry{};
    entry.ParentFileId = static_cast<LONGLONG>(link.folder()->id());
    entry.FileNameLength = static_cast<ULONG>(link.name().size());
    TRY(put(irp, at, entry, kEntryName));
    return irp.write_output(at + kEntryName,
                            {reinterpret_cast<const uint8_t*>(link.name().data()), link.name().size() * 2});
}

}  // namespace

// From the first that does not fit on, names are only counted.
Result<Volume::Outcome> Volume::list_links(Irp& irp, OpenNode& open, Listing<Link>& listing) {
    Node& node = *open.node;
    if (irp.output.length < kListHeader) return fail(STATUS_INFO_LENGTH_MISMATCH);
    // A slice that has to wait for a page of the client's is done again.
    Listing<Link> now{.needed = kListHeader, .written = kListHeader};
    if (listing.next && listing.changed == node.links_changed()) now = listing;
    Link* link = now.next ? now.next.get() : node.link();
    ke::Slice slice;
    for (; link && !slice.over(); link = node.link_after(*link)) {
        size_t at = align_up(now.needed, 8);
        size_t end = at + kEntryName + link->name().size() * 2;
        now.full = now.full || end > irp.output.length;
        now.needed = end;
        if (now.full) continue;
        TRY(put_entry(irp, at, *link));
        if (now.count > 0) TRY(put(irp, now.last, static_cast<ULONG>(at - now.last)));
        now.last = at;
        now.written = end;
        ++now.count;
    }
    if (link) {
        now.next = Ref<Link>(link);
        now.changed = node.links_changed();
        listing = std::move(now);
        return Outcome{.more = true};
    }
    ULONG header[] = {static_cast<ULONG>(now.needed), now.count};
    TRY(put(irp, 0, header));
    return Outcome{now.written, now.full ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS};
}

}  // namespace io::ramfs
