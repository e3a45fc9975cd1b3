// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/crt/format.hpp"

#include "ntdll/crt/text.hpp"

namespace crt {
namespace {

enum class Size { Int, Short, Long64, Wide, Narrow };

struct Spec {
    bool left = false;
    bool plus = false;
    bool blank = false;
    bool alternate = false;
    bool zero = false;
    int width = 0;
    int precision = -1;
    Size size = Size::Int;
};

template <typename C>
class Formatter {
public:
    Formatter(C* to, SIZE_T limit, const C* text) : to_(to), limit_(limit), text_(text) {}

    SIZE_T run(va_list arguments) {
        va_copy(arguments_, arguments);
        while (*text_) {
            if (*text_ != '%') {
                put(*text_++);
            } else {
                ++text_;
                Spec spec = parse_flags();
                parse_size(spec);
                convert(spec);
            }
        }
        va_end(arguments_);
        if (size_ < limit_) to_[size_] = 0;
        return size_;
    }

private:
    void put(C c) {
        if (size_ < limit_) to_[size_] = c;
        ++size_;
    }
    void pad(int count, char c) {
        for (; count > 0; --count)
            put(static_cast<C>(c));
    }
    int number_or_star() {
        if (*text_ == '*') {
            ++text_;
            return va_arg(arguments_, int);
        }
        int value = 0;
        for (; digit(code(*text_)) < 10; ++text_) {
            if (value < 1000000) value = value * 10 + static_cast<int>(digit(code(*text_)));
        }
        return value;
    }
    bool take(char c) {
        if (*text_ != static_cast<C>(c)) return false;
        ++text_;
        return true;
    }
    Spec parse_flags();
    void parse_size(Spec& spec);
    void convert(const Spec& spec);
    void convert_integer(const Spec& spec, int kind);
    void convert_character(const Spec& spec, bool wide);
    void convert_string(const Spec& spec, bool wide);
    void convert_counted(const Spec& spec);
    ULONGLONG argument(const Spec& spec, bool is_signed, bool& negative);
    template <typename T>
    void text(const Spec& spec, const T* s, SIZE_T length);
    static constexpr bool wide_text = sizeof(C) == sizeof(WCHAR);

