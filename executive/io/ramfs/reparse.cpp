// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/reparse.hpp"

#include <string.h>

#include "abi/nt/ntreparse.h"
#include "base/bits.hpp"
#include "executive/io/ramfs/volume.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kLongestPath = UNICODE_STRING_MAX_CHARS;
// Parts of a relative link that lead up: each is looked for.
constexpr unsigned kMostUps = 63;

template <typename T>
T head_of(std::span<const uint8_t> data, size_t at) {
    T head{};
    memcpy(&head, data.data() + at, std::min(sizeof head, data.size() - at));
    return head;
}

bool is_link(uint32_t tag) {
    return tag == IO_REPARSE_TAG_SYMLINK || tag == IO_REPARSE_TAG_MOUNT_POINT;
}

size_t names_at(uint32_t tag) {
    return REPARSE_DATA_BUFFER_HEADER_SIZE +
           (tag == IO_REPARSE_TAG_SYMLINK ? REPARSE_SYMLINK_HEADER_SIZE : REPARSE_MOUNT_POINT_HEADER_SIZE);
}

bool names_fit(std::span<const uint8_t> data, uint32_t tag) {
    size_t at = names_at(tag);
    if (data.size() < at) return false;
    auto link = head_of<REPARSE_LINK_DATA>(data, REPARSE_DATA_BUFFER_HEADER_SIZE);
    size_t room = data.size() - at;
    return range_fits(link.SubstituteNameOffset, link.SubstituteNameLength, room) &&
           range_fits(link.PrintNameOffset, link.PrintNameLength, room) && link.SubstituteNameLength > 0 &&
           link.SubstituteNameLength % 2 == 0;
}

// The path with its last part away.
void go_up(String& path) {
    size_t last = path.view().rfind(u'\\');
    path.truncate(last == path.view().npos ? 0 : last);
}

Result<void> append_target(String& path, std::u16string_view target) {
    for (unsigned ups = 0; !target.empty();) {
        size_t end = std::min(target.find(u'\\'), target.size());
        std::u16string_view part = target.substr(0, end);
        target.remove_prefix(std::min(end + 1, target.size()));
        if (part.empty() || part == u".") continue;
        if (part == u"..") {
            if (++ups > kMostUps) return fail(STATUS_REPARSE_POINT_NOT_RESOLVED);
            go_up(path);
            continue;
        }
        TRY(path.append(u'\\'));
        TRY(path.append(part));
    }
    return {};
}

}  // namespace

uint32_t reparse_tag(std::span<const uint8_t> data) {
    return head_of<REPARSE_DATA_HEADER>(data, 0).ReparseTag;
}

Result<void> check_reparse_data(std::span<const uint8_t> data) {
    if (data.size() < REPARSE_DATA_BUFFER_HEADER_SIZE || data.size() > MAXIMUM_REPARSE_DATA_BUFFER_SIZE)
        return fail(STATUS_IO_REPARSE_DATA_INVALID);
    auto head = head_of<REPARSE_DATA_HEADER>(data, 0);
    size_t length = head.ReparseDataLength;
    bool of_microsoft = IsReparseTagMicrosoft(head.ReparseTag);
    bool plain = of_microsoft && data.size() == length + REPARSE_DATA_BUFFER_HEADER_SIZE;
    if (!plain && data.size() != length + REPARSE_GUID_DATA_BUFFER_HEADER_SIZE)
        return fail(STATUS_IO_REPARSE_DATA_INVALID);
    if (head.ReparseTag <= IO_REPARSE_TAG_RESERVED_RANGE) return fail(STATUS_IO_REPARSE_TAG_INVALID);
    if (is_link(head.ReparseTag) && !names_fit(data, head.ReparseTag))
        return fail(STATUS_IO_REPARSE_DATA_INVALID);
    return {};
}

