// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/sched/domain.hpp"

#include "kernel/sched/sched.hpp"

namespace kernel::sched {

namespace {

// A duration of 0 marks the end of the schedule; what is behind it is not used. The last entry is always such
// an end.
struct Entry {
    Word domain : 8;
    Word duration : 56;
};

constexpr Word kLastIndex = seL4_NumDomainSchedules - 1;

Entry schedule_entries[seL4_NumDomainSchedules] = {{0, kMaxDuration}};
Word current_index;
Word start_index;
bool restart_schedule;
Word ticks_left = kMaxDuration;

}  // namespace

void domain_tick() {
    if (ticks_left > 0) ticks_left--;
    if (ticks_left == 0) reschedule();
}

bool domain_time_is_up() {
    return ticks_left == 0;
}

bool domain_is_endless() {
    constexpr Word kEndless = Word{1} << 44;
    return ticks_left > kEndless;
}

void next_domain() {
    const Word next = current_index + 1;
    const bool wrap = restart_schedule || is_end_of_schedule(next);
    restart_schedule = false;
    current_index = wrap ? start_index : next;
    state.domain = schedule_entries[current_index].domain;
    ticks_left = schedule_entries[current_index].duration;
}

bool is_end_of_schedule(Word index) {
    return schedule_entries[index].duration == 0;
}

Word schedule_start() {
    return start_index;
}

Status configure_domain(Word index, Word domain, Word duration) {
    if (index >= kLastIndex) return Error::range(0, kLastIndex - 1);
    if (domain >= seL4_NumDomains) return Error::range(0, seL4_NumDomains - 1);
    if (duration > kMaxDuration) return Error::invalid_argument(2);
    if (duration == 0 && domain != 0) return Error::invalid_argument(1);
    if (duration == 0 && index == start_index) return Error::invalid_argument(2);
    schedule_entries[index] = {domain, duration};
    return {};
}

Status start_schedule_at(Word index) {
    if (index > kLastIndex) return Error::range(0, kLastIndex);
    if (is_end_of_schedule(index)) return Error::invalid_argument(0);
    start_index = index;
    restart_schedule = true;
    ticks_left = 0;
    reschedule();
    return {};
}

}  // namespace kernel::sched
