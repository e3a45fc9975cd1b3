// SPDX-License-Identifier: GPL-3.0-only
//
// UTF-16 text. A view is std::u16string_view; String owns its characters and never shares them. NT names
// compare without case by upcasing each code unit (upcase), never by locale.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/vector.hpp"

namespace base {

// The code unit's simple uppercase mapping as NT names use it: Latin, Greek, Cyrillic, Armenian, Latin
// additional, Greek extended, Roman numerals, circled and full-width letters. Others map to themselves.
char16_t upcase(char16_t unit);
char16_t downcase(char16_t unit);
// The whole text in upper case, of the same length.
void upcase(std::u16string_view text, char16_t* upper);
// Where the unit is first, or npos, as text.find() says it: paths may have 32,767 units, and this looks at
// eight at a time.
size_t find_unit(std::u16string_view text, char16_t unit);

// < 0, 0, > 0.
int compare_ignore_case(std::u16string_view a, std::u16string_view b);
bool equal_ignore_case(std::u16string_view a, std::u16string_view b);
bool starts_with_ignore_case(std::u16string_view text, std::u16string_view prefix);
uint32_t hash_ignore_case(std::u16string_view text);

// Parses digits in the base given (2..36); false when empty, malformed or too large.
bool parse_number(std::u16string_view text, unsigned number_base, uint64_t& value);

class String {
public:
    constexpr String() = default;
    String(String&&) = default;
    String& operator=(String&&) = default;

    static Result<String> create(std::u16string_view text);
    static Result<String> create_filled(size_t length, char16_t unit);
    // To be overwritten through units(): whatever was there before.
    static Result<String> create_room(size_t length);
    // Bytes above 127 are decoded as UTF-8; malformed sequences become U+FFFD.
    static Result<String> from_utf8(std::string_view text);
    Result<String> copy() const { return create(view()); }

    std::span<char16_t> units() { return units_.span(); }
    std::u16string_view view() const { return {units_.data(), units_.size()}; }
    operator std::u16string_view() const { return view(); }
    size_t length() const { return units_.size(); }
    bool empty() const { return units_.empty(); }
    Result<void> append(std::u16string_view text);
    Result<void> append(char16_t unit) { return units_.push_back(unit); }
    void truncate(size_t length);

private:
    Vector<char16_t> units_;
};

// Writes at most out.size() bytes of UTF-8 and returns how many; an unpaired surrogate becomes U+FFFD.
size_t to_utf8(std::u16string_view text, std::span<char> out);

}  // namespace base
