// SPDX-License-Identifier: GPL-3.0-only
//
// What the driver runtime needs from below: threads that can be parked, a clock, memory, the notifications of
// the request ring, ports and interrupts. platform/*.cpp does it with ntdll and seL4 calls in a driver host;
// platform/host/ with the C++ library, so that IRQLs, waits, DPCs and IRP queues are tested on the build
// machine.
//
// Nothing here knows IRQLs. Times are in units of 100 ns.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/wdm/ring.h"

struct _KTHREAD;

namespace platform {

constexpr ULONG64 kForever = ~0ull;

// --- threads
// The KTHREAD of the running thread; lies at gs:[0x188], where a driver's inlined KeGetCurrentThread looks.
_KTHREAD* current_thread();
void set_current_thread(_KTHREAD* thread);
ULONG64 current_thread_id();
ULONG64 current_process_id();
// Starts a thread of this host; null when the Executive refuses. The caller owns the handle.
HANDLE start_thread(void (*entry)(void*), void* argument);
ULONG64 thread_id(HANDLE thread);
[[noreturn]] void exit_thread(NTSTATUS status);
// NT's priority, 1-31; null: the calling thread. The three highest are ours: the Executive runs them before
// every program, those of requests at least where a program would starve them.
inline constexpr LONG kInterruptPriority = 31;
inline constexpr LONG kTimerPriority = 30;
inline constexpr LONG kRequestPriority = 29;
// Work items too come before programs, or one of those could keep a worker from giving DISPATCH_LEVEL up.
inline constexpr LONG kWorkerPriority = 16;
void set_priority(HANDLE thread, LONG priority);
void close_handle(HANDLE handle);
// Waits until this thread is unparked or `timeout` has passed. One unpark is remembered; wake-ups may be
// spurious, so the caller looks at its condition again.
void park(ULONG64 timeout);
void unpark(ULONG64 thread_id);
void yield();

// --- time
ULONG64 interrupt_time();  // since boot, precise, monotonic
ULONG64 system_time();     // since 1601
void stall(ULONG microseconds);

// --- memory
void* allocate(SIZE_T bytes);  // 16-byte aligned; page aligned from one page up; null when there is none
void* allocate_executable(SIZE_T bytes);
void release(void* block);

// Copies between our own memory and a window onto a client's buffer.
NTSTATUS move_buffer(void* to, const void* from, SIZE_T length);

// --- the ring's notifications
void wait_for_requests();
void signal_completions();

// --- hardware
ULONG64 wait_for_interrupts();  // bits of the interrupts that arrived
void acknowledge_interrupt(ULONG cptr);
ULONG port_read(ULONG cptr, USHORT port, ULONG bytes);
void port_write(ULONG cptr, USHORT port, ULONG bytes, ULONG value);

// --- last words
void log(const char* text, SIZE_T length);
[[noreturn]] void end_host(ULONG code, const ULONG64 (&parameters)[4], const char* text, SIZE_T length);

// A mutual exclusion lock, constant initialised, not recursive; uncontended it makes no call.
class Lock {
public:
    constexpr Lock() = default;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    void acquire() {
        ULONG free = kFree;
        if (!__atomic_compare_exchange_n(&word_, &free, kHeld, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            [[unlikely]]
            acquire_slowly();
    }
    void release() {
        if (__atomic_exchange_n(&word_, kFree, __ATOMIC_RELEASE) == kWanted) [[unlikely]]
            wake_one();
    }

private:
    static constexpr ULONG kFree = 0, kHeld = 1;
    static constexpr ULONG kWanted = 2;  // held, and somebody may wait

    void acquire_slowly() {
        while (__atomic_exchange_n(&word_, kWanted, __ATOMIC_ACQUIRE) != kFree)
            wait_while_wanted();
    }
    void wait_while_wanted();  // may return early
    void wake_one();

    ULONG word_ = kFree;
};

class Guard {
public:
    explicit Guard(Lock& lock) : lock_(lock) { lock_.acquire(); }
    ~Guard() { lock_.release(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    Lock& lock_;
};

}  // namespace platform
