// SPDX-License-Identifier: GPL-3.0-only
#include "base/format.hpp"

#include "base/string.hpp"

namespace base {

class Formatter {
public:
    explicit Formatter(std::span<char> out) : out_(out) {}

    void put(char c) {
        if (used_ < out_.size()) out_[used_++] = c;
    }
    void argument(const FormatArgument& argument, char style) {
        switch (argument.kind_) {
            case FormatArgument::Kind::Utf8:
                for (char c : std::string_view(argument.text_, argument.number_))
                    put(c);
                return;
            case FormatArgument::Kind::Utf16:
                used_ += to_utf8({argument.wide_, argument.number_}, out_.subspan(used_));
                return;
            case FormatArgument::Kind::Signed:
                if (style == '}' && static_cast<int64_t>(argument.number_) < 0) {
                    put('-');
                    return number(0 - argument.number_, 10, 1);
                }
                [[fallthrough]];
            case FormatArgument::Kind::Unsigned:
                return styled(argument.number_, style);
        }
    }
    std::string_view text() const { return {out_.data(), used_}; }

private:
    void styled(uint64_t value, char style) {
        switch (style) {
            case 'x':
                return number(value, 16, 1);
            case 'p':
                return number(value, 16, 16);
            case 's':
                return number(value & 0xffffffff, 16, 8);
            default:
                return number(value, 10, 1);
        }
    }
    void number(uint64_t value, unsigned number_base, unsigned digits) {
        char buffer[20];
        unsigned count = 0;
        do {
            buffer[count++] = "0123456789abcdef"[value % number_base];
            value /= number_base;
        } while (value);
        for (; digits > count; --digits)
            put('0');
        while (count)
            put(buffer[--count]);
    }

    std::span<char> out_;
    size_t used_ = 0;
};

std::string_view format_arguments(std::span<char> out, std::string_view pattern,
                                  std::span<const FormatArgument> arguments) {
    Formatter formatter(out);
    size_t next = 0;
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '{' || i + 1 >= pattern.size()) {
            formatter.put(pattern[i]);
            continue;
        }
        char style = pattern[++i];
        if (style != '}') ++i;
        if (next < arguments.size()) formatter.argument(arguments[next++], style);
    }
    return formatter.text();
}

}  // namespace base
