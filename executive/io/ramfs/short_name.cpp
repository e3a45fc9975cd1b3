// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/short_name.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/string.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kBase = 8;
constexpr size_t kExtension = 3;
constexpr size_t kBesideDigits = 2;
constexpr size_t kDigested = 24;  // the last units of a name

// What becomes of a unit: 0, it is left out. Other characters than ASCII's depend on a code page.
char16_t short_unit(char16_t unit) {
    constexpr std::u16string_view kReplaced = u"+,;=[]";
    if (unit <= u' ' || unit == u'.') return 0;
    if (unit >= 0x7f || kReplaced.find(unit) != kReplaced.npos) return u'_';
    return base::upcase(unit);
}

bool is_part(std::u16string_view part, size_t longest) {
    auto fits = [](char16_t unit) { return short_unit(unit) == base::upcase(unit); };
    return !part.empty() && part.size() <= longest && std::ranges::all_of(part, fits);
}

// What is kept of a part, as much as there is room for.
uint8_t keep(std::u16string_view part, std::span<char16_t> room) {
    size_t length = 0;
    for (size_t i = 0; i < part.size() && length < room.size(); ++i)
        if (char16_t kept = short_unit(part[i])) room[length++] = kept;
    return static_cast<uint8_t>(length);
}

}  // namespace

ShortName::ShortName(std::u16string_view name) : length_(static_cast<uint8_t>(name.size())) {
    base::upcase(name, units_);
}

bool is_short(std::u16string_view name) {
    if (name.size() > ShortName::kLongest) return false;
    size_t period = name.find(u'.');
    if (!is_part(name.substr(0, period), kBase)) return false;
    return period == name.npos || is_part(name.substr(period + 1), kExtension);
}

ShortNames::ShortNames(std::u16string_view name) : name_(name) {
    name_.remove_prefix(std::min(name_.find_first_not_of(u'.'), name_.size()));
    // Looking from the end goes unit by unit; most long names have no period.
    size_t period = base::find_unit(name_, u'.') < name_.size() ? name_.rfind(u'.') : name_.npos;
    base_length_ = keep(name_.substr(0, period), base_);
    if (period != name_.npos) extension_length_ = keep(name_.substr(period + 1), extension_);
}

ShortName ShortNames::made(unsigned attempt) {
    char16_t units[ShortName::kLongest];
    size_t length = 0;
    auto add = [&](std::u16string_view text) { length += text.copy(units + length, text.size()); };
    bool plain = attempt < kPlainNumbers;
    add({base_, std::min<size_t>(base_length_, plain ? kPlain : kBesideDigits)});
    if (!plain && !std::exchange(has_digest_, true)) {
        uint32_t hash =
            base::hash_ignore_case(name_.substr(name_.size() - std::min(name_.size(), kDigested)));
        digest_ = (hash ^ hash >> 16) & 0xffff;
    }
    for (int shift = 12; !plain && shift >= 0; shift -= 4)
        units[length++] = u"0123456789ABCDEF"[digest_ >> shift & 15];
    units[length++] = u'~';
    units[length++] = static_cast<char16_t>(u'1' + (plain ? attempt : attempt - kPlainNumbers));
    if (extension_length_ > 0) {
        units[length++] = u'.';
        add({extension_, extension_length_});
    }
    return ShortName({units, length});
}

}  // namespace io::ramfs
