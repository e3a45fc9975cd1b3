// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/options.hpp"

#include "base/string.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/ramfs/slow.hpp"
#include "executive/ke/crash.hpp"
#include "executive/ke/trace.hpp"
#include "executive/ke/turns.hpp"
#include "executive/main/failure.hpp"
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

void apply_one(std::string_view name, std::string_view value) {
    if (name == "modules") ps::report_modules = value == "1";
    if (name == "turns") ke::TurnMeter::instance().enabled = value == "1";
    if (name != "log") return;
    while (!value.empty()) {
        size_t end = value.find(',');
        apply_log(value.substr(0, end));
        value = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
    }
}

// A number at the front of `text`, which goes on behind it and a comma.
uint32_t take_number(std::string_view& text) {
    uint32_t number = 0;
    size_t at = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && number < 100'000'000; ++at)
        number = number * 10 + static_cast<uint32_t>(text[at] - '0');
    if (at < text.size() && text[at] == ',') ++at;
    text.remove_prefix(at);
    return number;
}

void apply_one_early(std::string_view name, std::string_view value) {
    if (name == "slow") {
        uint32_t most = take_number(value);
        io::ramfs::set_slowness({.most = most, .fail_every = take_number(value)});
    }
    if (name == "fail") failure::wanted = value;
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
