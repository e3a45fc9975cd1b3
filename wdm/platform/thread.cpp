// SPDX-License-Identifier: GPL-3.0-only
//
// Threads, locks and time of a driver host, from ntdll.
#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "wdm/platform/platform.hpp"

namespace platform {
namespace {

constexpr LONGLONG kLongestWait = 0x7fff'ffff'ffff;
constexpr ULONG64 kTicksPerSecond = 10'000'000;

ULONG64 counter_frequency() {
    return static_cast<ULONG64>(
        reinterpret_cast<const KUSER_SHARED_DATA*>(NEPTUNE_USER_SHARED_DATA)->QpcFrequency);
}

ULONG64 read_system_time(volatile const KSYSTEM_TIME& time) {
    LONG high;
    ULONG low;
    do {
        high = time.High1Time;
        low = time.LowPart;
    } while (high != time.High2Time);
    return static_cast<ULONG64>(high) << 32 | low;
}

}  // namespace

_KTHREAD* current_thread() {
    _KTHREAD* thread;
    __asm__ volatile("movq %%gs:0x188, %0" : "=r"(thread));
    return thread;
}

void set_current_thread(_KTHREAD* thread) {
    __asm__ volatile("movq %0, %%gs:0x188" : : "r"(thread));
}

ULONG64 current_thread_id() {
    return reinterpret_cast<ULONG64>(NtCurrentTeb()->ClientId.UniqueThread);
}

ULONG64 current_process_id() {
    return reinterpret_cast<ULONG64>(NtCurrentTeb()->ClientId.UniqueProcess);
}

HANDLE start_thread(void (*entry)(void*), void* argument) {
    HANDLE handle = nullptr;
    NTSTATUS status = NtCreateThreadEx(&handle, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                       reinterpret_cast<PVOID>(entry), argument, 0, 0, 0, 0, nullptr);
    return NT_SUCCESS(status) ? handle : nullptr;
}

ULONG64 thread_id(HANDLE thread) {
    THREAD_BASIC_INFORMATION information{};
    NtQueryInformationThread(thread, ThreadBasicInformation, &information, sizeof information, nullptr);
    return reinterpret_cast<ULONG64>(information.ClientId.UniqueThread);
}

void exit_thread(NTSTATUS status) {
    RtlExitUserThread(status);
}

void set_priority(HANDLE thread, LONG priority) {
    HANDLE target = thread != nullptr ? thread : NtCurrentThread();
    NtSetInformationThread(target, ThreadPriority, &priority, sizeof priority);
}

void close_handle(HANDLE handle) {
    NtClose(handle);
}

void park(ULONG64 timeout) {
    if (timeout == kForever) {
        NtWaitForAlertByThreadId(nullptr, nullptr);
        return;
    }
    LARGE_INTEGER relative;
    relative.QuadPart =
        timeout < static_cast<ULONG64>(kLongestWait) ? -static_cast<LONGLONG>(timeout) : -kLongestWait;
    NtWaitForAlertByThreadId(nullptr, &relative);
}

void unpark(ULONG64 thread_id) {
    NtAlertThreadByThreadId(reinterpret_cast<HANDLE>(thread_id));
}

void yield() {
    NtYieldExecution();
}

ULONG64 interrupt_time() {
    LARGE_INTEGER counter;
    RtlQueryPerformanceCounter(&counter);
    auto ticks = static_cast<ULONG64>(counter.QuadPart);
    ULONG64 frequency = counter_frequency();
    if (frequency == kTicksPerSecond || frequency == 0) [[likely]]
        return ticks;
    return ticks / frequency * kTicksPerSecond + ticks % frequency * kTicksPerSecond / frequency;
}

ULONG64 system_time() {
    return read_system_time(reinterpret_cast<const KUSER_SHARED_DATA*>(NEPTUNE_USER_SHARED_DATA)->SystemTime);
}

// A driver stalls for hardware: microseconds, with the processor kept.
void stall(ULONG microseconds) {
    ULONG64 end = interrupt_time() + ULONG64{microseconds} * 10;
    while (interrupt_time() < end)
        __builtin_ia32_pause();
}

void Lock::wait_while_wanted() {
    RtlWaitOnAddress(&word_, &kWanted, sizeof word_, nullptr);
}

void Lock::wake_one() {
    RtlWakeAddressSingle(&word_);
}

}  // namespace platform
