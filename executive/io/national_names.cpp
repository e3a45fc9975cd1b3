// SPDX-License-Identifier: GPL-3.0-only
#include "base/format.hpp"
#include "executive/io/national.hpp"

namespace io {

namespace {

constexpr std::string_view kTable = ".nls";

constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"sortdefault", "SORTDEFAULT"}, {"l_intl", "LANG_INTL"}, {"locale", "LOCALE"},  {"normnfc", "NORM1"},
    {"normnfd", "NORM2"},           {"normnfkc", "NORM5"},   {"normnfkd", "NORM6"}, {"normidna", "NORM13"},
};

// Digits without the zeros before them; empty: it is no number.
std::string_view code_page(std::string_view name) {
    constexpr std::string_view kPrefix = "c_";
    if (!name.starts_with(kPrefix)) return {};
    name.remove_prefix(kPrefix.size());
    while (name.size() > 1 && name.front() == '0')
        name.remove_prefix(1);
    for (char c : name)
        if (c < '0' || c > '9') return {};
    return name.size() <= 5 ? name : std::string_view();
}

}  // namespace

std::string_view national_section(std::string_view file, std::span<char, 32> room) {
    if (!file.ends_with(kTable)) return {};
    std::string_view name = file.substr(0, file.size() - kTable.size());
    for (auto& [stem, section] : kNames)
        if (name == stem) return base::format(room, "NlsSection{}", section);
    std::string_view number = code_page(name);
    return number.empty() ? std::string_view() : base::format(room, "NlsSectionCP{}", number);
}

}  // namespace io
