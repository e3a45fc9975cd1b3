// SPDX-License-Identifier: GPL-3.0-only
//
// Diagnostics. Each component has a log of its own and a level up to which it is printed, to the serial
// mirror. A line above the level costs one predictable branch, and its arguments must cost no more: plain
// values only.
#pragma once

#include <stdint.h>

#include <string_view>

#include "base/format.hpp"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace hal {

// User and Driver: what programs and drivers say by DbgPrint and its kin.
enum class LogComponent : uint8_t { Hal, Ke, Se, Ob, Mm, Ps, Cm, Ex, Io, Pnp, User, Driver, Count };
enum class LogLevel : uint8_t { Error, Warning, Info, Trace, Count };

// At the start of the system: what one should know of even without having asked.
inline constexpr LogLevel kUsualLogLevel = LogLevel::Warning;

extern LogLevel log_levels[static_cast<unsigned>(LogComponent::Count)];

std::string_view name(LogComponent component);
std::string_view name(LogLevel level);

// A comma-separated list of NAME:LEVEL, NAME (info), -NAME (errors only), where NAME is a component or `all`;
// and `off`, which is `-all`. Errors are always printed. STATUS_INVALID_PARAMETER for a word that is none of
// these; the words before it have taken effect.
Result<void> set_log(std::string_view list);
// Called before a line is printed: whoever is in the midst of one of his own ends it.
void set_before_log_line(void (*called)());
// Interrupt time in 100 ns. From then on a component's errors and warnings are limited (rate_limit.hpp), with
// a line that says how many were left out; what a program or driver says itself is not.
void set_log_clock(uint64_t (*clock)());

class Log {
public:
    explicit constexpr Log(LogComponent component) : component_(component) {}

    bool enabled(LogLevel level) const { return level <= log_levels[static_cast<unsigned>(component_)]; }
    bool tracing() const { return enabled(LogLevel::Trace); }

    template <typename... Args>
    void error(std::string_view pattern, const Args&... args) const {
        write(LogLevel::Error, pattern, args...);
    }
    template <typename... Args>
    void warning(std::string_view pattern, const Args&... args) const {
        if (enabled(LogLevel::Warning)) write(LogLevel::Warning, pattern, args...);
    }
    template <typename... Args>
    void info(std::string_view pattern, const Args&... args) const {
        if (enabled(LogLevel::Info)) [[unlikely]]
            write(LogLevel::Info, pattern, args...);
    }
    template <typename... Args>
    void trace(std::string_view pattern, const Args&... args) const {
        if (enabled(LogLevel::Trace)) [[unlikely]]
            write(LogLevel::Trace, pattern, args...);
    }
    // Text that is already made.
    void say(LogLevel level, std::string_view text) const;

private:
    // Out of line, so that what is switched off is a test and a jump.
    template <typename... Args>
    [[gnu::noinline, gnu::cold]] void write(LogLevel level, std::string_view pattern,
                                            const Args&... args) const {
        const FormatArgument arguments[] = {FormatArgument(0), FormatArgument(args)...};
        print(level, pattern, std::span(arguments).subspan(1));
    }
    void print(LogLevel level, std::string_view pattern, std::span<const FormatArgument> arguments) const;

    LogComponent component_;
};

inline constexpr Log log{LogComponent::Hal};

}  // namespace hal

// Every component says `log.info(...)`.
namespace ke {
inline constexpr hal::Log log{hal::LogComponent::Ke};
}
namespace se {
inline constexpr hal::Log log{hal::LogComponent::Se};
}
namespace ob {
inline constexpr hal::Log log{hal::LogComponent::Ob};
}
namespace mm {
inline constexpr hal::Log log{hal::LogComponent::Mm};
}
namespace ps {
inline constexpr hal::Log log{hal::LogComponent::Ps};
}
namespace cm {
inline constexpr hal::Log log{hal::LogComponent::Cm};
}
namespace ex {
inline constexpr hal::Log log{hal::LogComponent::Ex};
}
namespace io {
inline constexpr hal::Log log{hal::LogComponent::Io};
}
namespace pnp {
inline constexpr hal::Log log{hal::LogComponent::Pnp};
}
