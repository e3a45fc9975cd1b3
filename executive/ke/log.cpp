// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/log.hpp"

#include "executive/hal/serial.hpp"

namespace ke::log {

namespace {

constexpr std::string_view kNames[] = {"ke", "se", "ob", "mm",  "ps",  "lpc",
                                       "cm", "ex", "io", "pnp", "hal", "trace"};
constexpr unsigned kCount = static_cast<unsigned>(Component::Count);
static_assert(sizeof(kNames) / sizeof(kNames[0]) == kCount);

Result<void> set_one(std::string_view word) {
    bool on = !word.starts_with('-');
    if (!on) word.remove_prefix(1);
    if (word == "off") on = false;
    if (word == "all" || word == "off") {
        for (bool& flag : enabled)
            flag = on;
        return {};
    }
    for (unsigned i = 0; i < kCount; ++i) {
        if (word != kNames[i]) continue;
        enabled[i] = on;
        return {};
    }
    return fail(STATUS_INVALID_PARAMETER);
}

}  // namespace

constinit bool enabled[kCount];

std::string_view name(Component component) {
    return kNames[static_cast<unsigned>(component)];
}

void print(std::string_view component, std::string_view pattern, std::span<const FormatArgument> arguments) {
    char line[512];
    std::string_view text = format_arguments(std::span(line).first(sizeof line - 1), pattern, arguments);
    line[text.size()] = '\n';
    hal::serial_write(component);
    hal::serial_write(": ");
    hal::serial_write({line, text.size() + 1});
}

Result<void> set(std::string_view list) {
    while (!list.empty()) {
        size_t comma = list.find(',');
        std::string_view word = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        if (!word.empty()) TRY(set_one(word));
    }
    return {};
}

}  // namespace ke::log
