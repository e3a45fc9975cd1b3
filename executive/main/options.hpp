// SPDX-License-Identifier: GPL-3.0-only
//
// Boot options: lines `name=value` in the archive's boot.options. Known: log=LIST (components, as `log` at
// the prompt; trace:PROGRAM among them traces a program from its start), modules=1 (name each mapped image
// for a debugger), turns=1 (measure the Executive's turns), crash=halt|reset (what becomes of the machine
// when the Executive cannot go on), fail=WHAT (it shall not go on: for tests), slow=MICROSECONDS[,FAILS]
// (a volume S: whose pages come late, and one transfer in so many not at all: for tests), elevated=1 (read by
// the shell: the programs it starts are administrator's; for tests). Unknown ones are left to others.
#pragma once

#include <string_view>

namespace main_options {

// What of the options must be known, and needs nothing, before there is memory.
void apply_early(std::string_view text);
// The rest.
void apply(std::string_view text);

}  // namespace main_options
