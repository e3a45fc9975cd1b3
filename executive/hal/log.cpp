// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/log.hpp"

#include "executive/hal/rate_limit.hpp"
#include "executive/hal/serial.hpp"

namespace hal {

namespace {

constexpr std::string_view kNames[] = {"hal", "ke", "se", "ob",  "mm",   "ps",
                                       "cm",  "ex", "io", "pnp", "user", "driver"};
constexpr unsigned kCount = static_cast<unsigned>(LogComponent::Count);
static_assert(sizeof(kNames) / sizeof(kNames[0]) == kCount);

constexpr std::string_view kLevelNames[] = {"error", "warning", "info", "trace"};
constexpr unsigned kLevels = static_cast<unsigned>(LogLevel::Count);
static_assert(sizeof(kLevelNames) / sizeof(kLevelNames[0]) == kLevels);

Result<unsigned> find(std::span<const std::string_view> names, std::string_view wanted) {
    for (unsigned i = 0; i < names.size(); ++i)
        if (names[i] == wanted) return i;
    return fail(STATUS_INVALID_PARAMETER);
}

Result<void> set_level(std::string_view component, LogLevel level) {
    if (component == "all") {
        for (LogLevel& one : log_levels)
            one = level;
        return {};
    }
    log_levels[TRY(find(kNames, component))] = level;
    return {};
}

Result<void> set_one(std::string_view word) {
    if (word == "off") return set_level("all", LogLevel::Error);
    if (word.starts_with('-')) return set_level(word.substr(1), LogLevel::Error);
    size_t colon = word.find(':');
    if (colon == std::string_view::npos) return set_level(word, LogLevel::Info);
    unsigned level = TRY(find(kLevelNames, word.substr(colon + 1)));
    return set_level(word.substr(0, colon), static_cast<LogLevel>(level));
}

// Errors and warnings: what causes them is often a program's or driver's to repeat.
constinit RateLimit limits[kCount];
constinit uint64_t (*log_clock)() = nullptr;
constinit void (*before_line)() = nullptr;

}  // namespace

void set_before_log_line(void (*called)()) {
    before_line = called;
}

void set_log_clock(uint64_t (*clock)()) {
    log_clock = clock;
}

constinit LogLevel log_levels[kCount] = {kUsualLogLevel, kUsualLogLevel, kUsualLogLevel, kUsualLogLevel,
                                         kUsualLogLevel, kUsualLogLevel, kUsualLogLevel, kUsualLogLevel,
                                         kUsualLogLevel, kUsualLogLevel, kUsualLogLevel, kUsualLogLevel};

std::string_view name(LogComponent component) {
    return kNames[static_cast<unsigned>(component)];
}

std::string_view name(LogLevel level) {
    return kLevelNames[static_cast<unsigned>(level)];
}

Result<void> set_log(std::string_view list) {
    while (!list.empty()) {
        size_t comma = list.find(',');
        std::string_view word = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        if (!word.empty()) TRY(set_one(word));
    }
    return {};
}

void Log::say(LogLevel level, std::string_view text) const {
    if (!enabled(level)) return;
    if (before_line) before_line();
    if (serial_in_line()) serial_write("\n");
    char head[32];
    serial_write({level == LogLevel::Info ? format(head, "{}: ", name(component_))
                                          : format(head, "{} {}: ", name(component_), name(level)),
                  text, "\n"});
}

void Log::print(LogLevel level, std::string_view pattern, std::span<const FormatArgument> arguments) const {
    char line[512];
    RateLimit& limit = limits[static_cast<unsigned>(component_)];
    if (level <= LogLevel::Warning && log_clock) {
        if (!limit.pass(log_clock())) return;
        if (uint64_t dropped = limit.take_dropped()) say(level, format(line, "{} lines left out", dropped));
    }
    say(level, format_arguments(line, pattern, arguments));
}

}  // namespace hal
