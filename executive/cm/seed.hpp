// SPDX-License-Identifier: GPL-3.0-only
//
// Parser of the registry's text form. Pure: it hands what it reads to a sink, so tests need no registry.
//
//   Windows Registry Editor Version 5.00        (a header line may be there)
//   ; comment
//   [HKEY_LOCAL_MACHINE\Software\Neptune]       or [\Registry\Machine\...]; [-...] deletes the key
//   @="the default value"
//   "Name"="text with \\ and \" escaped"
//   "Name"=dword:0000002a                       qword: likewise
//   "Name"=hex:01,02,\                          hex(N): a value of type N; a backslash continues the line
//     03
//   "Name"=expand:"%SystemRoot%\\System32"      REG_EXPAND_SZ
//   "Name"=multi:"first","second"               REG_MULTI_SZ
//   "Name"=-                                    deletes the value
#pragma once

#include <span>
#include <string_view>

#include "base/string.hpp"
#include "executive/prelude.hpp"

namespace cm {

class SeedSink {
public:
    // Absolute path, \Registry\...
    virtual Result<void> open_key(std::u16string_view path) = 0;
    virtual Result<void> delete_key(std::u16string_view path) = 0;
    virtual Result<void> set_value(std::u16string_view name, uint32_t type,
                                   std::span<const uint8_t> data) = 0;
    virtual Result<void> delete_value(std::u16string_view name) = 0;
    // A line (counted from 1) that could not be understood or carried out.
    virtual void bad_line(uint32_t line, std::string_view why) = 0;

protected:
    ~SeedSink() = default;
};

inline constexpr size_t kMaximumSeed = 4 << 20;

// Returns the number of bad lines.
size_t parse_seed(std::string_view text, SeedSink& sink);

}  // namespace cm
