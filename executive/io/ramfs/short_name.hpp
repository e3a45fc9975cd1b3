// SPDX-License-Identifier: GPL-3.0-only
//
// 8.3 names ([MS-FSCC] 2.1.5.2.1) for names that are none: as Microsoft documents how NTFS makes them (KB
// 142982, RtlGenerate8dot3Name). How it makes the four digits of the fifth and later of alike names is
// documented nowhere; here they are of a hash of our own.
#pragma once

#include <string_view>

#include "executive/prelude.hpp"

namespace io::ramfs {

class ShortName {
public:
    static constexpr size_t kLongest = 12;

    constexpr ShortName() = default;
    // In upper case. REQUIRES: is_short(name).
    explicit ShortName(std::u16string_view name);

    std::u16string_view view() const { return {units_, length_}; }
    bool empty() const { return length_ == 0; }

private:
    char16_t units_[kLongest] = {};
    uint8_t length_ = 0;
};

// Is it an 8.3 name by itself, in any case?
bool is_short(std::u16string_view name);
// So many are tried for a name that is none, in this order: most folders take the first.
inline constexpr unsigned kMostShortNames = 12;
ShortName make_short(std::u16string_view name, unsigned attempt);

}  // namespace io::ramfs
