// SPDX-License-Identifier: GPL-3.0-only
//
// The services that are not called, or seldom, each with its reason; and arguments that would reach beyond
// the fuzzer's own processes.
#pragma once

#include "tests/torture/services/generate.hpp"

namespace torture {

// How often a service is chosen, beside the others: 0 never, 16 as most. An `ordinary` client may call what
// would harm the run if it were granted.
ULONG weight(const service_table::Service& service, bool ordinary);

// Turns what, called by one who may do more than an ordinary client, would end or stop others than the
// fuzzer's own into something harmless.
void restrict(World& world, const service_table::Service& service, Words& words);

}  // namespace torture
