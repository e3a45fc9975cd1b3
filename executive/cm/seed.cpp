// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/seed.hpp"

#include "abi/nt/ntregapi.h"

namespace cm {

namespace {

using Bytes = Vector<uint8_t>;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kHeader = "Windows Registry Editor";

struct RootName {
    std::string_view text;
    std::string_view path;
};
constexpr RootName kRoots[] = {
    {"HKEY_LOCAL_MACHINE", "\\Registry\\Machine"},
    {"HKLM", "\\Registry\\Machine"},
    {"HKEY_USERS", "\\Registry\\User"},
    {"HKU", "\\Registry\\User"},
    {"HKEY_CURRENT_USER", "\\Registry\\User\\S-1-5-18"},
    {"HKCU", "\\Registry\\User\\S-1-5-18"},
};

std::string_view trim(std::string_view text) {
    size_t first = text.find_first_not_of(" \t\r");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

Result<void> append_unit(Bytes& data, char16_t unit) {
    TRY(data.push_back(static_cast<uint8_t>(unit)));
    return data.push_back(static_cast<uint8_t>(unit >> 8));
}

Result<void> append_text(Bytes& data, std::u16string_view text) {
    for (char16_t unit : text)
        TRY(append_unit(data, unit));
    return append_unit(data, 0);
}

// A quoted string at the front; `text` loses it.
Result<String> take_quoted(std::string_view& text) {
    if (!take(text, "\"")) return fail(STATUS_INVALID_PARAMETER);
    Vector<char> plain;
    while (true) {
        if (text.empty()) return fail(STATUS_INVALID_PARAMETER);
        char c = text.front();
        text.remove_prefix(1);
        if (c == '"') break;
        if (c == '\\') {
            if (text.empty()) return fail(STATUS_INVALID_PARAMETER);
            c = text.front();
            text.remove_prefix(1);
        }
        TRY(plain.push_back(c));
    }
    return String::from_utf8({plain.data(), plain.size()});
}

Result<uint64_t> parse_hex(std::string_view text, size_t digits) {
    if (text.empty() || text.size() > digits) return fail(STATUS_INVALID_PARAMETER);
    uint64_t value = 0;
    for (char c : text) {
        unsigned lower = static_cast<unsigned char>(c) | 0x20u;
        unsigned digit = c >= '0' && c <= '9'           ? c - '0'
                         : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u
                                                        : 16u;
        if (digit == 16) return fail(STATUS_INVALID_PARAMETER);
        value = value << 4 | digit;
    }
    return value;
}

// Comma-separated bytes of two digits.
Result<Bytes> parse_bytes(std::string_view text) {
    Bytes data;
    while (!(text = trim(text)).empty()) {
        size_t comma = text.find(',');
        TRY(data.push_back(static_cast<uint8_t>(TRY(parse_hex(trim(text.substr(0, comma)), 2)))));
        text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    }
    return data;
}

struct Parsed {
    uint32_t type;
    Bytes data;
};

Result<Parsed> parse_number_value(std::string_view text, uint32_t type, unsigned bytes) {
    uint64_t value = TRY(parse_hex(text, bytes * 2));
    Parsed parsed{type, {}};
    for (unsigned i = 0; i < bytes; ++i)
        TRY(parsed.data.push_back(static_cast<uint8_t>(value >> (8 * i))));
    return parsed;
}

Result<Parsed> parse_text(std::string_view text, uint32_t type) {
    Parsed parsed{type, {}};
    TRY(append_text(parsed.data, TRY(take_quoted(text))));
    if (!trim(text).empty()) return fail(STATUS_INVALID_PARAMETER);
    return parsed;
}

Result<Parsed> parse_multi(std::string_view text) {
    Parsed parsed{REG_MULTI_SZ, {}};
    while (!(text = trim(text)).empty()) {
        TRY(append_text(parsed.data, TRY(take_quoted(text))));
        text = trim(text);
        if (!text.empty() && !take(text, ",")) return fail(STATUS_INVALID_PARAMETER);
    }
    TRY(append_unit(parsed.data, 0));
    return parsed;
}

Result<Parsed> parse_typed_bytes(std::string_view text) {
    size_t close = text.find(')');
    if (close == text.npos || !text.substr(close).starts_with("):")) return fail(STATUS_INVALID_PARAMETER);
    uint64_t type = TRY(parse_hex(text.substr(0, close), 8));
    return Parsed{static_cast<uint32_t>(type), TRY(parse_bytes(text.substr(close + 2)))};
}

Result<Parsed> parse_value(std::string_view text) {
    if (text.starts_with('"')) return parse_text(text, REG_SZ);
    if (take(text, "expand:")) return parse_text(text, REG_EXPAND_SZ);
    if (take(text, "multi:")) return parse_multi(text);
    if (take(text, "dword:")) return parse_number_value(text, REG_DWORD, 4);
    if (take(text, "qword:")) return parse_number_value(text, REG_QWORD, 8);
    if (take(text, "hex:")) return Parsed{REG_BINARY, TRY(parse_bytes(text))};
    if (take(text, "hex(")) return parse_typed_bytes(text);
    return fail(STATUS_INVALID_PARAMETER);
}

Result<String> native_path(std::string_view name) {
    for (const RootName& root : kRoots) {
        if (!name.starts_with(root.text)) continue;
        std::string_view rest = name.substr(root.text.size());
        if (!rest.empty() && rest.front() != '\\') continue;
        String path = TRY(String::from_utf8(root.path));
        TRY(path.append(TRY(String::from_utf8(rest))));
        return path;
    }
    if (!name.starts_with("\\Registry")) return fail(STATUS_INVALID_PARAMETER);
    return String::from_utf8(name);
}

class Parser {
public:
    Parser(std::string_view text, SeedSink& sink) : text_(text), sink_(sink) {}

    size_t run() {
        take(text_, kByteOrderMark);
        while (!text_.empty())
            next();
        return bad_;
    }

private:
    // The next line, with its continuations joined.
    Result<void> read_line() {
        joined_.clear();
        bool more = true;
        while (more && !text_.empty()) {
            size_t end = text_.find('\n');
            std::string_view line = trim(text_.substr(0, end));
            text_ = end == text_.npos ? std::string_view() : text_.substr(end + 1);
            ++line_;
            more = line.ends_with('\\') && !line.starts_with('[') && !line.starts_with(';');
            if (more) line.remove_suffix(1);
            for (char c : line)
                TRY(joined_.push_back(c));
        }
        return {};
    }

    void next() {
        uint32_t first = line_ + 1;
        auto read = read_line();
        const char* why = read ? statement(trim({joined_.data(), joined_.size()})) : "out of memory";
        if (!why) return;
        ++bad_;
        sink_.bad_line(first, why);
    }

    // What is wrong with it, or null.
    const char* statement(std::string_view line) {
        if (line.empty() || line.starts_with(';') || line.starts_with(kHeader)) return nullptr;
        if (line.starts_with('[')) return key_line(line);
        return value_line(line);
    }

    const char* key_line(std::string_view line) {
        in_key_ = false;
        if (!line.ends_with(']')) return "a key's name must end with ]";
        line = line.substr(1, line.size() - 2);
        bool remove = take(line, "-");
        auto path = native_path(line);
        if (!path) return "not the path of a registry key";
        if (remove) return sink_.delete_key(*path) ? nullptr : "this key cannot be deleted";
        if (!sink_.open_key(*path)) return "this key cannot be made";
        in_key_ = true;
        return nullptr;
    }

    const char* value_line(std::string_view line) {
        if (!in_key_) return "a value outside of any key";
        String name;
        if (!take(line, "@")) {
            auto quoted = take_quoted(line);
            if (!quoted) return "a value begins with its name in quotes, or @";
            name = std::move(*quoted);
        }
        line = trim(line);
        if (!take(line, "=")) return "= is missing behind the value's name";
        line = trim(line);
        if (line == "-") return sink_.delete_value(name) ? nullptr : "this value cannot be deleted";
        auto parsed = parse_value(line);
        if (!parsed) return "the value's data are malformed";
        return sink_.set_value(name, parsed->type, parsed->data.span()) ? nullptr
                                                                        : "this value cannot be set";
    }

    std::string_view text_;
    SeedSink& sink_;
    Vector<char> joined_;
    uint32_t line_ = 0;
    size_t bad_ = 0;
    bool in_key_ = false;
};

}  // namespace

size_t parse_seed(std::string_view text, SeedSink& sink) {
    if (text.size() > kMaximumSeed) {
        sink.bad_line(0, "the seed is too large");
        return 1;
    }
    return Parser(text, sink).run();
}

}  // namespace cm
