// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/names.hpp"

#include <algorithm>

#include "base/path.hpp"
#include "executive/io/ramfs/access.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kLongestName = 255;

// What no name has, of the first 128 units.
class Forbidden {
public:
    constexpr Forbidden() {
        for (unsigned unit = 0; unit < u' '; ++unit)
            add(unit);
        for (char16_t unit : std::u16string_view(u"\"*/:<>?|"))
            add(unit);
    }
    constexpr bool has(char16_t unit) const { return unit < 128 && (set_[unit / 64] >> unit % 64 & 1); }

private:
    constexpr void add(unsigned unit) { set_[unit / 64] |= uint64_t{1} << unit % 64; }
    uint64_t set_[2] = {};
};
constexpr Forbidden kForbidden;

}  // namespace

Result<void> check_name(std::u16string_view name) {
    if (name.empty() || name.size() > kLongestName || name == u"." || name == u"..")
        return fail(STATUS_OBJECT_NAME_INVALID);
    for (char16_t unit : name)
        if (kForbidden.has(unit)) return fail(STATUS_OBJECT_NAME_INVALID);
    return {};
}

Result<std::optional<Target>> Walk::go_on(Node& root, std::u16string_view path, const se::Token* walker,
                                          bool at_the_end) {
    Target target;
    if (path.ends_with(u'\\')) {
        path.remove_suffix(1);
        target.must_be_directory = true;
    }
    if (path.empty()) {
        target.node = &root;
        return target;
    }
    if (!path.starts_with(u'\\')) return fail(STATUS_OBJECT_NAME_INVALID);
    Node* directory = reached_ ? reached_.get() : &root;
    size_t taken = taken_;
    for (ke::Slice slice(ke::slice_ticks / 2);;) {
        size_t begin = taken + 1;
        size_t end = begin + std::min(find_unit(path.substr(begin), u'\\'), path.size() - begin);
        std::u16string_view part = path.substr(begin, end - begin);
        if (size_t colon = find_unit(part, u':'); end == path.size() && colon < part.size()) [[unlikely]] {
            target.stream = TRY(parse_stream_name(part.substr(colon)));
            if (target.must_be_directory) return fail(STATUS_OBJECT_NAME_INVALID);
            part = part.substr(0, colon);
            if (part.empty() && directory == &root) {
                target.node = &root;
                return target;
            }
        }
        TRY(check_name(part));
        came_through_it_ = came_through_it_ || directory == wanted_;
        if (walker) [[unlikely]]
            TRY(check_traversing(*walker, *directory));
        Link* link = directory->find(part);
        Node* entry = link ? &link->node() : nullptr;
        if (entry && !entry->reparse().empty() && (end < path.size() || at_the_end)) [[unlikely]] {
            target.reparse_point = entry;
            target.begin = begin - 1;
            target.end = end;
            return target;
        }
        if (end == path.size()) {
            target.parent = directory;
            target.name = part;
            target.link = link;
            target.node = entry;
            return target;
        }
        if (!entry || !entry->directory()) return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        directory = entry;
        taken = end;
        if (!slice.used_up()) continue;
        reached_ = Ref<Node>(directory);
        taken_ = taken;
        return std::nullopt;
    }
}

namespace {

// The name of the folder that this one is in; null: the root, which has none.
Link* above(const Link& link) {
    return link.folder()->link();
}

}  // namespace

// False: the slice is over.
Result<bool> Climb::measure(const ke::Slice& slice, Link* leaf) {
    Link* at = at_ ? at_.get() : leaf;
    for (; at && at->folder(); at = above(*at)) {
        if (slice.over()) return at_ = Ref<Link>(at), false;
        length_ += 1 + at->name().size();
        if (length_ > kMaximumPath) return fail(STATUS_NAME_TOO_LONG);
    }
    path_ = TRY(String::create_filled(std::max<size_t>(length_, 1), u'\\'));
    at_ = leaf ? Ref<Link>(leaf) : Ref<Link>();
    return measured_ = true;
}

bool Climb::write(const ke::Slice& slice) {
    Link* at = at_.get();
    for (; at && at->folder(); at = above(*at)) {
        if (slice.over()) return at_ = Ref<Link>(at), false;
        std::u16string_view name = at->name();
        if (length_ < 1 + name.size()) break;
        length_ -= 1 + name.size();
        std::ranges::copy(name, path_.units().subspan(length_ + 1).begin());
    }
    if ((!at || !at->folder()) && length_ == 0) return true;
    // It has moved meanwhile, or one above has.
    *this = Climb();
    return false;
}

Result<bool> Climb::go_on(Link* leaf) {
    ke::Slice slice(ke::slice_ticks / 2);
    if (!measured_ && !TRY(measure(slice, leaf))) return false;
    return write(slice);
}

Result<void> Climb::hold(ke::Client& client) {
    charge_ = ob::Charge();
    charge_ = TRY(ob::Charge::take(client, sizeof(String) + 2 * path_.length()));
    return {};
}

}  // namespace io::ramfs
