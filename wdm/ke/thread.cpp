// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/thread.hpp"

#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ke/code_range.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/rtl/list.hpp"

namespace ke {
namespace {

constinit platform::Lock list_lock;
constinit LIST_ENTRY threads{&threads, &threads};

_KTHREAD* allocate_thread() {
    void* memory = platform::allocate(sizeof(_KTHREAD));
    if (memory == nullptr) return nullptr;
    auto* thread = new (memory) _KTHREAD{};
    initialise_header(thread->header, KOBJECT_THREAD, 0, 0);
    thread->references.store(1, std::memory_order_relaxed);
    thread->wait_done.store(true, std::memory_order_relaxed);
    return thread;
}

// Makes the KTHREAD known to find_thread(). Caller holds the list's lock.
void introduce(_KTHREAD& thread, ULONG64 id) {
    thread.id = id;
    rtl::insert_tail(threads, thread.link);
}

[[noreturn, gnu::noinline]] void no_memory() {
    static constexpr char text[] = "no memory for a thread";
    platform::end_host(0, {0, 0, 0, 0}, text, sizeof text - 1);
}

[[gnu::noinline]] _KTHREAD& introduce_stranger() {
    _KTHREAD* thread = allocate_thread();
    if (thread == nullptr) no_memory();
    platform::set_current_thread(thread);
    platform::Guard guard(list_lock);
    introduce(*thread, platform::current_thread_id());
    return *thread;
}

// First code of every thread made here; `argument` is a KTHREAD with one reference for the thread itself.
void thread_entry(void* argument) {
    auto* thread = static_cast<_KTHREAD*>(argument);
    {
        platform::Guard until_introduced(list_lock);
    }
    platform::set_current_thread(thread);
    thread->start(thread->context);
    end_thread(STATUS_SUCCESS);
}

}  // namespace

_KTHREAD& current() {
    _KTHREAD* thread = platform::current_thread();
    if (thread != nullptr) [[likely]]
        return *thread;
    return introduce_stranger();
}

_KTHREAD* create_thread(PKSTART_ROUTINE start, PVOID context) {
    _KTHREAD* thread = allocate_thread();
    if (thread == nullptr) return nullptr;
    thread->start = start;
    thread->context = context;
    reference(*thread);
    platform::Guard guard(list_lock);
    thread->handle = platform::start_thread(thread_entry, thread);
    if (thread->handle == nullptr) {
        platform::release(thread);
        return nullptr;
    }
    introduce(*thread, platform::thread_id(thread->handle));
    return thread;
}

void end_thread(NTSTATUS status) {
    _KTHREAD& thread = current();
    {
        platform::Guard guard(list_lock);
        rtl::remove(thread.link);
    }
    {
        platform::Guard guard(dispatcher_lock);
        thread.header.SignalState = 1;
        satisfy_waiters(thread.header);
    }
    platform::set_current_thread(nullptr);
    dereference(thread);
    platform::exit_thread(status);
}

_KTHREAD* find_thread(ULONG64 id) {
    platform::Guard guard(list_lock);
    for (LIST_ENTRY* entry = threads.Flink; entry != &threads; entry = entry->Flink) {
        _KTHREAD* thread = CONTAINING_RECORD(entry, _KTHREAD, link);
        if (thread->id != id) continue;
        reference(*thread);
        return thread;
    }
    return nullptr;
}

_KTHREAD* ended_thread(ULONG64 id) {
    _KTHREAD* thread = allocate_thread();
    if (thread == nullptr) return nullptr;
    thread->id = id;
    thread->header.SignalState = 1;
    return thread;
}

const void* find_thread(const CodeRange& range) {
    platform::Guard guard(list_lock);
    for (LIST_ENTRY* entry = threads.Flink; entry != &threads; entry = entry->Flink) {
        const _KTHREAD* thread = CONTAINING_RECORD(entry, _KTHREAD, link);
        if (range.contains(thread->start)) return reinterpret_cast<const void*>(thread->start);
    }
    return nullptr;
}

void reference(_KTHREAD& thread) {
    thread.references.fetch_add(1, std::memory_order_relaxed);
}

void dereference(_KTHREAD& thread) {
    if (thread.references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (thread.handle != nullptr) platform::close_handle(thread.handle);
    platform::release(&thread);
}

}  // namespace ke

extern "C" {

PKTHREAD KeGetCurrentThread(void) {
    return &ke::current();
}

LONG KeSetPriorityThread(PKTHREAD thread, LONG priority) {
    LONG old = thread->priority != 0 ? thread->priority : 8;
    thread->priority = priority;
    if (thread->handle != nullptr) platform::set_priority(thread->handle, priority);
    return old;
}

LONG KeQueryPriorityThread(PKTHREAD thread) {
    return thread->priority != 0 ? thread->priority : 8;
}

LONG KeSetBasePriorityThread(PKTHREAD thread, LONG increment) {
    return KeSetPriorityThread(thread, 8 + increment) - 8;
}

}  // extern "C"
