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
// The short names of a name that is none, the one that most folders take first. What they have in common is
// made once, for a name may be long.
class ShortNames {
public:
    static constexpr unsigned kMost = 12;
    // Of alike names so many are told apart by their number alone, the others by digits too.
    static constexpr unsigned kPlainNumbers = 4;
    explicit ShortNames(std::u16string_view name);
    // REQUIRES: attempt < kMost.
    ShortName made(unsigned attempt);

private:
    static constexpr size_t kPlain = 6;  // units before the tilde
    std::u16string_view name_;
    char16_t base_[kPlain] = {};
    char16_t extension_[3] = {};
    uint8_t base_length_ = 0, extension_length_ = 0;
    bool has_digest_ = false;
    uint32_t digest_ = 0;  // of 16 bits
};

}  // namespace io::ramfs
