// SPDX-License-Identifier: GPL-3.0-only
//
// Making calls so that they can be told afterwards: each is written into the caller's ring before it is made.
#pragma once

#include "tests/torture/services/shared.hpp"

namespace torture {

// The place of a service in the table; the name is a literal of this program.
unsigned index_of(const char* name);

// Makes a call and records it, with its status, in `page`'s ring and the run's counters.
NTSTATUS call(ThreadPage& page, unsigned service, const Words& words);

// Before the first any_service().
void weigh_services();
// By weight.
unsigned any_service(World& world);
bool gives_handle(const service_table::Argument& argument);
// One that gives a handle when it succeeds, if any that may be called does.
unsigned any_giver(World& world);

}  // namespace torture
