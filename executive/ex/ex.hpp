// SPDX-License-Identifier: GPL-3.0-only
//
// The executive component: the dispatcher objects programs wait on, completion ports, atoms, system
// information, time, locale, power.
#pragma once

#include "executive/ex/event.hpp"
#include "executive/ex/io_completion.hpp"
#include "executive/ex/keyed_event.hpp"
#include "executive/ex/mutant.hpp"
#include "executive/ex/semaphore.hpp"
#include "executive/ex/timer.hpp"

namespace ex {

// Registers the types and named objects of ex. REQUIRES: ob::initialize().
Result<void> initialize();

// \KernelObjects\CritSecOutOfMemoryEvent, which keyed waits without a handle use.
KeyedEvent& critical_section_event();

}  // namespace ex
