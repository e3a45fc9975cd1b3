// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/activity.hpp"

#include "wdm/ke/thread.hpp"

namespace ke {
namespace {

constinit WDM_ACTIVITY before_attach[WDM_ACTIVITIES]{};
constinit WDM_ACTIVITY* lines = before_attach;

// Only the line's own thread writes it.
void turn(WDM_ACTIVITY& line) {
    __atomic_store_n(&line.Turn, line.Turn + 1, __ATOMIC_RELEASE);
}

}  // namespace

void attach_activities(WDM_ACTIVITY (&attached)[WDM_ACTIVITIES]) {
    lines = attached;
}

Active::Active(ULONG line, ULONG kind, const void* routine)
    : line_(lines[line]), thread_(current()), outer_(thread_.activity) {
    line_.Kind = kind;
    line_.Routine = reinterpret_cast<ULONG64>(routine);
    thread_.activity = &line_;
    turn(line_);
}

Active::~Active() {
    turn(line_);
    thread_.activity = outer_;
}

Resting::Resting(const _KTHREAD& thread) : line_(thread.activity) {
    if (line_ != nullptr) turn(*line_);
}

Resting::~Resting() {
    if (line_ != nullptr) turn(*line_);
}

}  // namespace ke