Result<Redirect> follow(const Node& link, std::u16string_view path, size_t begin, size_t end) {
    std::span<const uint8_t> data = link.reparse();
    uint32_t tag = reparse_tag(data);
    if (!is_link(tag)) return fail(STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    auto head = head_of<REPARSE_LINK_DATA>(data, REPARSE_DATA_BUFFER_HEADER_SIZE);
    Vector<char16_t> name;
    TRY(name.resize(head.SubstituteNameLength / 2));
    memcpy(name.data(), data.data() + names_at(tag) + head.SubstituteNameOffset, head.SubstituteNameLength);
    std::u16string_view target(name.data(), name.size());
    std::u16string_view rest = path.substr(end);
    if (target.size() + path.size() > kLongestPath) return fail(STATUS_NAME_TOO_LONG);
    bool relative = tag == IO_REPARSE_TAG_SYMLINK && (head.Flags & SYMLINK_FLAG_RELATIVE);
    Redirect redirect{String(), relative};
    if (relative) {
        redirect.path = TRY(String::create(target.starts_with(u'\\') ? u"" : path.substr(0, begin)));
        TRY(append_target(redirect.path, target));
        if (redirect.path.empty() && rest.empty()) rest = u"\\";
    } else {
        if (!rest.empty() && target.ends_with(u'\\')) target.remove_suffix(1);
        redirect.path = TRY(String::create(target));
    }
    TRY(redirect.path.append(rest));
    return redirect;
}

Result<Volume::Outcome> Volume::control(Irp& irp, OpenNode& open) {
    switch (irp.parameters.control.code) {
        case FSCTL_SET_REPARSE_POINT:
            return set_reparse_point(irp, open);
        case FSCTL_GET_REPARSE_POINT:
            return get_reparse_point(irp, open);
        case FSCTL_DELETE_REPARSE_POINT:
            return delete_reparse_point(irp, open);
        default:
            return fail(STATUS_INVALID_DEVICE_REQUEST);
    }
}

namespace {

Result<void> check_may_set(const Irp& irp) {
    bool may = irp.file()->options().access & (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES);
    return may ? Result<void>() : fail(STATUS_ACCESS_DENIED);
}

}  // namespace

Result<Volume::Outcome> Volume::set_reparse_point(Irp& irp, OpenNode& open) {
    Node& node = *open.node;
    TRY(check_may_set(irp));
    Vector<uint8_t> data;
    TRY(data.resize(std::min<size_t>(irp.input.length, MAXIMUM_REPARSE_DATA_BUFFER_SIZE)));
    if (irp.input.length > data.size()) return fail(STATUS_IO_REPARSE_DATA_INVALID);
    TRY(irp.read_input(0, data.span()));
    TRY(check_reparse_data(data.span()));
    bool had = !node.reparse().empty();
    if (had && reparse_tag(node.reparse()) != reparse_tag(data.span()))
        return fail(STATUS_IO_REPARSE_TAG_MISMATCH);
    if (node.directory() && !node.empty()) return fail(STATUS_DIRECTORY_NOT_EMPTY);
    if (!open.folder()) return fail(STATUS_INVALID_PARAMETER);
    TRY(node.set_reparse(std::move(data)));
    report_modified(open, FILE_NOTIFY_CHANGE_ATTRIBUTES);
    return Outcome{};
}

Result<Volume::Outcome> Volume::get_reparse_point(Irp& irp, OpenNode& open) {
    std::span<const uint8_t> data = open.node->reparse();
    if (data.empty()) return fail(STATUS_NOT_A_REPARSE_POINT);
    if (irp.output.length < REPARSE_DATA_BUFFER_HEADER_SIZE) return fail(STATUS_BUFFER_TOO_SMALL);
    size_t length = std::min(data.size(), irp.output.length);
    TRY(irp.write_output(0, data.first(length)));
    return Outcome{length, length < data.size() ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS};
}

Result<Volume::Outcome> Volume::delete_reparse_point(Irp& irp, OpenNode& open) {
    Node& node = *open.node;
    TRY(check_may_set(irp));
    REPARSE_DATA_HEADER head{};
    bool whole = irp.input.length == REPARSE_DATA_BUFFER_HEADER_SIZE ||
                 irp.input.length == REPARSE_GUID_DATA_BUFFER_HEADER_SIZE;
    if (!whole) return fail(STATUS_IO_REPARSE_DATA_INVALID);
    TRY(irp.read_input(0, {reinterpret_cast<uint8_t*>(&head), sizeof head}));
    if (head.ReparseDataLength != 0) return fail(STATUS_IO_REPARSE_DATA_INVALID);
    if (head.ReparseTag <= IO_REPARSE_TAG_RESERVED_RANGE) return fail(STATUS_IO_REPARSE_TAG_INVALID);
    if (node.reparse().empty()) return fail(STATUS_NOT_A_REPARSE_POINT);
    if (reparse_tag(node.reparse()) != head.ReparseTag) return fail(STATUS_IO_REPARSE_TAG_MISMATCH);
    TRY(node.set_reparse({}));
    report_modified(open, FILE_NOTIFY_CHANGE_ATTRIBUTES);
    return Outcome{};
}

}  // namespace io::ramfs
