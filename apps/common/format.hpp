// SPDX-License-Identifier: GPL-3.0-only
//
// Text from values: format(u"{} of {}\n", name, hex(status)). Each {} takes the next argument; {{ is one
// brace.
#pragma once

#include "apps/common/text.hpp"

namespace app {

// One argument, already turned into characters. Numbers live in `digits`, text is borrowed.
class Argument {
public:
    Argument(View view) : view_(view) {}
    Argument(const Text& text) : view_(text.view()) {}
    Argument(const WCHAR* text) : view_(text) {}
    Argument(const UNICODE_STRING& string) : view_(string) {}
    Argument(const char* ascii) {
        while (ascii[count_] && count_ < kDigits)
            digits_[count_] = static_cast<UCHAR>(ascii[count_]), ++count_;
    }
    Argument(ULONG64 value) { number(value, 10, 0); }
    Argument(ULONG value) : Argument(static_cast<ULONG64>(value)) {}
    Argument(USHORT value) : Argument(static_cast<ULONG64>(value)) {}
    Argument(LONG64 value) {
        number(value < 0 ? 0 - static_cast<ULONG64>(value) : static_cast<ULONG64>(value), 10, value < 0);
    }
    Argument(LONG value) : Argument(static_cast<LONG64>(value)) {}
    Argument(WCHAR character) { digits_[count_++] = character; }
    View view() const { return count_ ? View(digits_, count_) : view_; }

    static Argument hexadecimal(ULONG64 value, unsigned width) {
        Argument argument{View()};
        argument.number(value, 16, false);
        argument.pad(width, u'0');
        return argument;
    }
    static Argument decimal(ULONG64 value, unsigned width, WCHAR fill) {
        Argument argument{View()};
        argument.number(value, 10, false);
        argument.pad(width, fill);
        return argument;
    }

private:
    static constexpr SIZE_T kDigits = 64;

    void number(ULONG64 value, unsigned base, bool negative) {
        WCHAR reversed[24];
        unsigned length = 0;
        do {
            reversed[length++] = u"0123456789abcdef"[value % base];
            value /= base;
        } while (value);
        if (negative) digits_[count_++] = u'-';
        while (length)
            digits_[count_++] = reversed[--length];
    }
    void pad(unsigned width, WCHAR fill) {
        if (count_ >= width || width > kDigits) return;
        const SIZE_T shift = width - count_;
        for (SIZE_T i = count_; i-- > 0;)
            digits_[i + shift] = digits_[i];
        for (SIZE_T i = 0; i < shift; ++i)
            digits_[i] = fill;
        count_ = width;
    }

    View view_;
    WCHAR digits_[kDigits];
    SIZE_T count_ = 0;
};

inline Argument hex(ULONG64 value, unsigned width = 0) {
    return Argument::hexadecimal(value, width);
}
inline Argument right(ULONG64 value, unsigned width, WCHAR fill = u' ') {
    return Argument::decimal(value, width, fill);
}

inline void format_to(Text& out, View pattern, const Argument* arguments, SIZE_T count) {
    SIZE_T next = 0;
    for (SIZE_T i = 0; i < pattern.size; ++i) {
        const WCHAR c = pattern[i];
        const WCHAR following = i + 1 < pattern.size ? pattern[i + 1] : u'\0';
        if (c == u'{' && following == u'}' && next < count) {
            out.append(arguments[next++].view());
            ++i;
        } else {
            out.append(c);
            if (c == u'{' && following == u'{') ++i;
        }
    }
}

template <typename... Values>
Text format(View pattern, const Values&... values) {
    Text out;
    if constexpr (sizeof...(values) == 0) {
        out.append(pattern);
    } else {
        const Argument arguments[] = {Argument(values)...};
        format_to(out, pattern, arguments, sizeof...(values));
    }
    return out;
}

// Text cut or filled with blanks to a column's width.
inline Text column(View view, SIZE_T width) {
    Text out(view.first(width));
    while (out.size() < width)
        out.append(u' ');
    return out;
}

// A number in decimal, or in hexadecimal behind 0x. Returns false for anything else and for overflow.
inline bool parse_number(View view, ULONG64& value) {
    unsigned base = 10;
    if (view.size > 2 && view[0] == u'0' && upper(view[1]) == u'X') {
        base = 16;
        view = view.from(2);
    }
    if (view.empty()) return false;
    value = 0;
    for (SIZE_T i = 0; i < view.size; ++i) {
        const WCHAR c = upper(view[i]);
        const unsigned digit = c >= u'0' && c <= u'9'   ? c - u'0'
                               : c >= u'A' && c <= u'F' ? c - u'A' + 10u
                                                        : 99u;
        if (digit >= base || value > (~0ull - digit) / base) return false;
        value = value * base + digit;
    }
    return true;
}

}  // namespace app
