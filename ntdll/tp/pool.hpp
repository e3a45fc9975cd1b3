// SPDX-License-Identifier: GPL-3.0-only
// The thread pool. A pool has threads and three queues of objects (by priority) that have callbacks to run;
// an object is what TpAllocWork, TpAllocTimer ... give out. Its pool's lock guards an object's counts and
// place in the queue.
//
// Who keeps an object: its user, until it is released (by a Tp release or by its cleanup group, whoever
// claims it first); one reference as long as a callback is pending or runs; and each request begun on its
// file.
#pragma once

#include "abi/nt/nttp.h"
#include "ntdll/ntdll.hpp"

namespace tp {

constexpr ULONG default_max_threads = 500;
constexpr unsigned priorities = 3;
constexpr LONGLONG never = 0x7fffffffffffffff;

struct Pool {
    RTL_SRWLOCK lock;
    RTL_CONDITION_VARIABLE ready;
    LIST_ENTRY queues[priorities];
    volatile LONG refs;  // of the user and of objects
    ULONG threads;
    ULONG idle;
    ULONG woken;  // idle threads that have been told of work and have not run yet
    ULONG busy_long;
    ULONG minimum;
    ULONG maximum;
    ULONG taken;  // callbacks begun, to see whether any progress is made
    bool closing;
    bool watched;  // is on the list of pools that may need another thread
    ULONG taken_seen;
    ULONG growth;  // threads to add next when there is none
    ULONG added;   // last time
    LIST_ENTRY watch_links;
    TP_POOL_STACK_INFORMATION stack;
};

struct Group {
    RTL_SRWLOCK lock;
    LIST_ENTRY members;
    volatile LONG refs;
};

enum class Kind : UCHAR { Simple, Work, Timer, Wait, Io };

struct Object {
    Kind kind;
    bool long_function;
    bool queued;
    UCHAR priority;
    volatile LONG refs;
    volatile LONG released;
    Pool* pool;
    Group* group;
    LIST_ENTRY group_links;
    bool in_group;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK cancel;
    PTP_SIMPLE_CALLBACK finalization;
    PVOID callback;
    PVOID context;
    PVOID race_dll;
    LIST_ENTRY queue_links;
    RTL_CONDITION_VARIABLE finished;
    ULONG pending;     // callbacks to begin
    ULONG running;     // callbacks begun and not ended
    ULONG associated;  // those of them that one waits for
    // Calls the user's callback, once; `token` is what `dequeue` took.
    void (*run)(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR token);
    // Takes the data of one pending callback; with the pool's lock.
    ULONG_PTR (*dequeue)(Object& object);
    // Forgets the data of `count` pending callbacks; with the pool's lock.
    void (*drop)(Object& object, ULONG count);
    // More that a wait waits for; with the pool's lock.
    bool (*outstanding)(Object& object);
    // No callback is to come any more; without locks.
    void (*stop)(Object& object);
    void (*destroy)(Object& object);
};

// Fills in what all kinds share. `size` is that of the whole object, which begins with an Object.
NTSTATUS create(Object** object, SIZE_T size, Kind kind, PVOID callback, PVOID context,
                const TP_CALLBACK_ENVIRON_V3* environ);
void reference(Object& object);
void dereference(Object& object);
using Note = void (*)(Object&, ULONG_PTR);
// One more callback to run. `note` is called with the pool's lock held.
void post(Object& object, Note note = nullptr, ULONG_PTR argument = 0);
// The same for the timer thread, which must not be asked for a watch: true if it is to watch the pools.
bool post_from_timer(Object& object);
// Counts a callback that the caller then runs by run_callback.
void begin_here(Object& object);
// Waits until no callback is pending or runs that is associated; `cancel` drops those that have not begun.
// Returns how many were dropped.
ULONG wait(Object& object, bool cancel);
// Drops what is pending without waiting; true if a callback runs.
bool cancel_pending(Object& object);
// The user's reference, and its place in the group.
void release(Object& object);
// True for the first who asks: he drops the user's reference.
bool claim_release(Object& object);
void leave_group(Object& object);

Pool* default_pool();
void dereference(Pool& pool);
// Called by the timer thread some 100 times a second while a pool is short of threads; false when none is.
bool watch_pools();
// Makes the timer thread call watch_pools soon.
void ask_for_watch();

void run_callback(Object& object, ULONG_PTR token, bool may_run_long);
// A thread of the pool's own for waits, timers, completions.
NTSTATUS start_thread(PUSER_THREAD_START_ROUTINE routine, PVOID parameter,
                      const TP_POOL_STACK_INFORMATION* stack);

// Time that only goes on, in 100 ns.
LONGLONG now();
// When `due` (negative: from now, positive: system time) is, in that time; `never` where it has no such
// moment.
LONGLONG deadline(LONGLONG due);

// What says "wait for the callbacks" in place of an event.
inline bool means_wait(HANDLE event) {
    return event == reinterpret_cast<HANDLE>(~static_cast<ULONG_PTR>(0));
}

inline PVOID allocate(SIZE_T size) {
    return RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, size);
}
inline void free(PVOID at) {
    RtlFreeHeap(rtl::process_heap(), 0, at);
}

}  // namespace tp

// What a callback has asked for its end.
struct _TP_CALLBACK_INSTANCE {
    tp::Object* object;
    HANDLE thread;
    bool associated;
    bool may_run_long;
    PRTL_CRITICAL_SECTION section;
    HANDLE mutex;
    HANDLE semaphore;
    ULONG semaphore_count;
    HANDLE event;
    PVOID dll;
};