    C* to_;
    SIZE_T limit_;
    SIZE_T size_ = 0;
    const C* text_;
    va_list arguments_;
};

template <typename C>
Spec Formatter<C>::parse_flags() {
    Spec spec;
    for (;; ++text_) {
        if (*text_ == '-') {
            spec.left = true;
        } else if (*text_ == '+') {
            spec.plus = true;
        } else if (*text_ == ' ') {
            spec.blank = true;
        } else if (*text_ == '#') {
            spec.alternate = true;
        } else if (*text_ == '0') {
            spec.zero = true;
        } else {
            break;
        }
    }
    spec.width = number_or_star();
    if (spec.width < 0) {
        spec.left = true;
        spec.width = -spec.width;
    }
    if (take('.')) spec.precision = number_or_star();
    return spec;
}

template <typename C>
void Formatter<C>::parse_size(Spec& spec) {
    if (take('h')) {
        spec.size = Size::Short;
    } else if (take('l')) {
        spec.size = take('l') ? Size::Long64 : Size::Wide;
    } else if (take('w')) {
        spec.size = Size::Wide;
    } else if (take('z') || take('j') || take('t')) {
        spec.size = Size::Long64;
    } else if (*text_ == 'I') {
        ++text_;
        spec.size = Size::Long64;
        if (text_[0] == '6' && text_[1] == '4') {
            text_ += 2;
        } else if (text_[0] == '3' && text_[1] == '2') {
            text_ += 2;
            spec.size = Size::Int;
        }
    }
}

template <typename C>
ULONGLONG Formatter<C>::argument(const Spec& spec, bool is_signed, bool& negative) {
    LONGLONG value;
    if (spec.size == Size::Long64) {
        value = va_arg(arguments_, LONGLONG);
    } else if (is_signed) {
        value = va_arg(arguments_, int);
        if (spec.size == Size::Short) value = static_cast<SHORT>(value);
    } else {
        value = va_arg(arguments_, unsigned);
        if (spec.size == Size::Short) value = static_cast<USHORT>(value);
    }
    negative = is_signed && value < 0;
    return negative ? 0 - static_cast<ULONGLONG>(value) : static_cast<ULONGLONG>(value);
}

template <typename C>
void Formatter<C>::convert_integer(const Spec& given, int kind) {
    Spec spec = given;
    const unsigned base = kind == 'o' ? 8 : kind == 'x' || kind == 'X' || kind == 'p' ? 16 : 10;
    if (kind == 'p') {
        spec.size = Size::Long64;
        spec.precision = 16;
    }
    bool negative = false;
    const ULONGLONG value = argument(spec, kind == 'd' || kind == 'i', negative);
    char digits[66];
    print_number(value, digits, base);
    if (value == 0 && spec.precision == 0) digits[0] = 0;
    const int count = static_cast<int>(rtl::length(digits));
    const char* prefix = negative                    ? "-"
                         : spec.plus && kind == 'd'  ? "+"
                         : spec.blank && kind == 'd' ? " "
                                                     : "";
    if (spec.alternate && value && base == 16) prefix = kind == 'X' ? "0X" : "0x";
    if (spec.alternate && value && base == 8) prefix = "0";
    const int prefix_size = static_cast<int>(rtl::length(prefix));
    int zeros = spec.precision > count ? spec.precision - count : 0;
    if (spec.zero && !spec.left && spec.precision < 0 && spec.width > count + prefix_size) {
        zeros = spec.width - count - prefix_size;
    }
    const int padding = spec.width - prefix_size - zeros - count;
    if (!spec.left) pad(padding, ' ');
    for (const char* p = prefix; *p; ++p)
        put(static_cast<C>(*p));
    pad(zeros, '0');
    const bool capital = kind == 'X' || kind == 'p';
    for (const char* p = digits; *p; ++p)
        put(static_cast<C>(capital ? upper(*p) : *p));
    if (spec.left) pad(padding, ' ');
}

// Text of the other width is taken character by character: enough for ASCII, '?' for the rest.
template <typename C>
template <typename T>
void Formatter<C>::text(const Spec& spec, const T* s, SIZE_T length) {
    const int padding = spec.width > static_cast<int>(length) ? spec.width - static_cast<int>(length) : 0;
    if (!spec.left) pad(padding, ' ');
    for (SIZE_T i = 0; i < length; ++i) {
        if constexpr (sizeof(T) > sizeof(C)) {
            put(static_cast<C>(code(s[i]) < 0x80 ? code(s[i]) : '?'));
        } else {
            put(static_cast<C>(code(s[i])));
        }
    }
    if (spec.left) pad(padding, ' ');
}

template <typename C>
void Formatter<C>::convert_character(const Spec& spec, bool wide) {
    const int value = va_arg(arguments_, int);
    if (wide) {
        const WCHAR c = static_cast<WCHAR>(value);
        text(spec, &c, 1);
    } else {
        const char c = static_cast<char>(value);
        text(spec, &c, 1);
    }
}

template <typename C>
void Formatter<C>::convert_string(const Spec& spec, bool wide) {
    const SIZE_T limit = spec.precision < 0 ? ~static_cast<SIZE_T>(0) : static_cast<SIZE_T>(spec.precision);
    const void* s = va_arg(arguments_, const void*);
    if (!s) {
        text(spec, "(null)", 6);
    } else if (wide) {
        text(spec, static_cast<const WCHAR*>(s), length(static_cast<const WCHAR*>(s), limit));
    } else {
        text(spec, static_cast<const char*>(s), length(static_cast<const char*>(s), limit));
    }
}

template <typename C>
void Formatter<C>::convert_counted(const Spec& spec) {
    const void* s = va_arg(arguments_, const void*);
    if (!s) {
        text(spec, "(null)", 6);
    } else if (spec.size == Size::Wide) {
        const auto* string = static_cast<const UNICODE_STRING*>(s);
        text(spec, string->Buffer, string->Buffer ? string->Length / sizeof(WCHAR) : 0);
    } else {
        const auto* string = static_cast<const STRING*>(s);
        text(spec, string->Buffer, string->Buffer ? string->Length : 0);
    }
}

template <typename C>
void Formatter<C>::convert(const Spec& spec) {
    const C kind = *text_;
    if (!kind) return;
    ++text_;
    const bool wide = spec.size == Size::Short ? false : spec.size == Size::Wide || wide_text;
    switch (kind) {
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X':
        case 'p':
            return convert_integer(spec, code(kind));
        case 'c':
            return convert_character(spec, wide);
        case 'C':
            return convert_character(spec, spec.size == Size::Wide || !wide_text);
        case 's':
            return convert_string(spec, wide);
        case 'S':
            return convert_string(spec, spec.size == Size::Wide || (spec.size != Size::Short && !wide_text));
        case 'Z':
            return convert_counted(spec);
        default:
            put(kind);
    }
}

}  // namespace

SIZE_T format(char* to, SIZE_T limit, const char* text, va_list arguments) {
    return Formatter<char>(to, limit, text).run(arguments);
}

SIZE_T format(WCHAR* to, SIZE_T limit, const WCHAR* text, va_list arguments) {
    return Formatter<WCHAR>(to, limit, text).run(arguments);
}

}  // namespace crt
