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

// The processor: SYSTEM_LOGICAL_PROCESSOR_INFORMATIONs; the extended form of one relation or RelationAll,
// else STATUS_INVALID_PARAMETER; its one CPU set; the machines whose programs run, with that of a process
// marked; its idle time and frequency.
Result<void> append_topology(ob::Answer& answer);
Result<void> append_topology_extended(ob::Answer& answer, ULONG relation);
Result<void> append_cpu_sets(ob::Answer& answer);
Result<void> append_architectures(ob::Answer& answer, bool process);
Result<void> append_processor_idle(ob::Answer& answer);
Result<void> append_processor_power(ob::Answer& answer);

// A SYSTEM_FIRMWARE_TABLE_INFORMATION asks for the tables of a provider ('ACPI', 'RSMB') or one of them, in
// slices. STATUS_NOT_IMPLEMENTED for another, STATUS_NOT_FOUND for a table that is not there.
NTSTATUS give_firmware_table(ke::Call& call, ke::UserOutBuffer buffer, ke::UserOut<ULONG> returned);

// NEPTUNE_TURN of each cause that had turns.
Result<void> append_turns(ob::Answer& answer);

}  // namespace ex
