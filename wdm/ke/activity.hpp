// SPDX-License-Identifier: GPL-3.0-only
//
// What runs without a request, for the Executive's watchdog: it sees in the ring that a DPC, an interrupt
// routine or a work item does not end (abi/wdm/ring.h). A routine that waits is at rest.
#pragma once

#include "abi/wdm/ring.h"

struct _KTHREAD;

namespace ke {

enum : ULONG { kInterruptActivity, kDpcActivity, kFirstWorkActivity };
constexpr ULONG kWorkActivities = WDM_ACTIVITIES - kFirstWorkActivity;

void attach_activities(WDM_ACTIVITY (&lines)[WDM_ACTIVITIES]);

// A routine runs as long as this lives. `line`: one of the above, used by one thread at a time.
class Active {
public:
    Active(ULONG line, ULONG kind, const void* routine);
    ~Active();
    Active(const Active&) = delete;
    Active& operator=(const Active&) = delete;

private:
    WDM_ACTIVITY& line_;
    _KTHREAD& thread_;
    WDM_ACTIVITY* outer_;
};

// The thread waits as long as this lives.
class Resting {
public:
    explicit Resting(const _KTHREAD& thread);
    ~Resting();
    Resting(const Resting&) = delete;
    Resting& operator=(const Resting&) = delete;

private:
    WDM_ACTIVITY* line_;
};

}  // namespace ke
