// SPDX-License-Identifier: GPL-3.0-only
//
// The first thread of a fuzzing process: starts workers, disturbs them, wakes those that wait too long, ends
// those that cannot be woken, and says so when one does not end.
#include "abi/nt/ntdll.h"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/calls.hpp"
#include "tests/torture/services/scenes.hpp"
#include "tests/torture/services/worker.hpp"

namespace torture {
namespace {

constexpr ULONG64 kMillisecond = 10'000;  // of 100 ns
constexpr ULONG64 kRound = 2 * kMillisecond;
constexpr ULONG64 kPatience =
    60 * kMillisecond;  // with a worker whose call does not come back, before it is alerted
constexpr ULONG64 kEnding = 200 * kMillisecond;    // before it is ended
constexpr ULONG64 kDying = 10'000 * kMillisecond;  // within which a thread that was ended is gone

constexpr ULONG64 kRoundsToScene = 400;  // from one to the next, on average
constexpr ULONG kRealTimePace = 24;  // calls between two rests of a thread that nobody else could interrupt

constexpr ULONG kFurnished = 3;  // handles that a round asks for, so that there are some of every type

struct Patient {
    CLIENT_ID client;
    ULONG64 calls;     // of its page, when it last moved
    ULONG64 moved;     // interrupt time of 100 ns
    ULONG64 ended_at;  // when it was told to end; 0: it was not
    bool alive;
};

Patient patients[kThreadsEach];
ULONG process_index;
UCHAR priority_class;

ULONG64 now() {
    LARGE_INTEGER counter;
    LARGE_INTEGER frequency;
    NtQueryPerformanceCounter(&counter, &frequency);
    return static_cast<ULONG64>(counter.QuadPart) / (static_cast<ULONG64>(frequency.QuadPart) / 10'000) *
           1'000;
}

void rest() {
    LARGE_INTEGER time;
    time.QuadPart = -static_cast<LONGLONG>(kRound);
    NtDelayExecution(FALSE, &time);
}

ULONG slot_of(ULONG worker) {
    return process_index * kThreadsEach + worker;
}

// Opened anew each time: a handle that the nurse kept could be closed by any worker.
HANDLE open(const Patient& patient) {
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    HANDLE thread = nullptr;
    CLIENT_ID client = patient.client;
    NtOpenThread(&thread, THREAD_ALL_ACCESS, &attributes, &client);
    return thread;
}

void start(ULONG worker) {
    Patient& patient = patients[worker];
    ThreadPage& page = shared().pages[slot_of(worker)];
    ++page.incarnation;
    page.seed = Random::mixed(orders().seed + orders().epoch * 1000003ull + slot_of(worker) * 10007ull +
                              page.incarnation);
    page.pace = priority_class == PROCESS_PRIORITY_CLASS_REALTIME ? kRealTimePace : 0;
    HANDLE thread;
    const NTSTATUS status =
        RtlCreateUserThread(NtCurrentProcess(), nullptr, TRUE, 0, 0, 0, work,
                            reinterpret_cast<PVOID>(ULONG64{slot_of(worker)}), &thread, &patient.client);
    patient.alive = NT_SUCCESS(status);
    if (!patient.alive) return;
    Random random(page.seed);
    LONG priority = static_cast<LONG>(random.next() % 31) - 15;
    NtSetInformationThread(thread, ThreadBasePriority, &priority, sizeof priority);
    page.process = reinterpret_cast<ULONG64>(patient.client.UniqueProcess);
    page.thread = reinterpret_cast<ULONG64>(patient.client.UniqueThread);
    shared().clients[add(shared().next_client) % kMostClients] = patient.client;
    patient.calls = page.calls;
    patient.moved = now();
    patient.ended_at = 0;
    NtResumeThread(thread, nullptr);
    NtClose(thread);
}

void report_undying(ULONG worker) {
    if (add(shared().undying) == 0) shared().undying_slot = slot_of(worker);
}

// Alerted first, then ended, then told about.
void press(Patient& patient, HANDLE thread, ULONG worker, ULONG64 time) {
    const ULONG64 waited = time - patient.moved;
    if (patient.ended_at) {
        if (time - patient.ended_at < kDying) return;
        report_undying(worker);
        patient.ended_at = time;
    } else if (waited > kEnding) {
        patient.ended_at = time;
        NtTerminateThread(thread, STATUS_SUCCESS);
    } else if (waited > kPatience) {
        NtAlertThread(thread);
    }
}

void look_after(ULONG worker, ULONG64 time) {
    Patient& patient = patients[worker];
    const HANDLE thread = patient.alive ? open(patient) : nullptr;
    LARGE_INTEGER at_once = {};
    if (!thread || NtWaitForSingleObject(thread, FALSE, &at_once) == STATUS_WAIT_0) {
        if (thread) NtClose(thread);
        if (patient.alive) add(shared().threads_ended);
        return start(worker);
    }
    NtResumeThread(thread, nullptr);
    const ULONG64 calls = shared().pages[slot_of(worker)].calls;
    if (calls != patient.calls && !patient.ended_at) {
        patient.calls = calls;
        patient.moved = time;
    } else {
        press(patient, thread, worker, time);
    }
    NtClose(thread);
}

LONG NTAPI end_thread(PEXCEPTION_POINTERS) {
    NtTerminateThread(NtCurrentThread(), STATUS_UNSUCCESSFUL);
    return EXCEPTION_CONTINUE_SEARCH;
}

void prepare() {
    weigh_services();
    RtlSetUnhandledExceptionFilter(end_thread);
    UNICODE_STRING image;
    RtlInitUnicodeString(&image, u"\\SystemRoot\\System32\\nothing.exe");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &image, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    set_parameters(parameters);
}

// Any class, with the nurse above its workers, or it could not end them.
void choose_priority(Random random) {
    constexpr UCHAR kClasses[] = {PROCESS_PRIORITY_CLASS_IDLE,        PROCESS_PRIORITY_CLASS_NORMAL,
                                  PROCESS_PRIORITY_CLASS_NORMAL,      PROCESS_PRIORITY_CLASS_HIGH,
                                  PROCESS_PRIORITY_CLASS_REALTIME,    PROCESS_PRIORITY_CLASS_BELOW_NORMAL,
                                  PROCESS_PRIORITY_CLASS_ABOVE_NORMAL};
    priority_class = kClasses[random.next() % sizeof kClasses];
    PROCESS_PRIORITY_CLASS information = {};
    information.PriorityClass = priority_class;
    NtSetInformationProcess(NtCurrentProcess(), ProcessPriorityClass, &information, sizeof information);
    LONG priority = 15;
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority);
}

void round(ThreadPage& page, ProcessWorld& world) {
    const ULONG workers = orders().threads;
    const ULONG64 time = now();
    for (ULONG worker = 1; worker <= workers; ++worker)
        look_after(worker, time);
    for (ULONG i = 0; i < kFurnished; ++i)
        make(page, world, any_giver(world), Mood::Tame);
    for (ULONG64 i = world.below(4); i > 0; --i)
        disturb(page, world, world.chance(70) ? patients[1 + world.below(workers)].client : world.client());
    if (world.below(kRoundsToScene) == 0 && orders().scenes) play_scene(page, world);
    rest();
}

}  // namespace

ULONG guest_slot() {
    return slot_of(kThreadsEach - 1);
}

void run_process(ULONG index) {
    process_index = index;
    if (!NT_SUCCESS(map_shared(false)) || !NT_SUCCESS(build_arena(kSlots)))
        NtTerminateProcess(NtCurrentProcess(), STATUS_UNSUCCESSFUL);
    prepare();
    ThreadPage& page = shared().pages[slot_of(0)];
    ++page.incarnation;
    page.seed =
        Random::mixed(orders().seed ^ (orders().epoch * 7919ull + slot_of(0) + page.incarnation * 104729ull));
    choose_priority(Random(page.seed));
    ProcessWorld world(slot_of(0), page.seed);
    while (!orders().stop)
        round(page, world);
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
    __builtin_unreachable();
}

}  // namespace torture
