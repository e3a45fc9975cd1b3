// SPDX-License-Identifier: GPL-3.0-only
// Text on the first serial port, for kernel messages of the debug and contract builds and for the last words
// of any build that cannot go on. In a release build log() compiles to nothing.
#pragma once
#include <cstdint>

#include "config/config.hpp"

namespace console {

struct Hex {
    std::uint64_t value;
};

void put_char(char c);
void put(const char* text);
void put(std::uint64_t number);
void put(Hex number);

// REQUIRES: nothing; sets up the port at the first use.
template <typename... Parts>
void say(Parts... parts) {
    (put(parts), ...);
    put_char('\n');
}

template <typename... Parts>
void log(Parts... parts) {
    if constexpr (config::kConsole) say(parts...);
}

// Prints on the serial port and on the text screen, and stops for good.
[[noreturn]] void fail(const char* why);
[[noreturn]] void fail(const char* why, std::uint64_t number, const char* of_what);

}  // namespace console
