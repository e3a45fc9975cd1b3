// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting. A waiter leaves a block in the list of each object; whoever signals an object decides, under the
// dispatcher lock, which waits are satisfied, takes their blocks out of all lists and unparks the thread.
#include "wdm/ke/activity.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/rtl/list.hpp"

#include "abi/nt/ntstatus.h"

namespace ke {

constinit platform::Lock dispatcher_lock;
constinit void (*before_block)(_KTHREAD& thread) = nullptr;

namespace {

bool owns(const DISPATCHER_HEADER& header, const _KTHREAD& thread) {
    return header.Type == KOBJECT_MUTANT && reinterpret_cast<const KMUTANT&>(header).OwnerThread == &thread;
}

bool ready(const DISPATCHER_HEADER& header, const _KTHREAD& thread) {
    return header.SignalState > 0 || owns(header, thread);
}

// Takes what a satisfied wait takes from the object.
void consume(DISPATCHER_HEADER& header, _KTHREAD& thread) {
    switch (header.Type) {
        case KOBJECT_SYNCHRONIZATION_EVENT:
        case KOBJECT_SYNCHRONIZATION_TIMER:
            header.SignalState = 0;
            break;
        case KOBJECT_SEMAPHORE:
            header.SignalState--;
            break;
        case KOBJECT_MUTANT:
            header.SignalState--;
            reinterpret_cast<KMUTANT&>(header).OwnerThread = &thread;
            break;
        default:
            break;
    }
}

struct Wait {
    _KTHREAD& thread;
    WaitBlock* blocks;
    ULONG count;
    bool all;
};

// Whether the wait is satisfied now; if so its objects are consumed and `status` says by which.
bool try_satisfy(const Wait& wait, NTSTATUS& status) {
    if (wait.all) {
        for (ULONG i = 0; i < wait.count; i++)
            if (!ready(*wait.blocks[i].object, wait.thread)) return false;
        for (ULONG i = 0; i < wait.count; i++)
            consume(*wait.blocks[i].object, wait.thread);
        status = STATUS_SUCCESS;
        return true;
    }
    for (ULONG i = 0; i < wait.count; i++) {
        if (!ready(*wait.blocks[i].object, wait.thread)) continue;
        consume(*wait.blocks[i].object, wait.thread);
        status = static_cast<NTSTATUS>(i);
        return true;
    }
    return false;
}

void unlink(const Wait& wait) {
    for (ULONG i = 0; i < wait.count; i++)
        rtl::remove(wait.blocks[i].entry);
}

void complete(_KTHREAD& thread, NTSTATUS status) {
    thread.wait_status = status;
    ULONG64 id = thread.id;
    thread.wait_done.store(true, std::memory_order_release);
    platform::unpark(id);
}

// The end of the wait on the clock of interrupt_time().
ULONG64 deadline_of(const LARGE_INTEGER* timeout) {
    if (timeout == nullptr) return platform::kForever;
    ULONG64 now = platform::interrupt_time();
    if (timeout->QuadPart <= 0) return now + (0 - static_cast<ULONG64>(timeout->QuadPart));
    ULONG64 until = static_cast<ULONG64>(timeout->QuadPart);
    ULONG64 clock = platform::system_time();
    return until > clock ? now + (until - clock) : now;
}

// Parks until the wait is done or the deadline has passed.
NTSTATUS sleep(const Wait& wait, ULONG64 deadline) {
    _KTHREAD& thread = wait.thread;
    announce_block();
    Resting rest(thread);
    while (!thread.wait_done.load(std::memory_order_acquire)) {
        if (deadline == platform::kForever) {
            platform::park(platform::kForever);
            continue;
        }
        ULONG64 now = platform::interrupt_time();
        if (now < deadline) {
            platform::park(deadline - now);
            continue;
        }
        platform::Guard guard(dispatcher_lock);
        if (thread.wait_done.load(std::memory_order_relaxed)) break;
        unlink(wait);
        return STATUS_TIMEOUT;
    }
    return thread.wait_status;
}

}  // namespace

void announce_block() {
    if (before_block != nullptr) before_block(current());
}

void initialise_header(DISPATCHER_HEADER& header, UCHAR type, UCHAR words, LONG state) {
    header.Type = type;
    header.Signalling = 0;
    header.Size = words;
    header.Inserted = 0;
    header.SignalState = state;
    rtl::initialise(header.WaitListHead);
}

void satisfy_waiters(DISPATCHER_HEADER& header) {
    LIST_ENTRY* entry = header.WaitListHead.Flink;
    while (entry != &header.WaitListHead && header.SignalState > 0) {
        WaitBlock* block = CONTAINING_RECORD(entry, WaitBlock, entry);
        entry = entry->Flink;
        _KTHREAD& thread = *block->thread;
        Wait wait{thread, thread.wait_blocks, thread.wait_count, thread.wait_all};
        NTSTATUS status;
        if (!try_satisfy(wait, status)) continue;
        // The same thread may wait for this object twice: go past all of its blocks.
        while (entry != &header.WaitListHead && CONTAINING_RECORD(entry, WaitBlock, entry)->thread == &thread)
            entry = entry->Flink;
        unlink(wait);
        complete(thread, status);
    }
}

NTSTATUS wait(ULONG count, DISPATCHER_HEADER* const* objects, bool all, const LARGE_INTEGER* timeout,
              WaitBlock* blocks) {
    bool poll = timeout != nullptr && timeout->QuadPart == 0;
    if (current_irql() >= DISPATCH_LEVEL && !poll) [[unlikely]]
        bug_check(kIrqlNotLessOrEqual, reinterpret_cast<ULONG64>(objects[0]), current_irql());
    _KTHREAD& thread = current();
    Wait wait{thread, blocks, count, all};
    for (ULONG i = 0; i < count; i++)
        blocks[i] = {.entry = {}, .thread = &thread, .object = objects[i]};
    ULONG64 deadline = poll ? 0 : deadline_of(timeout);
    {
        platform::Guard guard(dispatcher_lock);
        NTSTATUS status;
        if (try_satisfy(wait, status)) return status;
        if (poll) return STATUS_TIMEOUT;
        thread.wait_blocks = blocks;
        thread.wait_count = count;
        thread.wait_all = all;
        thread.wait_done.store(false, std::memory_order_relaxed);
        for (ULONG i = 0; i < count; i++)
            rtl::insert_tail(objects[i]->WaitListHead, blocks[i].entry);
    }
    return sleep(wait, deadline);
}

NTSTATUS wait_one(void* object, const LARGE_INTEGER* timeout) {
    DISPATCHER_HEADER* header = static_cast<DISPATCHER_HEADER*>(object);
    return wait(1, &header, false, timeout, current().own_wait_blocks);
}

}  // namespace ke

extern "C" {

NTSTATUS KeWaitForSingleObject(PVOID object, ULONG, KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER timeout) {
    return ke::wait_one(object, timeout);
}

NTSTATUS KeWaitForMutexObject(PVOID object, ULONG, KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER timeout) {
    return ke::wait_one(object, timeout);
}

NTSTATUS KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, ULONG, KPROCESSOR_MODE,
                                  BOOLEAN, PLARGE_INTEGER timeout, PVOID wait_block_array) {
    // The driver's array of NT wait blocks (48 bytes each) has room for ours.
    static_assert(sizeof(ke::WaitBlock) <= 48);
    if (count > kMaximumWaitObjects || (count > kThreadWaitBlocks - 1 && wait_block_array == nullptr))
        ke::bug_check(0x0c, count);  // MAXIMUM_WAIT_OBJECTS_EXCEEDED
    auto* blocks = wait_block_array != nullptr ? static_cast<ke::WaitBlock*>(wait_block_array)
                                               : ke::current().own_wait_blocks;
    return ke::wait(count, reinterpret_cast<DISPATCHER_HEADER**>(objects), type == WaitAll, timeout, blocks);
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER interval) {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    NTSTATUS status = ke::wait_one(&never, interval);
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

}  // extern "C"
