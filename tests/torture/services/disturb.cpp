// SPDX-License-Identifier: GPL-3.0-only
//
// What is done to threads inside calls from outside.
#include "abi/nt/ntdll.h"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/calls.hpp"
#include "tests/torture/services/prey.hpp"
#include "tests/torture/services/worker.hpp"

namespace torture {
namespace {

constexpr unsigned kOpenThread = 0;

struct Deed {
    const char* service;
    ULONG64 percent;
};

// The thread's handle is the first argument of each; the others are as the generator makes them.
constexpr Deed kDeeds[] = {{"NtTerminateThread", 14}, {"NtSuspendThread", 12},
                           {"NtResumeThread", 16},    {"NtAlertThread", 14},
                           {"NtQueueApcThread", 16},  {"NtGetContextThread", 12},
                           {"NtSetContextThread", 4}, {"NtSetInformationThread", 12}};

const char* chosen(World& world) {
    ULONG64 roll = world.below(100);
    for (const Deed& deed : kDeeds) {
        if (roll < deed.percent) return deed.service;
        roll -= deed.percent;
    }
    return kDeeds[0].service;
}

HANDLE open(ThreadPage& page, ProcessWorld& world, const CLIENT_ID& victim) {
    static const unsigned service = index_of("NtOpenThread");
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    HANDLE handle = nullptr;
    Words words = {};
    words.value[kOpenThread] = reinterpret_cast<ULONG64>(&handle);
    words.value[1] = THREAD_ALL_ACCESS;
    words.value[2] = world.place(&attributes, sizeof attributes, false);
    words.value[3] = world.place(&victim, sizeof victim, false);
    if (!NT_SUCCESS(call(page, service, words))) return nullptr;
    if (world.ordinary() || is_prey(handle, Object::kThread)) return handle;
    NtClose(handle);
    return nullptr;
}

void prioritise(ThreadPage& page, ProcessWorld& world, Words& words) {
    (void)page;
    const LONG priority = static_cast<LONG>(world.below(31)) - 15;
    words.value[1] = world.chance(50) ? ThreadBasePriority : ThreadPriority;
    const LONG given = words.value[1] == ThreadPriority ? 1 + static_cast<LONG>(world.below(15)) : priority;
    words.value[2] = world.place(&given, sizeof given, false);
    words.value[3] = sizeof given;
}

}  // namespace

void disturb(ThreadPage& page, ProcessWorld& world, const CLIENT_ID& victim) {
    const HANDLE thread = open(page, world, victim);
    if (!thread) return;
    const char* name = chosen(world);
    const unsigned index = index_of(name);
    Words words = generate(world, service_table::services[index], any_mood(world), nullptr);
    words.value[0] = reinterpret_cast<ULONG64>(thread);
    if (same(name, "NtSetInformationThread")) prioritise(page, world, words);
    call(page, index, words);
    // Half of those that were stopped go on at once, the others when the nurse comes by.
    if (same(name, "NtSuspendThread") && world.chance(50)) {
        words.value[1] = 0;
        call(page, index_of("NtResumeThread"), words);
    }
    NtClose(thread);
}

}  // namespace torture
