// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/left_out.hpp"

#include "abi/console/condrv.h"
#include "abi/nt/ntexapi.h"

namespace torture {

using service_table::Service;

namespace {

constexpr ULONG kUsual = 16;
constexpr ULONG kRefused = 4;  // of an ordinary client

struct Exception {
    const char* service;
    ULONG weight;
    const char* reason;
};

constexpr Exception kExceptions[] = {
    {"NtShutdownSystem", 0, "it does what it says"},
    {"NtInitiatePowerAction", 0, "as NtShutdownSystem"},
    {"NtSetSystemTime", 0, "the clock of the run would jump, and every wait with it"},
    {"NtNeptuneSetLog", 0, "a log that is on for everything drowns the run's own lines"},
    {"NtRaiseException", 1, "ends the process more often than not"},
    {"NtContinue", 1, "as NtRaiseException"},
    {"NtCallbackReturn", 1, "as NtRaiseException"},
    {"NtTerminateProcess", 1, "a process that ends at each twentieth call does nothing else"},
    {"NtTerminateThread", 1, "as NtTerminateProcess"},
    {"NtSuspendProcess", 1, "a process that stands still does nothing; the nurse resumes it"},
    {"NtSuspendThread", 2, "as NtSuspendProcess"},
    {"NtCreateUserProcess", 4, "a thousand times as long as other calls"},
    {"NtCreateProcess", 4, "as NtCreateUserProcess"},
    {"NtCreateProcessEx", 4, "as NtCreateUserProcess"},
    {"NtDisplayString", 1, "a line of the screen each"},
    {"NtRaiseHardError", 1, "as NtDisplayString"},
    {"NtNeptuneLog", 1, "as NtDisplayString"},
};

bool is(const Service& service, const char* name) {
    return same(service.name, name);
}

}  // namespace

ULONG weight(const Service& service, bool ordinary) {
    for (const Exception& exception : kExceptions)
        if (is(service, exception.service))
            return exception.weight || !ordinary ? exception.weight : kRefused;
    return kUsual;
}

void restrict(World& world, const Service& service, Words& words) {
    constexpr unsigned kClientId = 3;     // of NtOpenProcess and NtOpenThread
    constexpr unsigned kFlags = 3;        // of NtGetNextProcess
    constexpr unsigned kControlCode = 5;  // of NtDeviceIoControlFile
    constexpr ULONG64 kBackwards = 1;     // PROCESS_GET_NEXT_FLAGS_PREVIOUS_PROCESS
    // Whoever reads the longest turns begins them afresh.
    if (is(service, "NtQuerySystemInformation") || is(service, "NtQuerySystemInformationEx"))
        if (words.value[0] == SystemNeptuneTurns) words.value[0] = SystemNeptuneObjectTypes;
    if (world.ordinary()) return;
    // The run's own lines are written to the system's console.
    if (is(service, "NtDeviceIoControlFile") && words.value[kControlCode] == CONDRV_SERVER_PUBLISH)
        words.value[kControlCode] = CONDRV_SERVER_NEXT;
    // Identifiers of other processes may lie in scratch memory, where lists were put.
    if (is(service, "NtOpenProcess") || is(service, "NtOpenThread")) {
        const CLIENT_ID client = world.client();
        if (words.value[kClientId]) words.value[kClientId] = world.place(&client, sizeof client, false);
    }
    // Whatever follows one of the fuzzer's own in the list of processes is the fuzzer's too.
    if (is(service, "NtGetNextProcess")) {
        if (!words.value[0]) words.value[0] = ~0ull;
        words.value[kFlags] &= ~kBackwards;
    }
}

}  // namespace torture
