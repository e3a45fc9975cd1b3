// SPDX-License-Identifier: GPL-3.0-only
#include "executive/main/failure.hpp"

#include "base/assert.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/timer.hpp"

namespace failure {

constinit std::string_view wanted;

namespace {

void write_nowhere() {
    constexpr unsigned long kNowhere = 0x10;
    *reinterpret_cast<volatile int*>(kNowhere) = 1;
}

[[gnu::noinline]] void overflow_stack() {
    for (;;) {
        auto* more = static_cast<volatile char*>(__builtin_alloca(256));
        *more = 1;
    }
}

void fail_now() {
    if (wanted == "write") write_nowhere();
    if (wanted == "stack") overflow_stack();
    if (wanted == "instruction") asm volatile("ud2");
    ASSERT(wanted != "assertion");
}

class Alarm final : public ke::Timer {
public:
    void expired() override { fail_now(); }
};

[[clang::no_destroy]] constinit Alarm alarm;

}  // namespace

void fail_soon() {
    if (!wanted.empty()) alarm.schedule(ke::interrupt_time() + ke::kTicksPerSecond);
}

}  // namespace failure
