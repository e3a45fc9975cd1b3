// SPDX-License-Identifier: GPL-3.0-only
//
// The last things that happened in a play, told when something is found: by an assertion, a sanitizer, a
// failed check or the alarm for what does not end.
#pragma once

#include <stdint.h>

#include <string>

#include "nt/service_table.hpp"
#include "tests/torture/services/generate.hpp"

namespace fuzz {

// A new play begins; `title` says how to repeat it.
void begin_history(std::string title);
// Of a call: where its status is to be put when it is known.
using Entry = uint64_t;
Entry note_call(uint64_t thread, unsigned service, const torture::Words& words);
void note_status(Entry call, uint32_t status);
void note(const char* what, uint64_t first = 0, uint64_t second = 0);
// Tells the history and this, and stops.
[[noreturn]] void found(const std::string& what);
// How many calls came back, by whether they succeeded, over all plays.
struct Tally {
    uint64_t calls = 0;
    uint64_t succeeded = 0;
    uint64_t plays = 0;
    bool service[service_table::count] = {};  // succeeded at least once
};
Tally& tally();

}  // namespace fuzz
