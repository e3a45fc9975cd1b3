// SPDX-License-Identifier: GPL-3.0-only
//
// Paths out of trees of names. How deep a tree is, is its users' to say, so a path is made in walks up the
// tree, not by recursion. `up` maps a node to its parent (T*), the top to null; the top's own name does not
// take part.
#pragma once

#include <algorithm>

#include "base/string.hpp"

namespace base {

// In UTF-16 units: what fits a UNICODE_STRING.
inline constexpr size_t kMaximumPath = 32767;

template <typename T>
struct Climb {
    const T& top;
    size_t length;  // of the path from the top, in UTF-16 units, at most kMaximumPath
};

// STATUS_NAME_TOO_LONG.
template <typename T, typename Up>
Result<Climb<T>> climb(const T& leaf, Up up) {
    const T* at = &leaf;
    size_t length = 0;
    for (const T* parent = up(*at); parent; parent = up(*at)) {
        length += 1 + at->name().size();
        if (length > kMaximumPath) return fail(STATUS_NAME_TOO_LONG);
        at = parent;
    }
    return Climb<T>{*at, length};
}

// `prefix`, then a backslash and a name for each node below the top: `length` units of names and backslashes,
// as climb() counted them. STATUS_NAME_TOO_LONG.
template <typename T, typename Up>
Result<String> path_below(std::u16string_view prefix, const T& leaf, size_t length, Up up) {
    if (prefix.size() > kMaximumPath - length) return fail(STATUS_NAME_TOO_LONG);
    String path = TRY(String::create_filled(prefix.size() + length, u'\\'));
    std::span<char16_t> left = path.units();
    std::copy(prefix.begin(), prefix.end(), left.begin());
    for (const T* at = &leaf; up(*at); at = up(*at)) {
        std::u16string_view name = at->name();
        std::copy(name.begin(), name.end(), left.end() - static_cast<ptrdiff_t>(name.size()));
        left = left.first(left.size() - name.size() - 1);
    }
    return path;
}

}  // namespace base
