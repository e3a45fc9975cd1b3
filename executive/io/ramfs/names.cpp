// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/names.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kLongestName = 255;
constexpr std::u16string_view kForbidden = u"\"*/:<>?|";

}  // namespace

Result<void> check_name(std::u16string_view name) {
    if (name.empty() || name.size() > kLongestName || name == u"." || name == u"..")
        return fail(STATUS_OBJECT_NAME_INVALID);
    for (char16_t unit : name)
        if (unit < u' ' || kForbidden.find(unit) != kForbidden.npos) return fail(STATUS_OBJECT_NAME_INVALID);
    return {};
}

Result<Target> find_target(Node& root, std::u16string_view path) {
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
    Node* directory = &root;
    for (;;) {
        path.remove_prefix(1);
        size_t end = find_unit(path, u'\\');
        std::u16string_view part = path.substr(0, end);
        TRY(check_name(part));
        Node* entry = directory->find(part);
        if (end == path.npos) {
            target.parent = directory;
            target.name = part;
            target.node = entry;
            return target;
        }
        if (!entry || !entry->directory()) return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        directory = entry;
        path = path.substr(end);
    }
}

}  // namespace io::ramfs
