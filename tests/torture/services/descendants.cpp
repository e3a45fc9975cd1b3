// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/epoch.hpp"
#include "tests/torture/services/prey.hpp"
#include "tests/torture/services/process_list.hpp"
#include "tests/torture/services/shared.hpp"

namespace torture {
namespace {

constexpr ULONG kRound = 20;    // milliseconds
constexpr ULONG kRounds = 750;  // that the dead are given to be gone: 15 seconds

// `all`: the fuzzing processes too, not only what they started.
bool is_descendant(const SYSTEM_PROCESS_INFORMATION& process, bool all) {
    if (process.UniqueProcessId == orders().keeper) return false;
    UNICODE_STRING own;
    RtlInitUnicodeString(&own, u"services.exe");
    return is_prey(process.ImageName) && (all || !RtlEqualUnicodeString(&process.ImageName, &own, TRUE));
}

void end(HANDLE id) {
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    CLIENT_ID client = {id, nullptr};
    HANDLE process;
    if (!NT_SUCCESS(NtOpenProcess(&process, PROCESS_TERMINATE, &attributes, &client))) return;
    NtTerminateProcess(process, STATUS_SUCCESS);
    NtClose(process);
}

}  // namespace

bool end_descendants(bool all) {
    for (ULONG round = 0; round < kRounds; ++round) {
        ProcessList list;
        ULONG left = 0;
        for (const SYSTEM_PROCESS_INFORMATION* process = list.first(); process;
             process = list.next(process)) {
            if (!is_descendant(*process, all)) continue;
            ++left;
            end(process->UniqueProcessId);
        }
        if (!all || (list.good() && left == 0)) return true;
        pause(kRound);
    }
    return false;
}

}  // namespace torture
