// SPDX-License-Identifier: GPL-3.0-only
// File names against wildcards. Besides * and ? there are the DOS forms, which know of the name's dots: <
// stands for any characters up to the last dot, > for one character or none at a dot or the end, " for a dot
// or the end.
#include "ntdll/ntdll.hpp"

namespace {

struct Text {
    const WCHAR* at;
    SIZE_T size;
    bool fold;

    WCHAR operator[](SIZE_T index) const { return fold ? RtlUpcaseUnicodeChar(at[index]) : at[index]; }
};

SIZE_T last_dot(const Text& name) {
    for (SIZE_T i = name.size; i > 0; --i) {
        if (name.at[i - 1] == '.') return i - 1;
    }
    return name.size;
}

// Greedy matching with one place to go back to: the latest star, which takes one more character at each
// failure.
class Matcher {
public:
    Matcher(const Text& pattern, const Text& name) : pattern_(pattern), name_(name), dot_(last_dot(name)) {}

    bool run() {
        for (;;) {
            if (p_ == pattern_.size && n_ == name_.size) return true;
            if (p_ < pattern_.size && step()) continue;
            if (!back_up()) return false;
        }
    }

private:
    bool step() {
        const WCHAR c = pattern_[p_];
        const bool end = n_ == name_.size;
        switch (c) {
            case '*':
            case '<':
                remember(c == '<');
                return true;
            case '?':
                return !end && advance();
            case '>':
                if (end || name_.at[n_] == '.')
                    ++p_;
                else
                    advance();
                return true;
            case '"':
                if (end)
                    ++p_;
                else if (name_.at[n_] == '.')
                    advance();
                else
                    return false;
                return true;
            default:
                return !end && name_[n_] == c && advance();
        }
    }
    bool advance() {
        ++p_;
        ++n_;
        return true;
    }
    void remember(bool dos_star) {
        star_ = ++p_;
        star_name_ = n_;
        star_limit_ = dos_star && n_ <= dot_ ? dot_ : name_.size;
        have_star_ = true;
    }
    bool back_up() {
        if (!have_star_ || star_name_ >= star_limit_) return false;
        n_ = ++star_name_;
        p_ = star_;
        return true;
    }

    const Text& pattern_;
    const Text& name_;
    const SIZE_T dot_;
    SIZE_T p_ = 0;
    SIZE_T n_ = 0;
    SIZE_T star_ = 0;
    SIZE_T star_name_ = 0;
    SIZE_T star_limit_ = 0;
    bool have_star_ = false;
};

bool legal_short(char c) {
    constexpr char illegal[] = "\"*+,/:;<=>?[\\]|";
    if (c >= 0 && c < ' ') return false;
    for (const char* at = illegal; *at; ++at) {
        if (c == *at) return false;
    }
    return true;
}

}  // namespace

extern "C" {

BOOLEAN NTAPI RtlIsNameInExpression(PCUNICODE_STRING Expression, PCUNICODE_STRING Name, BOOLEAN IgnoreCase,
                                    PWCHAR) {
    const Text pattern = {Expression->Buffer, Expression->Length / sizeof(WCHAR), false};
    const Text name = {Name->Buffer, Name->Length / sizeof(WCHAR), static_cast<bool>(IgnoreCase)};
    if (!pattern.size || !name.size) return pattern.size == name.size;
    return Matcher(pattern, name).run();
}

BOOLEAN NTAPI RtlIsNameLegalDOS8Dot3(PCUNICODE_STRING Name, POEM_STRING OemName, PBOOLEAN SpacesFound) {
    char text[13];
    STRING local = {0, sizeof(text), text};
    STRING* oem = OemName ? OemName : &local;
    if (Name->Length > 12 * sizeof(WCHAR)) return FALSE;
    if (!NT_SUCCESS(RtlUpcaseUnicodeStringToOemString(oem, Name, FALSE))) return FALSE;
    if (SpacesFound) *SpacesFound = FALSE;
    const SIZE_T size = oem->Length;
    if ((size == 1 || size == 2) && oem->Buffer[0] == '.' && oem->Buffer[size - 1] == '.') return TRUE;
    SIZE_T dot = size;
    for (SIZE_T i = 0; i < size; ++i) {
        const char c = oem->Buffer[i];
        if (c == ' ') {
            if (SpacesFound) *SpacesFound = TRUE;
        } else if (c == '.') {
            if (dot != size || i == 0 || i == size - 1) return FALSE;
            dot = i;
        } else if (!legal_short(c)) {
            return FALSE;
        }
    }
    return size && dot <= 8 && (dot == size || size - dot - 1 <= 3);
}

}  // extern "C"
