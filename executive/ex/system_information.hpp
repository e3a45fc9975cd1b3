// SPDX-License-Identifier: GPL-3.0-only
//
// The lists that NtQuerySystemInformation gives, each put together in an answer.
#pragma once

#include "abi/nt/neptune.h"
#include "abi/nt/ntexapi.h"
#include "executive/ob/answer.hpp"

namespace ex {

// Every live process with its threads, in slices.
NTSTATUS give_processes(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned);
// Every open handle of every process, in the old form (16-bit ids) and the extended one, in slices.
NTSTATUS give_handles(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned);
NTSTATUS give_handles_extended(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned);
// NEPTUNE_OBJECT_TYPE by type index.
Result<void> append_object_types(ob::Answer& answer);

// NEPTUNE_TURN of each cause that had turns.
Result<void> append_turns(ob::Answer& answer);

}  // namespace ex
