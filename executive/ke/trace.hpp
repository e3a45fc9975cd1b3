// SPDX-License-Identifier: GPL-3.0-only
//
// The service-call tracer: prints each call of traced programs with its arguments, decoded from the same
// declarations the stubs are made from, and its result. Programs are chosen by image name.
#pragma once

#include <string_view>

#include "executive/ke/dispatch.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

inline bool trace_enabled(const Thread& thread) {
    return (unusual_calls & kTracing) && thread.client().traced;
}
void trace_call(Thread& thread, const Service& service, const Words& words);
void trace_return(Thread& thread, const Service& service, NTSTATUS status);

// The programs to trace from now on, by image name without regard to case; empty: none. At most 8 names are
// kept.
void set_traced_program(std::u16string_view image_name, bool on);
bool is_traced_program(std::u16string_view image_name);

}  // namespace ke
