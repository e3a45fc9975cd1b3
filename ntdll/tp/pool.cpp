// SPDX-License-Identifier: GPL-3.0-only
// Pools and their threads. NT's worker factory sees when a thread blocks and lets another one run; here
// threads are made at once up to a few, and beyond that whenever the pool has made no progress for some 10
// ms, twice as many each time.
#include "ntdll/tp/pool.hpp"
#include "ntdll/rtl/wine.hpp"

namespace tp {
namespace {

constexpr ULONG at_once = 8;
constexpr LONGLONG idle_time = -10 * 10000000ll;

RTL_SRWLOCK watch_lock;
LIST_ENTRY watched = {&watched, &watched};
Pool standard;
RTL_RUN_ONCE standard_once;

void init(Pool& pool) {
    for (LIST_ENTRY& queue : pool.queues)
        InitializeListHead(&queue);
    pool.refs = 1;
    pool.maximum = default_max_threads;
}

ULONG NTAPI make_standard(PRTL_RUN_ONCE, PVOID, PVOID*) {
    init(standard);
    return TRUE;
}

Object* first(Pool& pool) {
    for (LIST_ENTRY& queue : pool.queues) {
        if (!IsListEmpty(&queue)) return CONTAINING_RECORD(queue.Flink, Object, queue_links);
    }
    return nullptr;
}

void append(Pool& pool, Object& object) {
    object.queued = true;
    InsertTailList(&pool.queues[object.priority], &object.queue_links);
}

void unqueue(Object& object) {
    if (!object.queued) return;
    object.queued = false;
    RemoveEntryList(&object.queue_links);
}

bool may_grow_now(const Pool& pool) {
    return pool.threads < pool.maximum && pool.threads < at_once + pool.busy_long;
}

bool enlist(Pool& pool) {
    rtl::ExclusiveGuard guard(watch_lock);
    if (pool.watched) return false;
    pool.watched = true;
    pool.growth = 1;
    pool.added = 0;
    pool.taken_seen = pool.taken;
    InsertTailList(&watched, &pool.watch_links);
    return true;
}

void watch(Pool& pool) {
    if (enlist(pool)) ask_for_watch();
}

void unwatch(Pool& pool) {
    rtl::ExclusiveGuard guard(watch_lock);
    if (!pool.watched) return;
    pool.watched = false;
    RemoveEntryList(&pool.watch_links);
}

NTSTATUS NTAPI worker(PVOID parameter);

// The thread is counted before it is made; with the pool's lock, which is dropped meanwhile.
NTSTATUS add_thread(Pool& pool) {
    ++pool.threads;
    const TP_POOL_STACK_INFORMATION stack = pool.stack;
    RtlReleaseSRWLockExclusive(&pool.lock);
    const NTSTATUS status = start_thread(worker, &pool, &stack);
    RtlAcquireSRWLockExclusive(&pool.lock);
    if (!NT_SUCCESS(status)) --pool.threads;
    return status;
}

// Finds somebody for work that has just been queued; with the pool's lock. True if the pool should be
// watched.
bool find_thread(Pool& pool) {
    if (pool.idle > pool.woken) {
        ++pool.woken;
        RtlWakeConditionVariable(&pool.ready);
        return false;
    }
    if (may_grow_now(pool) && NT_SUCCESS(add_thread(pool))) return false;
    return pool.threads < pool.maximum || !pool.threads;
}

// Runs the callbacks of the first object's turn; with the pool's lock.
void serve(Pool& pool, Object& object) {
    unqueue(object);
    ++pool.taken;
    --object.pending;
    const ULONG_PTR token = object.dequeue ? object.dequeue(object) : 0;
    if (object.pending) append(pool, object);
    ++object.running;
    ++object.associated;
    const bool is_long = object.long_function;
    if (is_long) ++pool.busy_long;
    const bool short_of_threads = object.pending && find_thread(pool);
    RtlReleaseSRWLockExclusive(&pool.lock);
    if (short_of_threads) watch(pool);
    run_callback(object, token, is_long);
    RtlAcquireSRWLockExclusive(&pool.lock);
}

NTSTATUS NTAPI worker(PVOID parameter) {
    Pool& pool = *static_cast<Pool*>(parameter);
    RtlAcquireSRWLockExclusive(&pool.lock);
    for (;;) {
        if (Object* object = first(pool)) {
            serve(pool, *object);
            continue;
        }
        if (pool.closing) break;
        ++pool.idle;
        LARGE_INTEGER timeout;
        timeout.QuadPart = idle_time;
        const NTSTATUS status = RtlSleepConditionVariableSRW(&pool.ready, &pool.lock, &timeout, 0);
        --pool.idle;
        if (pool.woken) --pool.woken;
        if (status == STATUS_TIMEOUT && !first(pool) && pool.threads > pool.minimum && !pool.closing) break;
    }
    const bool last = --pool.threads == 0 && pool.closing;
    RtlReleaseSRWLockExclusive(&pool.lock);
    if (last) {
        unwatch(pool);
        free(&pool);
    }
    return STATUS_SUCCESS;
}

// Threads for a pool that has made no progress since it was last looked at; false when it needs none.
bool help(Pool& pool) {
    rtl::ExclusiveGuard guard(pool.lock);
    if (!first(pool) || pool.threads >= pool.maximum) return false;
    // What the threads that were added last time have begun is no progress.
    const ULONG begun = pool.taken - pool.taken_seen;
    pool.growth = begun > pool.added ? 1 : pool.growth * 2;
    const bool stuck = begun <= pool.added;
    pool.taken_seen = pool.taken;
    for (pool.added = 0; stuck && pool.added < pool.growth && first(pool) && pool.threads < pool.maximum;
         ++pool.added) {
        if (!NT_SUCCESS(add_thread(pool))) break;
    }
    return true;
}

// True if the pool should be watched.
bool add(Object& object, Note note, ULONG_PTR argument) {
    Pool& pool = *object.pool;
    rtl::ExclusiveGuard guard(pool.lock);
    if (!object.pending && !object.running) reference(object);
    if (note) note(object, argument);
    ++object.pending;
    if (!object.queued) append(pool, object);
    return find_thread(pool);
}

NTSTATUS set_minimum(Pool& pool, ULONG minimum) {
    rtl::ExclusiveGuard guard(pool.lock);
    while (pool.threads < minimum) {
        const NTSTATUS status = add_thread(pool);
        if (!NT_SUCCESS(status)) return status;
    }
    pool.minimum = minimum;
    if (pool.maximum < minimum) pool.maximum = minimum;
    return STATUS_SUCCESS;
}

}  // namespace

Pool* default_pool() {
    RtlRunOnceExecuteOnce(&standard_once, make_standard, nullptr, nullptr);
    return &standard;
}

void dereference(Pool& pool) {
    if (__atomic_sub_fetch(&pool.refs, 1, __ATOMIC_ACQ_REL)) return;
    bool last;
    {
        rtl::ExclusiveGuard guard(pool.lock);
        pool.closing = true;
        last = !pool.threads;
        RtlWakeAllConditionVariable(&pool.ready);
    }
    if (!last) return;
    unwatch(pool);
    free(&pool);
}

bool watch_pools() {
    rtl::ExclusiveGuard guard(watch_lock);
    for (PLIST_ENTRY link = watched.Flink; link != &watched;) {
        Pool& pool = *CONTAINING_RECORD(link, Pool, watch_links);
        link = link->Flink;
        if (help(pool)) continue;
        pool.watched = false;
        RemoveEntryList(&pool.watch_links);
    }
    return !IsListEmpty(&watched);
}

void begin_here(Object& object) {
    rtl::ExclusiveGuard guard(object.pool->lock);
    if (!object.pending && !object.running) reference(object);
    ++object.running;
    ++object.associated;
}

void post(Object& object, Note note, ULONG_PTR argument) {
    if (add(object, note, argument)) watch(*object.pool);
}

bool post_from_timer(Object& object) {
    return add(object, nullptr, 0) && enlist(*object.pool);
}

ULONG wait(Object& object, bool cancel) {
    Pool& pool = *object.pool;
    ULONG dropped = 0;
    bool idle = false;
    {
        rtl::ExclusiveGuard guard(pool.lock);
        if (cancel && object.pending) {
            dropped = object.pending;
            if (object.drop) object.drop(object, dropped);
            object.pending = 0;
            unqueue(object);
            idle = !object.running;
            RtlWakeAllConditionVariable(&object.finished);
        }
        while (object.pending || object.associated || (object.outstanding && object.outstanding(object)))
            RtlSleepConditionVariableSRW(&object.finished, &pool.lock, nullptr, 0);
    }
    if (idle) dereference(object);
    return dropped;
}

bool cancel_pending(Object& object) {
    Pool& pool = *object.pool;
    bool idle = false;
    bool runs;
    {
        rtl::ExclusiveGuard guard(pool.lock);
        runs = object.running != 0;
        if (object.pending) {
            if (object.drop) object.drop(object, object.pending);
            object.pending = 0;
            unqueue(object);
            idle = !runs;
            RtlWakeAllConditionVariable(&object.finished);
        }
    }
    if (idle) dereference(object);
    return runs;
}

}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpAllocPool(PTP_POOL* Pool, PVOID Reserved) {
    if (Reserved) return STATUS_INVALID_PARAMETER_2;
    auto* pool = static_cast<tp::Pool*>(allocate(sizeof(tp::Pool)));
    if (!pool) return STATUS_NO_MEMORY;
    init(*pool);
    *Pool = reinterpret_cast<PTP_POOL>(pool);
    return STATUS_SUCCESS;
}

