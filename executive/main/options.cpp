// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/options.hpp"

#include <optional>

#include "base/string.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/ramfs/slow.hpp"
#include "executive/ke/crash.hpp"
#include "executive/ke/trace.hpp"
#include "executive/ke/turns.hpp"
#include "executive/main/failure.hpp"
#include "executive/mm/image_bases.hpp"
#include "executive/ps/modules.hpp"

namespace main_options {

namespace {

// A word of `log=`: as hal::set_log takes it, or trace:PROGRAM.
void apply_log(std::string_view word) {
    constexpr std::string_view kTrace = "trace:";
    if (word.starts_with(kTrace)) {
        base::Result<base::String> program = base::String::from_utf8(word.substr(kTrace.size()));
        if (program) ke::set_traced_program(program->view(), true);
    } else if (!hal::set_log(word)) {
        ke::log.error("boot option log={}: not understood", word);
    }
}

// Nothing where the text is not a number of one to eight digits.
std::optional<uint32_t> parse_number(std::string_view text) {
    constexpr size_t kMostDigits = 8;
    if (text.empty() || text.size() > kMostDigits) return std::nullopt;
    uint32_t number = 0;
    for (char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = number * 10 + static_cast<uint32_t>(digit - '0');
    }
    return number;
}

// "MICROSECONDS" or "MICROSECONDS,FAILS".
bool apply_slowness(std::string_view value) {
    size_t comma = value.find(',');
    std::optional<uint32_t> most = parse_number(value.substr(0, comma));
    std::optional<uint32_t> fails =
        comma == std::string_view::npos ? std::optional<uint32_t>(0) : parse_number(value.substr(comma + 1));
    if (most && fails) io::ramfs::set_slowness({.most = *most, .fail_every = *fails});
    return most && fails;
}

void apply_one(std::string_view name, std::string_view value) {
    if (name == "modules") ps::report_modules = value == "1";
    if (name == "turns") ke::TurnMeter::instance().enabled = value == "1";
    // It was applied before there was a log.
    if (name == "slow" && !apply_slowness(value)) ke::log.error("boot option slow={}: not understood", value);
    if (name != "log") return;
    while (!value.empty()) {
        size_t end = value.find(',');
        apply_log(value.substr(0, end));
        value = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
    }
}

void apply_one_early(std::string_view name, std::string_view value) {
    if (name == "slow") (void)apply_slowness(value);
    if (name == "fail") failure::wanted = value;
    if (name == "aslr") mm::keep_image_bases(value == "0");
    if (name == "crash" && value == "reset") ke::set_after_crash(ke::AfterCrash::Reset);
}

void for_each(std::string_view text, void (*apply)(std::string_view name, std::string_view value)) {
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        size_t equals = line.find('=');
        if (equals != std::string_view::npos) apply(line.substr(0, equals), line.substr(equals + 1));
    }
}

}  // namespace

void apply_early(std::string_view text) {
    for_each(text, apply_one_early);
}

void apply(std::string_view text) {
    for_each(text, apply_one);
}

}  // namespace main_options
