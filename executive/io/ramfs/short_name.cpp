// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/short_name.hpp"

#include <algorithm>

#include "base/string.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kBase = 8;
constexpr size_t kExtension = 3;
// Of alike names so many are told apart by their number alone.
constexpr unsigned kPlainNumbers = 4;

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

// Of 16 bits.
uint32_t digest(std::u16string_view name) {
    uint32_t hash = base::hash_ignore_case(name);
    return (hash ^ hash >> 16) & 0xffff;
}

class Text {
public:
    void add(char16_t unit) { units_[length_++] = unit; }
    // As many as fit into `longest` units altogether.
    void add_part(std::u16string_view part, size_t longest) {
        for (char16_t unit : part)
            if (char16_t kept = short_unit(unit); kept && length_ < longest) add(kept);
    }
    void add_digits(uint32_t value) {
        for (int shift = 12; shift >= 0; shift -= 4)
            add(u"0123456789ABCDEF"[value >> shift & 15]);
    }
    size_t length() const { return length_; }
    std::u16string_view view() const { return {units_, length_}; }

private:
    char16_t units_[ShortName::kLongest] = {};
    size_t length_ = 0;
};

}  // namespace

ShortName::ShortName(std::u16string_view name) : length_(static_cast<uint8_t>(name.size())) {
    base::upcase(name, units_);
}

bool is_short(std::u16string_view name) {
    size_t period = name.find(u'.');
    if (!is_part(name.substr(0, period), kBase)) return false;
    return period == name.npos || is_part(name.substr(period + 1), kExtension);
}

ShortName make_short(std::u16string_view name, unsigned attempt) {
    name.remove_prefix(std::min(name.find_first_not_of(u'.'), name.size()));
    size_t period = name.rfind(u'.');
    Text text;
    if (attempt < kPlainNumbers) {
        text.add_part(name.substr(0, period), kBase - 2);
    } else {
        text.add_part(name.substr(0, period), 2);
        text.add_digits(digest(name));
    }
    text.add(u'~');
    text.add(static_cast<char16_t>(u'1' + (attempt < kPlainNumbers ? attempt : attempt - kPlainNumbers)));
    if (period != name.npos && period + 1 < name.size()) {
        text.add(u'.');
        text.add_part(name.substr(period + 1), text.length() + kExtension);
    }
    std::u16string_view made = text.view();
    if (made.ends_with(u'.')) made.remove_suffix(1);
    return ShortName(made);
}

}  // namespace io::ramfs
