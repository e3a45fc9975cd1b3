// SPDX-License-Identifier: GPL-3.0-only
#include "base/folded_name.hpp"

#include <algorithm>

namespace base {

namespace {

// How many units at the beginning of both are the same; it may say less, by up to what it compares at once.
size_t same_units(const char16_t* a, const char16_t* b, size_t length) {
    using Units [[gnu::vector_size(16)]] = uint64_t;
    constexpr size_t kUnits = 4 * sizeof(Units) / sizeof(char16_t);
    size_t at = 0;
    for (; at + kUnits <= length; at += kUnits) {
        Units left[4], right[4];
        __builtin_memcpy(left, a + at, sizeof left);
        __builtin_memcpy(right, b + at, sizeof right);
        Units other =
            (left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) | (left[3] ^ right[3]);
        if (other[0] | other[1]) break;
    }
    return at;
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

int FoldedKey::compare(const FoldedName& other) const {
    std::u16string_view name = other.view();
    if (name_.size() <= FoldedName::kShort || !other.upper()) return compare_ignore_case(name_, name);
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
