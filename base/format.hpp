// SPDX-License-Identifier: GPL-3.0-only
//
// Text formatting without allocation: `{}` takes the next argument (integers in decimal, strings as they
// are), `{x}` prints an integer in hexadecimal, `{p}` as a 16-digit address, `{s}` an NTSTATUS. What does not
// fit is cut.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <concepts>
#include <span>
#include <string_view>

namespace base {

class FormatArgument {
public:
    constexpr FormatArgument(std::string_view text)
        : kind_(Kind::Utf8), text_(text.data()), number_(text.size()) {}
    constexpr FormatArgument(const char* text) : FormatArgument(std::string_view(text ? text : "(null)")) {}
    constexpr FormatArgument(std::u16string_view text)
        : kind_(Kind::Utf16), wide_(text.data()), number_(text.size()) {}
    constexpr FormatArgument(bool value) : FormatArgument(value ? "true" : "false") {}
    template <std::unsigned_integral T>
    constexpr FormatArgument(T value) : kind_(Kind::Unsigned), text_(nullptr), number_(value) {}
    template <std::signed_integral T>
    constexpr FormatArgument(T value)
        : kind_(Kind::Signed), text_(nullptr), number_(static_cast<uint64_t>(static_cast<int64_t>(value))) {}
    FormatArgument(const void* address)
        : kind_(Kind::Unsigned), text_(nullptr), number_(reinterpret_cast<uint64_t>(address)) {}

private:
    friend class Formatter;
    enum class Kind : uint8_t { Utf8, Utf16, Unsigned, Signed };
    Kind kind_;
    union {
        const char* text_;
        const char16_t* wide_;
    };
    uint64_t number_;
};

// Returns the text written; it is not zero-terminated.
std::string_view format_arguments(std::span<char> out, std::string_view pattern,
                                  std::span<const FormatArgument> arguments);

template <typename... Args>
std::string_view format(std::span<char> out, std::string_view pattern, const Args&... args) {
    const FormatArgument arguments[] = {FormatArgument(0), FormatArgument(args)...};
    return format_arguments(out, pattern, std::span(arguments).subspan(1));
}

}  // namespace base
