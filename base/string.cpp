// SPDX-License-Identifier: GPL-3.0-only
#include "base/string.hpp"

namespace base {

namespace {

// A run of code units whose case partner is `delta` away; `step` 2 when upper and lower alternate.
struct CaseRange {
    char16_t first_lower;
    char16_t last_lower;
    int16_t delta;  // lower + delta = upper
    uint8_t step;
};

constexpr CaseRange kCaseRanges[] = {
    {0x0061, 0x007a, -32, 1}, {0x00e0, 0x00f6, -32, 1}, {0x00f8, 0x00fe, -32, 1}, {0x00ff, 0x00ff, 121, 1},
    {0x0101, 0x012f, -1, 2},  {0x0133, 0x0137, -1, 2},  {0x013a, 0x0148, -1, 2},  {0x014b, 0x0177, -1, 2},
    {0x017a, 0x017e, -1, 2},  {0x01ce, 0x01dc, -1, 2},  {0x01df, 0x01ef, -1, 2},  {0x01f9, 0x021f, -1, 2},
    {0x0223, 0x0233, -1, 2},  {0x0247, 0x024f, -1, 2},  {0x03ac, 0x03ac, -38, 1}, {0x03ad, 0x03af, -37, 1},
    {0x03b1, 0x03c1, -32, 1}, {0x03c3, 0x03cb, -32, 1}, {0x03cc, 0x03cc, -64, 1}, {0x03cd, 0x03ce, -63, 1},
    {0x03d9, 0x03ef, -1, 2},  {0x0430, 0x044f, -32, 1}, {0x0450, 0x045f, -80, 1}, {0x0461, 0x0481, -1, 2},
    {0x048b, 0x04bf, -1, 2},  {0x04c2, 0x04ce, -1, 2},  {0x04d1, 0x0523, -1, 2},  {0x0561, 0x0586, -48, 1},
    {0x1e01, 0x1e95, -1, 2},  {0x1ea1, 0x1eff, -1, 2},  {0x1f00, 0x1f07, 8, 1},   {0x1f10, 0x1f15, 8, 1},
    {0x1f20, 0x1f27, 8, 1},   {0x1f30, 0x1f37, 8, 1},   {0x1f40, 0x1f45, 8, 1},   {0x1f60, 0x1f67, 8, 1},
    {0x2170, 0x217f, -16, 1}, {0x24d0, 0x24e9, -26, 1}, {0x2c30, 0x2c5e, -48, 1}, {0x2c81, 0x2ce3, -1, 2},
    {0xa641, 0xa65f, -1, 2},  {0xff41, 0xff5a, -32, 1},
};

// What is added to a unit to have it in upper case, by its high and then its low byte. Names may have
// thousands of units, so one must not cost a search. Row 0 is for all high bytes without lower case.
class UpcaseTable {
public:
    constexpr UpcaseTable() {
        size_t rows = 1;
        for (const CaseRange& range : kCaseRanges)
            for (unsigned lower = range.first_lower; lower <= range.last_lower; lower += range.step) {
                uint8_t& row = row_[lower >> 8];
                if (row == 0) row = static_cast<uint8_t>(rows++);
                delta_[row][lower & 0xff] = range.delta;
            }
    }
    constexpr char16_t upcase(char16_t unit) const {
        return static_cast<char16_t>(unit + delta_[row_[unit >> 8]][unit & 0xff]);
    }

private:
    static constexpr size_t kRows = 14;
    uint8_t row_[256] = {};
    int16_t delta_[kRows][256] = {};
};
constexpr UpcaseTable kUpcase;

constexpr char16_t kReplacement = 0xfffd;

// The length of the sequence that starts with this byte and the bits it carries; 0 when it starts none.
unsigned utf8_sequence(unsigned char lead, uint32_t& bits) {
    if (lead < 0x80) return bits = lead, 1;
    if (lead >= 0xc2 && lead < 0xe0) return bits = lead & 0x1f, 2;
    if (lead >= 0xe0 && lead < 0xf0) return bits = lead & 0x0f, 3;
    if (lead >= 0xf0 && lead < 0xf5) return bits = lead & 0x07, 4;
    return 0;
}

// Decodes one code point and advances; U+FFFD and one byte when malformed.
uint32_t next_code_point(std::string_view text, size_t& position) {
    uint32_t point = 0;
    unsigned length = utf8_sequence(static_cast<unsigned char>(text[position]), point);
    if (length == 0 || length > text.size() - position) return ++position, kReplacement;
    for (unsigned i = 1; i < length; ++i) {
        unsigned char byte = static_cast<unsigned char>(text[position + i]);
        if ((byte & 0xc0) != 0x80) return ++position, kReplacement;
        point = point << 6 | (byte & 0x3f);
    }
    bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    bool surrogate = point >= 0xd800 && point < 0xe000;
    if (overlong || surrogate || point > 0x10ffff) return ++position, kReplacement;
    position += length;
    return point;
}

}  // namespace

char16_t upcase(char16_t unit) {
    if (unit < 0x80) [[likely]]
        return unit >= u'a' && unit <= u'z' ? unit - 32 : unit;
    return kUpcase.upcase(unit);
}

void upcase(std::u16string_view text, char16_t* upper) {
    using Units [[gnu::vector_size(16)]] = int16_t;
    using Halves [[gnu::vector_size(16)]] = int64_t;
    constexpr size_t kUnits = sizeof(Units) / sizeof(char16_t);
    for (size_t at = 0; at < text.size();) {
        // What is ASCII, eight at a time.
        for (Units units; at + kUnits <= text.size(); at += kUnits) {
            __builtin_memcpy(&units, text.data() + at, sizeof units);
            auto beyond = Halves((units < 0) | (units > 0x7f));
            if (beyond[0] | beyond[1]) break;
            units -= (units >= u'a') & (units <= u'z') & (u'a' - u'A');
            __builtin_memcpy(upper + at, &units, sizeof units);
        }
        // Then some one by one: a text of other units is not tried each time.
        size_t end = at + 4 * kUnits < text.size() ? at + 4 * kUnits : text.size();
        for (; at < end; ++at)
            upper[at] = kUpcase.upcase(text[at]);
    }
}

char16_t downcase(char16_t unit) {
    if (unit < 0x80) [[likely]]
        return unit >= u'A' && unit <= u'Z' ? unit + 32 : unit;
    for (const CaseRange& range : kCaseRanges) {
        int lower = unit - range.delta;
        if (lower < range.first_lower || lower > range.last_lower) continue;
        if ((lower - range.first_lower) % range.step != 0) continue;
        return static_cast<char16_t>(lower);
    }
    return unit;
}

size_t find_unit(std::u16string_view text, char16_t unit) {
    using Units [[gnu::vector_size(16)]] = char16_t;
    using Halves [[gnu::vector_size(16)]] = int64_t;
    constexpr size_t kUnits = sizeof(Units) / sizeof(char16_t);
    const Units wanted = Units{} + unit;
    size_t at = 0;
    for (; at + 4 * kUnits <= text.size(); at += 4 * kUnits) {
        Units units[4];
        __builtin_memcpy(units, text.data() + at, sizeof units);
        auto same =
            Halves((units[0] == wanted) | (units[1] == wanted) | (units[2] == wanted) | (units[3] == wanted));
        if (same[0] | same[1]) break;
    }
    for (Units units; at + kUnits <= text.size(); at += kUnits) {
        __builtin_memcpy(&units, text.data() + at, sizeof units);
        auto same = Halves(units == wanted);
        if (same[0] | same[1]) break;
    }
    for (; at < text.size(); ++at)
        if (text[at] == unit) return at;
    return text.npos;
}

int compare_ignore_case(std::u16string_view a, std::u16string_view b) {
    constexpr size_t kUnits = sizeof(uint64_t) / sizeof(char16_t);
    size_t common = a.size() < b.size() ? a.size() : b.size();
    size_t i = 0;
    // What is the same is passed over four units at a time.
    for (uint64_t left, right; i + kUnits <= common; i += kUnits) {
        __builtin_memcpy(&left, a.data() + i, sizeof left);
        __builtin_memcpy(&right, b.data() + i, sizeof right);
        if (left != right) break;
    }
    for (; i < common; ++i) {
        if (a[i] == b[i]) continue;
        int difference = upcase(a[i]) - upcase(b[i]);
        if (difference) return difference;
    }
    return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

bool equal_ignore_case(std::u16string_view a, std::u16string_view b) {
    return a.size() == b.size() && compare_ignore_case(a, b) == 0;
}

bool starts_with_ignore_case(std::u16string_view text, std::u16string_view prefix) {
    return text.size() >= prefix.size() && equal_ignore_case(text.substr(0, prefix.size()), prefix);
}

uint32_t hash_ignore_case(std::u16string_view text) {
    uint32_t hash = 2166136261u;
    for (char16_t unit : text)
        hash = (hash ^ upcase(unit)) * 16777619u;
    return hash;
}

bool parse_number(std::u16string_view text, unsigned number_base, uint64_t& value) {
    if (text.empty()) return false;
    uint64_t result = 0;
    for (char16_t unit : text) {
        char16_t upper = upcase(unit);
        unsigned digit = upper >= u'0' && upper <= u'9'   ? upper - u'0'
                         : upper >= u'A' && upper <= u'Z' ? upper - u'A' + 10u
                                                          : 99u;
        if (digit >= number_base) return false;
        if (__builtin_mul_overflow(result, uint64_t{number_base}, &result)) return false;
        if (__builtin_add_overflow(result, uint64_t{digit}, &result)) return false;
    }
    value = result;
    return true;
}

Result<String> String::create(std::u16string_view text) {
    String string;
    TRY(string.append(text));
    return string;
}

Result<String> String::create_filled(size_t length, char16_t unit) {
    String string;
    TRY(string.units_.resize(length));
    for (char16_t& place : string.units_)
        place = unit;
    return string;
}

Result<String> String::create_room(size_t length) {
    String string;
    TRY(string.units_.extend(length));
    return string;
}

Result<String> String::from_utf8(std::string_view text) {
    String string;
    TRY(string.units_.reserve(text.size()));
    for (size_t position = 0; position < text.size();) {
        uint32_t point = next_code_point(text, position);
        if (point >= 0x10000) {
            TRY(string.append(static_cast<char16_t>(0xd7c0 + (point >> 10))));
            point = 0xdc00 + (point & 0x3ff);
        }
        TRY(string.append(static_cast<char16_t>(point)));
    }
    return string;
}

Result<void> String::append(std::u16string_view text) {
    return units_.append(text);
}

void String::truncate(size_t length) {
    // Getting shorter takes no memory.
    if (length < units_.size()) (void)units_.resize(length);
}

size_t to_utf8(std::u16string_view text, std::span<char> out) {
    size_t written = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        uint32_t point = text[i];
        bool high = point >= 0xd800 && point < 0xdc00;
        if (high && i + 1 < text.size() && (text[i + 1] & 0xfc00) == 0xdc00) {
            point = 0x10000 + ((point - 0xd800) << 10) + (text[++i] - 0xdc00u);
        } else if (point >= 0xd800 && point < 0xe000) {
            point = kReplacement;
        }
        unsigned length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (length > out.size() - written) break;
        constexpr unsigned char kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (unsigned byte = length; byte-- > 1; point >>= 6)
            out[written + byte] = static_cast<char>(0x80 | (point & 0x3f));
        out[written] = static_cast<char>(kLead[length] | point);
        written += length;
    }
    return written;
}

}  // namespace base
