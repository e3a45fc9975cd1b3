// SPDX-License-Identifier: GPL-3.0-only
//
// Objects that the Executive itself names, with the descriptors that they and the directories on the way get.
#include "executive/ob/namespace.hpp"

namespace ob {

namespace {

// Who makes names in a directory of the Executive's: everybody where programs meet, drivers where devices
// are, nobody else in the root, among the sessions and where images are looked up.
Makers makers_in(std::u16string_view path) {
    for (std::u16string_view open : {u"\\BaseNamedObjects", u"\\RPC Control"})
        if (starts_with_ignore_case(path, open)) return Makers::Everybody;
    for (std::u16string_view drivers :
         {u"\\??", u"\\Device", u"\\Driver", u"\\FileSystem", u"\\KernelObjects", u"\\Callback"})
        if (starts_with_ignore_case(path, drivers)) return Makers::Services;
    return Makers::System;
}

// Where what is put there is for everybody to use, whoever puts it there: images, names of devices.
bool hands_down(std::u16string_view path) {
    return equal_ignore_case(path, u"\\KnownDlls") || equal_ignore_case(path, u"\\??");
}

// Puts an object of the Executive's own where `place` found nothing; `path` is where that is.
Result<void> insert_at(Found& place, std::u16string_view path, Object& object, bool permanent) {
    TRY(secure_own(object, makers_in(path), hands_down(path)));
    TRY(place.parent->insert(object, std::move(place.name)));
    if (permanent) object.keep_name();
    return {};
}

}  // namespace

Result<void> insert_path(std::u16string_view path, Object& object, bool permanent) {
    if (!path.starts_with(u'\\')) return fail(STATUS_OBJECT_PATH_SYNTAX_BAD);
    // Each backslash behind the first ends the name of a directory that must exist.
    for (size_t end = path.find(u'\\', 1); end != path.npos; end = path.find(u'\\', end + 1)) {
        Found missing = TRY(find(nullptr, path.substr(0, end), false));
        if (!missing.object) TRY(insert_at(missing, path.substr(0, end), *TRY(Directory::create()), true));
    }
    Found found = TRY(find(nullptr, path, true));
    if (found.object || !found.parent) return fail(STATUS_OBJECT_NAME_COLLISION);
    return insert_at(found, path, object, permanent || object.permanent());
}

}  // namespace ob
