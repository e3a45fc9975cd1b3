// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/wildcard.hpp"

#include "base/string.hpp"

namespace io {

namespace {

constexpr size_t kLongestPattern = 255;

// The set of places in the pattern where a match may stand: bit i is set when pattern[0, i) has matched.
class Positions {
public:
    bool has(size_t index) const { return bits_[index / 64] >> (index % 64) & 1; }
    void add(size_t index) { bits_[index / 64] |= uint64_t{1} << (index % 64); }

private:
    uint64_t bits_[(kLongestPattern + 64) / 64] = {};
};

// Adds a place and those that follow it without consuming a character.
void reach(Positions& places, std::u16string_view pattern, size_t index, bool at_end) {
    while (!places.has(index)) {
        places.add(index);
        if (index == pattern.size()) return;
        char16_t wild = pattern[index];
        bool skips = wild == u'*' || wild == u'<' || (at_end && (wild == u'>' || wild == u'"'));
        if (!skips) return;
        ++index;
    }
}

// One character of the name from one place of the pattern.
void step(Positions& next, std::u16string_view pattern, size_t index, char16_t unit, bool last_period,
          bool at_end) {
    char16_t wild = pattern[index];
    bool period = unit == u'.';
    if (wild == u'*') return reach(next, pattern, index, at_end);
    if (wild == u'<') {
        reach(next, pattern, index, at_end);
        if (period && last_period) reach(next, pattern, index + 1, at_end);
        return;
    }
    if (wild == u'>') {
        // At a period it stands for nothing: what follows must take the period itself.
        if (!period) return reach(next, pattern, index + 1, at_end);
        size_t after = index + 1;
        while (after < pattern.size() && pattern[after] == u'>')
            ++after;
        if (after < pattern.size()) step(next, pattern, after, unit, last_period, at_end);
        return;
    }
    bool same = wild == u'?' || (wild == u'"' && period) || base::upcase(wild) == base::upcase(unit);
    if (same) reach(next, pattern, index + 1, at_end);
}

}  // namespace

bool matches_wildcard(std::u16string_view pattern, std::u16string_view name) {
    if (pattern.empty() || pattern == u"*") return true;
    if (pattern.size() > kLongestPattern) return false;
    Positions places;
    reach(places, pattern, 0, name.empty());
    size_t last_period = name.rfind(u'.');
    for (size_t i = 0; i < name.size(); ++i) {
        Positions next;
        bool at_end = i + 1 == name.size();
        for (size_t index = 0; index < pattern.size(); ++index)
            if (places.has(index)) step(next, pattern, index, name[i], i == last_period, at_end);
        places = next;
    }
    return places.has(pattern.size());
}

}  // namespace io
