// SPDX-License-Identifier: GPL-3.0-only
// scanf for narrow and wide text: d i u o x X p c s [ n, widths, "*", the sizes h l ll w I64 I32. No floating
// point, as in NT's ntdll.
#pragma once

#include <stdarg.h>

#include "ntdll/crt/text.hpp"

namespace crt {

template <typename C>
class Scanner {
public:
    Scanner(const C* text, const C* format) : start_(text), text_(text), format_(format) {}

    // The number of values stored; -1 if the text ended before the first.
    int run(va_list arguments) {
        va_copy(arguments_, arguments);
        while (*format_ && directive()) {
        }
        va_end(arguments_);
        return stored_ == 0 && ended_ ? -1 : stored_;
    }

private:
    enum class Size { Int, Short, Long64, Wide, Narrow };

    void skip_space() {
        while (space(code(*text_)))
            ++text_;
    }
    bool directive() {
        if (space(code(*format_))) {
            while (space(code(*format_)))
                ++format_;
            skip_space();
            return true;
        }
        if (*format_ != '%') return literal();
        ++format_;
        if (*format_ == '%') {
            skip_space();
            return literal();
        }
        return conversion();
    }
    bool literal() {
        if (*text_ != *format_) {
            ended_ = !*text_;
            return false;
        }
        ++text_;
        ++format_;
        return true;
    }
    void read_size() {
        size_ = Size::Int;
        if (*format_ == 'h') {
            size_ = Size::Short;
            ++format_;
        } else if (*format_ == 'l' || *format_ == 'w') {
            size_ = Size::Wide;
            if (*format_++ == 'l' && *format_ == 'l') {
                size_ = Size::Long64;
                ++format_;
            }
        } else if (*format_ == 'I') {
            ++format_;
            size_ = Size::Long64;
            if (format_[0] == '6' && format_[1] == '4') {
                format_ += 2;
            } else if (format_[0] == '3' && format_[1] == '2') {
                format_ += 2;
                size_ = Size::Int;
            }
        }
    }
    bool conversion() {
        suppress_ = *format_ == '*';
        if (suppress_) ++format_;
        width_ = 0;
        for (; digit(code(*format_)) < 10; ++format_) {
            if (width_ < 1000000) width_ = width_ * 10 + digit(code(*format_));
        }
        read_size();
        const int kind = code(*format_);
        if (!kind) return false;
        ++format_;
        if (kind == 'n') {
            if (!suppress_) store_integer(static_cast<ULONGLONG>(text_ - start_));
            return true;
        }
        if (kind != 'c' && kind != 'C' && kind != '[') skip_space();
        if (!*text_) {
            ended_ = true;
            return false;
        }
        const bool ok = convert(kind);
        if (ok && !suppress_) ++stored_;
        return ok;
    }
    bool convert(int kind) {
        switch (kind) {
            case 'd':
            case 'u':
                return integer(10);
            case 'i':
                return integer(0);
            case 'o':
                return integer(8);
            case 'x':
            case 'X':
                return integer(16);
            case 'p':
                size_ = Size::Long64;
                return integer(16);
            case 'c':
            case 'C':
                return characters(wide(kind == 'C'));
            case 's':
            case 'S':
                return word(wide(kind == 'S'), [](C c) { return !space(code(c)); });
            case '[':
                return set();
            default:
                return false;
        }
    }
    // A conversion in capitals has the other width than the format.
    bool wide(bool other) const {
        if (size_ == Size::Wide) return true;
        if (size_ == Size::Short) return false;
        return (sizeof(C) == sizeof(WCHAR)) != other;
    }
    bool left(const C* from) const { return !width_ || static_cast<unsigned>(text_ - from) < width_; }

    bool integer(unsigned base) {
        const C* from = text_;
        const bool negative = *text_ == '-';
        if (negative || *text_ == '+') ++text_;
        bool any = false;
        if ((base == 0 || base == 16) && left(from) && *text_ == '0') {
            ++text_;
            any = true;
            if (left(from) && lower(code(*text_)) == 'x') {
                ++text_;
                any = false;
                base = 16;
            } else if (!base) {
                base = 8;
            }
        }
        if (!base) base = 10;
        ULONGLONG value = 0;
        for (; left(from) && digit(code(*text_)) < base; ++text_, any = true)
            value = value * base + digit(code(*text_));
        if (!any) return false;
        if (!suppress_) store_integer(negative ? 0 - value : value);
        return true;
    }
    void store_integer(ULONGLONG value) {
        void* to = va_arg(arguments_, void*);
        if (size_ == Size::Long64) {
            *static_cast<ULONGLONG*>(to) = value;
        } else if (size_ == Size::Short) {
            *static_cast<USHORT*>(to) = static_cast<USHORT>(value);
        } else {
            *static_cast<ULONG*>(to) = static_cast<ULONG>(value);
        }
    }
    static void put(void* to, SIZE_T at, C c, bool wide) {
        if (wide) {
            static_cast<WCHAR*>(to)[at] = static_cast<WCHAR>(code(c));
        } else {
            static_cast<char*>(to)[at] = static_cast<char>(c);
        }
    }
    bool characters(bool wide) {
        void* to = suppress_ ? nullptr : va_arg(arguments_, void*);
        const unsigned count = width_ ? width_ : 1;
        for (unsigned i = 0; i < count; ++i, ++text_) {
            if (!*text_) return false;
            if (to) put(to, i, *text_, wide);
        }
        return true;
    }
    template <typename Accepts>
    bool word(bool wide, Accepts accepts) {
        void* to = suppress_ ? nullptr : va_arg(arguments_, void*);
        const C* from = text_;
        for (; *text_ && left(from) && accepts(*text_); ++text_) {
            if (to) put(to, static_cast<SIZE_T>(text_ - from), *text_, wide);
        }
        if (text_ == from) return false;
        if (to) put(to, static_cast<SIZE_T>(text_ - from), 0, wide);
        return true;
    }
    bool set() {
        const bool inverse = *format_ == '^';
        if (inverse) ++format_;
        const C* first = format_;
        // A bracket that comes first is a member.
        if (*format_ == ']') ++format_;
        while (*format_ && *format_ != ']')
            ++format_;
        const C* end = format_;
        if (!*format_) return false;
        ++format_;
        return word(wide(false), [=](C c) { return member(first, end, c) != inverse; });
    }
    static bool member(const C* first, const C* end, C c) {
        for (const C* at = first; at < end; ++at) {
            if (at + 2 < end && at[1] == '-') {
                if (code(c) >= code(at[0]) && code(c) <= code(at[2])) return true;
                at += 2;
            } else if (*at == c) {
                return true;
            }
        }
        return false;
    }

    const C* start_;
    const C* text_;
    const C* format_;
    va_list arguments_;
    Size size_ = Size::Int;
    bool suppress_ = false;
    bool ended_ = false;
    unsigned width_ = 0;
    int stored_ = 0;
};

template <typename C>
int scan(const C* text, const C* format, va_list arguments) {
    return Scanner<C>(text, format).run(arguments);
}

}  // namespace crt
