// SPDX-License-Identifier: GPL-3.0-only
//
// Diagnostics. Each component has a switch; off, a log line costs one predictable branch. Errors are always
// printed. Lines go to the serial mirror.
#pragma once

#include <stdint.h>

#include <string_view>

#include "base/format.hpp"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke::log {

enum class Component : uint8_t { Ke, Se, Ob, Mm, Ps, Lpc, Cm, Ex, Io, Pnp, Hal, Trace, Count };

extern bool enabled[static_cast<unsigned>(Component::Count)];

void print(std::string_view component, std::string_view pattern, std::span<const FormatArgument> arguments);
std::string_view name(Component component);

template <typename... Args>
void info(Component component, std::string_view pattern, const Args&... args) {
    if (!enabled[static_cast<unsigned>(component)]) [[likely]]
        return;
    const FormatArgument arguments[] = {FormatArgument(0), FormatArgument(args)...};
    print(name(component), pattern, std::span(arguments).subspan(1));
}

template <typename... Args>
void error(Component component, std::string_view pattern, const Args&... args) {
    const FormatArgument arguments[] = {FormatArgument(0), FormatArgument(args)...};
    print(name(component), pattern, std::span(arguments).subspan(1));
}

// A comma-separated list of component names, "all", "off", or "-name" to turn one off.
// STATUS_INVALID_PARAMETER for a word that is none of these; the words before it have taken effect.
Result<void> set(std::string_view list);

}  // namespace ke::log
