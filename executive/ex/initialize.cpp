// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/ex.hpp"
#include "executive/ps/job.hpp"

namespace ex {

namespace {

constinit KeyedEvent* g_critical_section_event = nullptr;

}  // namespace

KeyedEvent& critical_section_event() {
    ASSERT(g_critical_section_event);
    return *g_critical_section_event;
}

Result<void> initialize() {
    ob::register_type(ps::Job::kType);
    for (const ob::Type* type : {&Event::kType, &Mutant::kType, &Semaphore::kType, &Timer::kType,
                                 &KeyedEvent::kType, &IoCompletion::kType})
        ob::register_type(*type);
    Ref<KeyedEvent> event = TRY(KeyedEvent::create());
    TRY(ob::insert_path(u"\\KernelObjects\\CritSecOutOfMemoryEvent", *event, true));
    g_critical_section_event = event.get();
    return {};
}

}  // namespace ex
