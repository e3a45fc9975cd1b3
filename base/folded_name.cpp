// SPDX-License-Identifier: GPL-3.0-only
#include "base/folded_name.hpp"

#include <algorithm>

namespace base {

namespace {

// How many units at the beginning of both are the same; it may say less, by up to what is compared at once.
size_t same_units(const char16_t* a, const char16_t* b, size_t length) {
    const char16_t* at = a;
    size_t words = length / 4;
    if (words == 0) return 0;
    // Fewer instructions than by vectors.
    __asm__ volatile("repe cmpsq" : "+S"(at), "+D"(b), "+c"(words) : : "cc", "memory");
    return static_cast<size_t>(at - a) - 4;
}

// Of names in upper case.
int compare_folded(std::u16string_view a, std::u16string_view b) {
    size_t common = std::min(a.size(), b.size());
    for (size_t i = same_units(a.data(), b.data(), common); i < common; ++i)
        if (a[i] != b[i]) return a[i] - b[i];
    return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

}  // namespace

Result<FoldedName> FoldedName::create(std::u16string_view name) {
    FoldedName folded;
    if (name.size() <= kShort) {
        folded.units_ = TRY(String::create(name));
        return folded;
    }
    folded.units_ = TRY(String::create_room(2 * name.size()));
    std::ranges::copy(name, folded.units_.units().begin());
    upcase(name, folded.units_.units().data() + name.size());
    return folded;
}

Result<FoldedName> FoldedName::create(const FoldedKey& key) {
    if (!key.folded_ || key.name_.size() > FoldedKey::kLongest) return create(key.name_);
    size_t length = key.name_.size();
    FoldedName folded;
    folded.units_ = TRY(String::create_room(2 * length));
    std::span<char16_t> units = folded.units_.units();
    std::ranges::copy(key.name_, units.begin());
    std::ranges::copy(std::span(key.upper_).first(length), units.subspan(length).begin());
    return folded;
}

int FoldedKey::compare_long(const FoldedName& other) const {
    std::u16string_view name = other.view();
    if (name_.size() <= FoldedName::kShort) return compare_ignore_case(name_, name);
    std::u16string_view looked_at = name_.substr(0, kLongest);
    if (!folded_) {
        // Most differ early.
        constexpr size_t kEarly = 16;
        int difference = compare_ignore_case(name_.substr(0, kEarly), name.substr(0, kEarly));
        if (difference) return difference;
        upcase(looked_at, upper_);
        folded_ = true;
    }
    int difference = compare_folded({upper_, looked_at.size()}, {other.upper(), name.size()});
    return difference || name_.size() == looked_at.size() ? difference : 1;
}

bool FoldedNameKey::operator<(const FoldedNameKey& other) const {
    std::u16string_view a = name_->view(), b = other.name_->view();
    if (!name_->upper() || !other.name_->upper()) return compare_ignore_case(a, b) < 0;
    return compare_folded({name_->upper(), a.size()}, {other.name_->upper(), b.size()}) < 0;
}

}  // namespace base
