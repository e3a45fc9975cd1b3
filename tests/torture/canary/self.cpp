// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/canary/self.hpp"

#include "apps/common/native.hpp"

namespace canary {
namespace {

constexpr SIZE_T kWords = 0x40000 / sizeof(ULONG64);
constexpr ULONG kHandles = 64;
constexpr ULONG kBeating = 3;
constexpr LONGLONG kMillisecond = 10'000;           // of 100 ns
constexpr LONGLONG kBeat = 50 * kMillisecond;       // of each thread
constexpr LONGLONG kStill = 10'000 * kMillisecond;  // without a beat, after which a thread was stopped
constexpr LONGLONG kSkew = 20 * kMillisecond;       // by which the time of day may differ from the counter

ULONG64* pattern;
HANDLE handles[kHandles];
HANDLE threads[kBeating + 1];
ULONG handle_count;
ULONG64 code;
volatile ULONG beats[kBeating];
volatile bool disturbed;  // the thread that nobody wakes was woken
LONGLONG skew;

// Told once; what stays wrong is not told at each look.
bool told[static_cast<ULONG>(Group::Count)];
void complain(Group group, const char* what) {
    bool& before = told[static_cast<ULONG>(group)];
    if (!before) found(group, what);
    before = true;
}

ULONG64 word(SIZE_T index) {
    return (index + 1) * 0x9e3779b97f4a7c15;
}

NTSTATUS NTAPI beat(PVOID which) {
    LARGE_INTEGER pause;
    pause.QuadPart = -kBeat;
    for (;;) {
        NtDelayExecution(FALSE, &pause);
        volatile ULONG& mine = beats[reinterpret_cast<ULONG64>(which)];
        mine = mine + 1;
    }
}

// Waits for what never comes: an alert, an APC or a signal that others send ends it.
NTSTATUS NTAPI sleep(PVOID event) {
    NtWaitForSingleObject(event, TRUE, nullptr);
    disturbed = true;
    return STATUS_SUCCESS;
}

// 100 ns by the counter.
LONGLONG ticks() {
    LARGE_INTEGER counter, frequency;
    NtQueryPerformanceCounter(&counter, &frequency);
    const LONGLONG seconds = counter.QuadPart / frequency.QuadPart;
    const LONGLONG rest = counter.QuadPart % frequency.QuadPart;
    return seconds * 10'000'000 + rest * 10'000'000 / frequency.QuadPart;
}

// By how much the time of day is ahead of the counter: whoever is interrupted between the two asks again.
LONGLONG measured_skew() {
    LONGLONG best = 0, shortest = kStill;
    for (int i = 0; i < 8; ++i) {
        LARGE_INTEGER time;
        const LONGLONG before = ticks();
        NtQuerySystemTime(&time);
        const LONGLONG took = ticks() - before;
        if (took >= shortest) continue;
        shortest = took;
        best = time.QuadPart - before;
    }
    return best;
}

// Of all code that is mapped here.
ULONG64 measured_code() {
    constexpr ULONG kCode = PAGE_EXECUTE | PAGE_EXECUTE_READ;
    Hash hash;
    MEMORY_BASIC_INFORMATION region;
    for (const UCHAR* at = nullptr;; at = static_cast<const UCHAR*>(region.BaseAddress) + region.RegionSize) {
        if (!NT_SUCCESS(NtQueryVirtualMemory(NtCurrentProcess(), const_cast<UCHAR*>(at),
                                             MemoryBasicInformation, &region, sizeof region, nullptr)))
            return hash.value();
        if (region.Type != MEM_IMAGE || region.State != MEM_COMMIT || !(region.Protect & kCode)) continue;
        hash.add(reinterpret_cast<ULONG64>(region.BaseAddress)).add(region.BaseAddress, region.RegionSize);
    }
}

ULONG measured_handles() {
    ULONG count = 0;
    NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &count, sizeof count, nullptr);
    return count;
}

bool start(NTSTATUS(NTAPI* routine)(PVOID), PVOID argument, HANDLE& thread) {
    if (!NT_SUCCESS(NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                     reinterpret_cast<PVOID>(routine), argument, 0, 0, 0, 0, nullptr)))
        return false;
    LONG priority = 15;
    NtSetInformationThread(thread, ThreadBasePriority, &priority, sizeof priority);
    return true;
}

void look_at_memory() {
    MEMORY_BASIC_INFORMATION region = {};
    NtQueryVirtualMemory(NtCurrentProcess(), pattern, MemoryBasicInformation, &region, sizeof region,
                         nullptr);
    if (region.State != MEM_COMMIT || region.Protect != PAGE_READWRITE ||
        region.RegionSize != kWords * sizeof(ULONG64))
        return complain(Group::Memory, "its pages are not what they were");
    for (SIZE_T i = 0; i < kWords; ++i)
        if (pattern[i] != word(i)) return complain(Group::Memory, "its pattern was written over");
}

void look_at_threads() {
    static ULONG last[kBeating];
    static LONGLONG moved[kBeating];
    const LONGLONG now = ticks();
    for (ULONG i = 0; i < kBeating; ++i) {
        if (beats[i] != last[i] || !moved[i]) moved[i] = now;
        last[i] = beats[i];
        if (now - moved[i] > kStill) complain(Group::Threads, "one was stopped");
    }
    if (disturbed) complain(Group::Threads, "one was woken");
    for (HANDLE thread : threads) {
        THREAD_BASIC_INFORMATION basic = {};
        NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
        if (basic.ExitStatus != STATUS_PENDING) complain(Group::Threads, "one was ended");
    }
}

void look_at_handles() {
    if (measured_handles() != handle_count) complain(Group::Handles, "there are more or fewer");
    for (HANDLE handle : handles) {
        EVENT_BASIC_INFORMATION event = {};
        const NTSTATUS status = NtQueryEvent(handle, EventBasicInformation, &event, sizeof event, nullptr);
        if (!NT_SUCCESS(status)) complain(Group::Handles, "one names something else or nothing");
        if (event.EventState) complain(Group::Handles, "the object of one was changed");
    }
}

void look_at_clock() {
    const LONGLONG ahead = measured_skew() - skew;
    if (ahead > kSkew || ahead < -kSkew) complain(Group::Clock, "the time of day was set");
}

}  // namespace

bool furnish() {
    PVOID base = nullptr;
    SIZE_T size = kWords * sizeof(ULONG64);
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                            PAGE_READWRITE)))
        return false;
    pattern = static_cast<ULONG64*>(base);
    for (SIZE_T i = 0; i < kWords; ++i)
        pattern[i] = word(i);
    for (HANDLE& handle : handles)
        if (!NT_SUCCESS(NtCreateEvent(&handle, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE)))
            return false;
    for (ULONG64 i = 0; i < kBeating; ++i)
        if (!start(beat, reinterpret_cast<PVOID>(i), threads[i])) return false;
    if (!start(sleep, handles[0], threads[kBeating])) return false;
    skew = measured_skew();
    code = measured_code();
    handle_count = measured_handles();
    return true;
}

void look_at_self() {
    look_at_memory();
    if (measured_code() != code) complain(Group::Memory, "its code was changed");
    look_at_threads();
    look_at_handles();
    look_at_clock();
}

}  // namespace canary
