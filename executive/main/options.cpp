// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/options.hpp"

#include "base/string.hpp"
#include "executive/ke/log.hpp"
#include "executive/ke/trace.hpp"

namespace main_options {

namespace {

void apply_one(std::string_view name, std::string_view value) {
    if (name == "log" && !ke::log::set(value))
        ke::log::error(ke::log::Component::Ke, "boot option log={}: not understood", value);
    if (name != "trace") return;
    if (base::Result<base::String> program = base::String::from_utf8(value))
        ke::set_traced_program(program->view(), true);
}

}  // namespace

void apply(std::string_view text) {
    while (!text.empty()) {
        size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        size_t equals = line.find('=');
        if (equals != std::string_view::npos) apply_one(line.substr(0, equals), line.substr(equals + 1));
    }
}

}  // namespace main_options
