// SPDX-License-Identifier: GPL-3.0-only
//
// The domain schedule: which domain's threads may run, and for how many ticks, in turn. It starts as domain 0
// for ever.
#pragma once
#include "kernel/api/result.hpp"

namespace kernel::sched {

inline constexpr Word kMaxDuration = (Word{1} << 56) - 1;

// Counts a tick of the current domain; at the end of its time a choice is due.
void domain_tick();
bool domain_time_is_up();
void next_domain();
// No tick will end the current domain's time before centuries have passed.
bool domain_is_endless();

// The two invocations that change the schedule, with their checks. `index` 0 to 98 can be configured (99
// stays an end), 0 to 99 named as the start; `domain` 0 to 15; `duration` in ticks of 2 ms, at most
// kMaxDuration, 0 for an end.
Status configure_domain(Word index, Word domain, Word duration);
Status start_schedule_at(Word index);
bool is_end_of_schedule(Word index);
Word schedule_start();

}  // namespace kernel::sched
