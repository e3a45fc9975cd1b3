// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/worker.hpp"

#include "abi/nt/ntdll.h"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/calls.hpp"
#include "tests/torture/services/handles.hpp"
#include "tests/torture/services/left_out.hpp"

namespace torture {
namespace {

using service_table::Service;

// The handles that a successful call has written.
void keep_results(ProcessWorld& world, const Service& service, const Words& words) {
    for (unsigned i = 0; i < service.count; ++i) {
        if (!gives_handle(service.arguments[i]) || words.value[i] < kArena) continue;
        __try {
            keep_handle(world, *reinterpret_cast<const volatile ULONG64*>(words.value[i]));
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
    }
}

void learn(World& world, unsigned service, const Words& words) {
    Lesson& lesson = shared().lessons[service][world.below(kLessons)];
    lesson.words = words;
    lesson.known = true;
}

// The TEB keeps a worker's slot plus one. Threads that no nurse started have none there and share the
// process's last.
ULONG own_slot() {
    const ULONG64 kept = reinterpret_cast<ULONG64>(NtCurrentTeb()->NtTib.ArbitraryUserPointer);
    return kept && kept <= kSlots ? static_cast<ULONG>(kept - 1) : guest_slot();
}

void rest() {
    LARGE_INTEGER time;
    time.QuadPart = -30'000;
    NtDelayExecution(FALSE, &time);
}

void some_calls(ULONG count) {
    const ULONG slot = own_slot();
    ThreadPage& page = shared().pages[slot];
    ProcessWorld world(slot, page.seed + page.calls);
    for (ULONG i = 0; i < count; ++i)
        step(page, world);
}

}  // namespace

void make(ThreadPage& page, ProcessWorld& world, unsigned index, Mood mood) {
    const Service& service = service_table::services[index];
    Words words = generate(world, service, mood, &shared().lessons[index][world.below(kLessons)]);
    restrict(world, service, words);
    const NTSTATUS status = call(page, index, words);
    if (!NT_SUCCESS(status)) return;
    learn(world, index, words);
    keep_results(world, service, words);
}

void step(ThreadPage& page, ProcessWorld& world) {
    make(page, world, any_service(world), any_mood(world));
}

NTSTATUS NTAPI work(PVOID argument) {
    const ULONG slot = static_cast<ULONG>(reinterpret_cast<ULONG64>(argument));
    ThreadPage& page = shared().pages[slot];
    NtCurrentTeb()->NtTib.ArbitraryUserPointer = reinterpret_cast<PVOID>(ULONG64{slot} + 1);
    ProcessWorld world(slot, page.seed);
    while (!orders().stop) {
        step(page, world);
        if (page.pace && page.calls % page.pace == 0) rest();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI passer_by(PVOID) {
    some_calls(8);
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

void NTAPI apc(PVOID, PVOID, PVOID) {
    some_calls(1);
}

}  // namespace torture
