// SPDX-License-Identifier: GPL-3.0-only
//
// Who watches the directories of a memory volume.
#include "executive/io/ramfs/watching.hpp"

#include <algorithm>

#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr uint32_t kFilters = 0xfff;

// As far up as somebody is looked for who watches a tree, the longest name that he is told, and how many
// folders above have one who is told: counts and no clock, for whoever watches should not depend on how busy
// the machine is.
constexpr unsigned kMostLevels = 64;
constexpr size_t kLongestName = 2048;
constexpr unsigned kMostTold = 4;

// "a\b\name", for a reader `levels` above the folder.
Result<String> name_below(Node& folder, std::u16string_view name, unsigned levels, size_t length) {
    String text = TRY(String::create_room(length));
    std::span<char16_t> units = text.units();
    size_t at = length - name.size();
    std::ranges::copy(name, units.subspan(at).begin());
    Node* part = &folder;
    for (unsigned left = levels; left > 0; --left, part = part->parent()) {
        units[--at] = u'\\';
        at -= part->link()->name().size();
        std::ranges::copy(part->link()->name(), units.subspan(at).begin());
    }
    return text;
}

}  // namespace

Result<Volume::Outcome> Volume::watch(Irp& irp, OpenNode& open) {
    Node& node = *open.node;
    if (irp.minor != kMinorNotifyChangeDirectory && irp.minor != kMinorNotifyChangeDirectoryEx)
        return fail(STATUS_INVALID_DEVICE_REQUEST);
    uint32_t filter = irp.parameters.query.information_class;
    if (!open.lists() || filter == 0 || (filter & ~kFilters)) return fail(STATUS_INVALID_PARAMETER);
    if (node.delete_pending()) return fail(STATUS_DELETE_PENDING);
    if (!node.watches) node.watches = TRY(make_ref<DirectoryWatches>());
    bool watched = static_cast<bool>(irp.file()->watch);
    auto answer = node.watches->watch(irp);
    watching_ += !watched && irp.file()->watch;
    auto& place = static_cast<ListLink<WatchedTreeTag>&>(*node.watches);
    if (node.watches->watches_tree() && !place.linked()) losses_.add(*node.watches);
    auto told = TRY(std::move(answer));
    if (told.status == STATUS_PENDING) return Outcome{.later = true};
    return Outcome{told.information, told.status};
}

namespace {

// "file:stream"
Result<String> name_of_stream(std::u16string_view file, std::u16string_view stream) {
    String name = TRY(String::create(file));
    TRY(name.append(u':'));
    TRY(name.append(stream));
    return name;
}

}  // namespace

void Volume::tell_of_change(const OpenNode& open, uint32_t filter) {
    std::u16string_view name = open.link->name();
    if (!open.stream->named()) return report(*open.folder(), *open.link, name, filter, FILE_ACTION_MODIFIED);
    uint32_t of_stream = filter & FILE_NOTIFY_CHANGE_SIZE ? FILE_NOTIFY_CHANGE_STREAM_SIZE : 0u;
    if (filter & FILE_NOTIFY_CHANGE_LAST_WRITE) of_stream |= FILE_NOTIFY_CHANGE_STREAM_WRITE;
    uint32_t of_file = filter & ~(FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE);
    if (of_file) report(*open.folder(), *open.link, name, of_file, FILE_ACTION_MODIFIED);
    auto whole = name_of_stream(name, open.stream->name());
    if (of_stream && whole)
        report(*open.folder(), *open.link, *whole, of_stream, FILE_ACTION_MODIFIED_STREAM);
}

void Volume::report_stream(const OpenNode& open, std::u16string_view stream, uint32_t action) {
    if (watching_ == 0 || !open.folder()) return;
    auto whole = name_of_stream(open.link->name(), stream);
    if (whole) report(*open.folder(), *open.link, *whole, FILE_NOTIFY_CHANGE_STREAM_NAME, action);
}

void Volume::tell_watchers(Node& folder, const Link& entry, std::u16string_view name, uint32_t filter,
                           uint32_t action) {
    FileFacts facts = entry.node().facts(&entry);
    DirectoryWatches::Change change{filter, action, false, facts, folder.id()};
    if (folder.watches) folder.watches->add(change, name);
    if (!losses_.any()) return;
    change.below = true;
    size_t length = name.size();
    unsigned levels = 0, told = 0;
    for (Node* at = &folder; at->parent(); at = at->parent()) {
        length += 1 + at->link()->name().size();
        if (++levels > kMostLevels || length > kLongestName) return losses_.begin();
        DirectoryWatches* above = at->parent()->watches.get();
        if (!above || !above->watches_tree()) continue;
        if (++told > kMostTold) return losses_.begin();
        auto text = name_below(folder, name, levels, length);
        text ? above->add(change, *text) : above->lose_tree();
    }
}

void Volume::remove_entry(Link& entry) {
    Ref<Link> keep(entry);
    Ref<Node> folder(*entry.folder());
    Node& node = entry.node();
    folder->remove(entry);
    node.change_time = ke::system_time();
    report(*folder, entry, entry.name(), name_filter(node), FILE_ACTION_REMOVED);
    if (node.watches) node.watches->directory_goes();
}

void Volume::Losses::begin() {
    trees_.take_all(told_);
    if (PacedWork::linked() || trees_.empty()) return;
    keep_ = Ref<Volume>(volume_);
    ke::Pacer::instance().add(*this);
}

bool Volume::Losses::slice() {
    ke::Slice slice;
    while (DirectoryWatches* tree = trees_.pop_front()) {
        if (!tree->watches_tree()) continue;
        told_.push_back(*tree);
        tree->lose_tree();
        if (slice.used_up()) return false;
    }
    trees_.take_all(told_);
    Ref<Volume> last = std::move(keep_);
    return true;
}

}  // namespace io::ramfs