void NTAPI TpReleasePool(PTP_POOL Pool) {
    dereference(*reinterpret_cast<tp::Pool*>(Pool));
}

void NTAPI TpSetPoolMaxThreads(PTP_POOL Pool, ULONG Maximum) {
    tp::Pool& pool = *reinterpret_cast<tp::Pool*>(Pool);
    rtl::ExclusiveGuard guard(pool.lock);
    pool.maximum = Maximum ? Maximum : 1;
    if (pool.minimum > pool.maximum) pool.minimum = pool.maximum;
}

NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL Pool, ULONG Minimum) {
    return rtl::boolean_for_win32(set_minimum(*reinterpret_cast<tp::Pool*>(Pool), Minimum));
}

NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL Pool, PTP_POOL_STACK_INFORMATION Information) {
    tp::Pool& pool = *(Pool ? reinterpret_cast<tp::Pool*>(Pool) : default_pool());
    rtl::ExclusiveGuard guard(pool.lock);
    pool.stack = *Information;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL Pool, PTP_POOL_STACK_INFORMATION Information) {
    tp::Pool& pool = *(Pool ? reinterpret_cast<tp::Pool*>(Pool) : default_pool());
    rtl::ExclusiveGuard guard(pool.lock);
    *Information = pool.stack;
    const auto* nt = RtlImageNtHeader(rtl::peb()->ImageBaseAddress);
    if (!Information->StackReserve) Information->StackReserve = nt->OptionalHeader.SizeOfStackReserve;
    if (!Information->StackCommit) Information->StackCommit = nt->OptionalHeader.SizeOfStackCommit;
    return STATUS_SUCCESS;
}

}  // extern "C"
